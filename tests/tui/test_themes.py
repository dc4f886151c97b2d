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
READABLE: dict[Depth, float] = {"truecolor": 3.0, "256": 3.0, "16": 2.6}
"""The least contrast of a text; 3 is what WCAG 2 asks of large ones, and 16 colours leave little choice."""

CASES = [(depth, theme) for depth in SYSTEMS for theme in themes_of(depth)]


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
    if (
        depth != "16" or theme.dark
    ):  # the only light colour besides white is a grey that makes all others pale
        apart.append(("background", "surface"))
    assert [pair for pair in apart if colours[pair[0]] == colours[pair[1]]] == []


@pytest.mark.parametrize(("depth", "theme"), CASES, ids=lambda each: getattr(each, "name", each))
def test_texts_can_be_read_on_what_is_behind_them(depth: Depth, theme: Theme) -> None:
    colours = colours_of(theme, depth)
    pairs = [
        *((name, "background") for name in (*SLOTS, *STATES, "foreground", "dim", "focus")),
        *(("foreground", behind) for behind in ("surface", "panel", "cursor", "picked", "frozen")),
        *(("dim", behind) for behind in ("surface", "panel", "cursor", "picked", "frozen")),
        *((name, "surface") for name in ("focus", *STATES)),
    ]
    unreadable = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in unreadable.items() if ratio < READABLE[depth]} == {}


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
