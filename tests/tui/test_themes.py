"""Themes, and style names as colours: what must differ does, whatever colours a terminal has."""

from itertools import combinations

import pytest
from rich._palettes import STANDARD_PALETTE
from rich.color import Color, ColorSystem, ColorType
from textual.color import Color as ScreenColor
from textual.theme import Theme

from engine.metrics.palette import MARKERS
from tests.support.contrast import contrast
from tests.support.fakes import FakeSessionApi
from tests.support.screen_text import text_of
from tui.app import AbreastApp
from tui.look import Look
from tui.session_api import Choice
from tui.themes import Depth, depth_of, theme_named, themes_of

SYSTEMS: dict[Depth, ColorSystem] = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
}
SLOTS = tuple(f"slot{number}" for number in range(len(MARKERS)))
STATES = ("good", "warn", "bad")
READABLE, READABLE_16_LIGHT = 3.0, 4.5
"""The least contrast of a text; 3 is what WCAG 2 asks of large ones, and 4.5 of all. In 16 colours on white 3
is what is left once terminals draw other ones."""

CASES = [(depth, theme) for depth in SYSTEMS for theme in themes_of(depth)]

SHARED_16_LIGHT = {
    *(("slot0", "slot4"), ("slot1", "slot5"), ("slot2", "slot6")),
    *((slot, text) for slot in ("slot2", "slot6") for text in ("focus", "foreground")),
    *(("warn", "bad"), ("good", "focus")),
    ("background", "surface"),  # the only light colour besides white is a grey that makes all others pale
}
"""White leaves few colours that can be read: these share one, and differ in signs, words or weight."""

TERMINALS = {
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5"
    " 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "VGA, PuTTY": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa"
    " 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "Solarized": "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5"
    " 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
    "GNOME (Tango)": "2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf"
    " 555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec",
    "Windows": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc"
    " 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    "macOS": "000000 c23621 25bc24 adad27 492ee1 d338d3 33bbc8 cbcccd"
    " 818383 fc391f 31e722 eaec23 5833ff f935f8 14f0f0 e9ebeb",
}
"""What terminals draw for the 16 colours, from black to bright white, as they come."""


def shown(colour: str, depth: Depth) -> tuple[int, int, int]:
    """A colour as a terminal of this depth shows it, converted as Textual does when it writes."""
    found = Color.parse(colour).downgrade(SYSTEMS[depth])
    if found.type is ColorType.STANDARD and found.number is not None:
        return STANDARD_PALETTE[found.number]
    return found.get_truecolor()


def colours_of(theme: Theme, depth: Depth) -> dict[str, tuple[int, int, int]]:
    """All colours of a theme as they are shown, by name."""
    named = {
        name.removeprefix("abreast-"): colour for name, colour in theme.variables.items() if "#" in colour
    }
    parts = ("foreground", "background", "surface", "panel")
    named |= {name: colour for name in parts if (colour := getattr(theme, name))}
    return {name: shown(colour, depth) for name, colour in named.items()}


@pytest.mark.parametrize(("depth", "theme"), CASES, ids=lambda each: getattr(each, "name", each))
def test_what_must_differ_does(depth: Depth, theme: Theme) -> None:
    colours = colours_of(theme, depth)
    apart = [
        *combinations(SLOTS, 2),
        *combinations(STATES, 2),
        *((slot, "warn") for slot in SLOTS),
        *((slot, "bad") for slot in SLOTS),
        *((slot, "focus") for slot in SLOTS),
        *((slot, "foreground") for slot in SLOTS),
        *((slot, "dim") for slot in SLOTS),
        *((state, "focus") for state in STATES),
        ("dim", "focus"),
        ("border", "focus"),
        ("background", "panel"),
        ("background", "cursor"),
        ("background", "faint"),
        ("panel", "cursor"),
        ("surface", "panel"),
        ("surface", "frozen"),
        ("surface", "picked"),
        ("faint", "dim"),
        ("dim", "foreground"),
    ]
    same = {pair for pair in (*apart, ("background", "surface")) if colours[pair[0]] == colours[pair[1]]}
    assert same == (SHARED_16_LIGHT if (depth, theme.dark) == ("16", False) else set())


@pytest.mark.parametrize(("depth", "theme"), CASES, ids=lambda each: getattr(each, "name", each))
def test_texts_can_be_read_on_what_is_behind_them(depth: Depth, theme: Theme) -> None:
    colours = colours_of(theme, depth)
    pairs = [
        *((name, "background") for name in (*SLOTS, *STATES, "foreground", "dim", "focus")),
        *(("foreground", behind) for behind in ("surface", "panel", "cursor", "picked", "frozen")),
        *(("dim", behind) for behind in ("surface", "panel", "cursor", "picked", "frozen")),
        *((name, "surface") for name in ("focus", *STATES)),
    ]
    least = READABLE_16_LIGHT if (depth, theme.dark) == ("16", False) else READABLE
    found = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("terminal", TERMINALS)
def test_16_colours_on_white_can_be_read_whatever_a_terminal_draws_for_them(terminal: str) -> None:
    drawn = [Color.parse(f"#{each}").get_truecolor() for each in TERMINALS[terminal].split()]
    (theme,) = [theme for depth, theme in CASES if (depth, theme.dark) == ("16", False)]
    white = drawn[15]
    found = {}
    for name in (*SLOTS, *STATES, "dim", "focus"):
        number = Color.parse(theme.variables[f"abreast-{name}"]).downgrade(ColorSystem.STANDARD).number
        assert number is not None
        found[name] = contrast(drawn[number], white)
    least = {"slot3": 2.3}  # bright blue: the fourth target has no other colour that most can draw
    assert {name: ratio for name, ratio in found.items() if ratio < least.get(name, READABLE)} == {}


@pytest.mark.parametrize(("depth", "theme"), CASES, ids=lambda each: getattr(each, "name", each))
def test_the_frames_of_targets_can_be_seen(depth: Depth, theme: Theme) -> None:
    """They are drawn in half of the target's colour."""
    assert theme.background
    background = ScreenColor.parse(theme.background)
    for slot in SLOTS:
        frame = background.blend(ScreenColor.parse(theme.variables[f"abreast-{slot}"]), 0.55)
        assert shown(frame.hex, depth) != shown(theme.background, depth), slot


@pytest.mark.parametrize(
    ("system", "depth"),
    [("truecolor", "truecolor"), ("256", "256"), ("standard", "16"), (None, "truecolor")],
)
def test_the_depth_is_the_consoles(system: str | None, depth: Depth) -> None:
    assert depth_of(system) == depth


class TrueColours(AbreastApp):
    """The app on a terminal with all colours."""

    DEPTH = "truecolor"


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["light", "textual-dark", "textual-light", "nord"])
async def test_every_theme_has_the_colours_that_are_needed(session_api: FakeSessionApi, name: str) -> None:
    app = TrueColours(session_api, Choice("hello", ()), look=Look(name))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.theme == theme_named(name)
        assert "ok/s" in text_of(app)
        light = app.theme_variables["abreast-slot0"] == "#0072b2"
        assert light == (not app.current_theme.dark)
