"""Two themes, each for three depths of colour, and the style names that `tui.views.rows` uses.

Terminals with 256 or 16 colours would get the nearest of theirs for each colour, and several of ours would
become one. So there the themes consist of colours that the terminal has. 16 colours are those of Rich's
table; what a terminal really draws for them is up to its own settings. They do not suffice for a focus that
is neither a target's nor a text's colour: there it has the text's, and is bold or heavy besides.

On white, only black, dark grey, red, blue and magenta can be read with whatever common terminals draw for
them, and bright blue with most; green, cyan and yellow cannot. So there four targets have colours of their
own, one of them the text's, and the next ones have them again with other signs; warnings are as red as
errors, and what is good is black.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rich.style import Style
from textual.theme import Theme

from engine.metrics.palette import DARK, LIGHT
from targets.errors import unknown

Depth = Literal["truecolor", "256", "16"]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is behind and around the figures."""

    foreground: str
    background: str
    surface: str
    """Bars and pages over the screen."""
    panel: str
    """The selected row of a list that has not the keys."""
    cursor: str
    """The selected row of the list that has the keys."""
    frozen: str
    """The bar above a frozen screen."""
    border: str
    primary: str
    secondary: str


DARK_256 = {
    "slot0": "#5fd7ff", "slot1": "#ffaf00", "slot2": "#ff87d7",
    "slot3": "#00d7af", "slot4": "#ff875f", "slot5": "#ffff5f",
    "slot6": "#af87ff",
    "dim": "#8a8a8a", "faint": "#444444", "mark": "#767676",
    "good": "#5fd75f", "warn": "#ffd75f", "bad": "#ff5f5f", "focus": "#afafff",
}  # fmt: skip
LIGHT_256 = {
    "slot0": "#005faf", "slot1": "#af5f00", "slot2": "#af0087",
    "slot3": "#00875f", "slot4": "#d75f00", "slot5": "#5f5f00",
    "slot6": "#875fd7",
    "dim": "#626262", "faint": "#b2b2b2", "mark": "#8a8a8a",
    "good": "#008700", "warn": "#878700", "bad": "#d70000", "focus": "#5f00d7",
}  # fmt: skip
DARK_16 = {
    "slot0": "#5555ff", "slot1": "#aa5500", "slot2": "#ff55ff",
    "slot3": "#00aaaa", "slot4": "#aa00aa", "slot5": "#00aa00",
    "slot6": "#55ffff",
    "dim": "#aaaaaa", "faint": "#555555", "mark": "#aaaaaa",
    "good": "#55ff55", "warn": "#ffff55", "bad": "#ff5555", "focus": "#ffffff",
}  # fmt: skip
LIGHT_16 = {
    "slot0": "#0000aa", "slot1": "#aa00aa", "slot2": "#000000",
    "slot3": "#5555ff", "slot4": "#0000aa", "slot5": "#aa00aa",
    "slot6": "#000000",
    "dim": "#555555", "faint": "#aaaaaa", "mark": "#555555",
    "good": "#000000", "warn": "#aa0000", "bad": "#aa0000", "focus": "#000000",
}  # fmt: skip

_DARK: dict[Depth, tuple[Mapping[str, str], Ground]] = {
    "truecolor": (
        DARK,
        Ground(
            "#e6ebf4", "#0b0f17", "#111826", "#1a2334", "#37407c", "#262b3d", "#344054", "#6d7cf7", "#475569"
        ),
    ),
    "256": (
        DARK_256,
        Ground(
            "#e4e4e4", "#080808", "#1c1c1c", "#303030", "#00005f", "#00005f", "#585858", "#5f5fff", "#585858"
        ),
    ),
    "16": (
        DARK_16,
        Ground(
            "#ffffff", "#000000", "#0000aa", "#555555", "#0000aa", "#555555", "#aaaaaa", "#5555ff", "#aaaaaa"
        ),
    ),
}
_LIGHT: dict[Depth, tuple[Mapping[str, str], Ground]] = {
    "truecolor": (
        LIGHT,
        Ground(
            "#16202e", "#fbfcfe", "#f1f4f9", "#e4e9f1", "#c9c5f3", "#dad9f5", "#c3cbd6", "#4338ca", "#94a3b8"
        ),
    ),
    "256": (
        LIGHT_256,
        Ground(
            "#1c1c1c", "#ffffff", "#f2f2f2", "#dadada", "#afafff", "#d7d7ff", "#b2b2b2", "#5f00d7", "#8a8a8a"
        ),
    ),
    "16": (
        LIGHT_16,
        Ground(
            "#000000", "#ffffff", "#ffffff", "#ffff55", "#55ffff", "#55ffff", "#555555", "#0000aa", "#555555"
        ),
    ),
}

NAMES = {"dark": "abreast-dark", "light": "abreast-light"}
"""Textual's names of abreast's themes, by the names that people write."""


def variables_of(depth: Depth, *, dark: bool) -> dict[str, str]:
    """Theme variables that the style sheet and the panels need; Textual's themes get them too."""
    palette, ground = (_DARK if dark else _LIGHT)[depth]
    return {
        **{f"abreast-{name}": colour for name, colour in palette.items()},
        "abreast-cursor": ground.cursor,
        "abreast-picked": ground.cursor if ground.cursor != ground.surface else ground.panel,
        "abreast-frozen": ground.frozen,
    }


def themes_of(depth: Depth) -> Iterator[Theme]:
    """abreast's themes for a terminal, the default first."""
    for dark, grounds in ((True, _DARK), (False, _LIGHT)):
        palette, ground = grounds[depth]
        yield Theme(
            name=NAMES["dark" if dark else "light"],
            primary=ground.primary,
            secondary=ground.secondary,
            accent=palette["focus"],
            warning=palette["warn"],
            error=palette["bad"],
            success=palette["good"],
            foreground=ground.foreground,
            background=ground.background,
            surface=ground.surface,
            panel=ground.panel,
            dark=dark,
            variables={
                **variables_of(depth, dark=dark),
                "border": ground.border,
                "block-cursor-text-style": "bold",
            },
        )


def depth_of(color_system: str | None) -> Depth:
    """The depth of a console, by Rich's name for it."""
    match color_system:
        case "256":
            return "256"
        case "standard":
            return "16"
    return "truecolor"


def theme_named(name: str) -> str:
    """Textual's name of a theme. Raises UsageError for one that does not exist."""
    from textual.theme import BUILTIN_THEMES

    found = NAMES.get(name, name)
    if found not in NAMES.values() and found not in BUILTIN_THEMES:
        raise unknown("theme", name, [*NAMES, *BUILTIN_THEMES])
    return found


ATTRIBUTES = {word: Style.parse(word) for word in ("bold", "italic", "reverse", "underline")}


def style_named(name: str, variables: Mapping[str, str], base: Style) -> Style:
    """A style name of `tui.views.rows` as a Rich style on top of `base`: attributes, and theme colours."""
    style = base
    for word in name.split():
        if word in ATTRIBUTES:
            style += ATTRIBUTES[word]
        else:
            colour = variables["abreast-focus" if word == "accent" else f"abreast-{word}"]
            style += Style(color=colour)
    return style
