"""Two themes, and the style names that `tui.views.rows` uses."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import Theme

from engine.metrics.palette import DARK, LIGHT

VARIABLES = {f"abreast-{name}": colour for name, colour in DARK.items()}
"""Theme variables that the style sheet and the panels need; defaults for Textual's themes."""

THEMES = (
    Theme(
        name="abreast-dark",
        primary="#6d7cf7",
        secondary="#475569",
        accent="#a5b4fc",
        warning="#ffc857",
        error="#ff6b6b",
        success="#4fd18b",
        foreground="#e6ebf4",
        background="#0b0f17",
        surface="#111826",
        panel="#1a2334",
        variables={**VARIABLES, "border": "#344054", "block-cursor-text-style": "bold"},
    ),
    Theme(
        name="abreast-light",
        primary="#4338ca",
        secondary="#94a3b8",
        accent="#4338ca",
        warning="#a16207",
        error="#c81e1e",
        success="#15803d",
        foreground="#16202e",
        background="#fbfcfe",
        surface="#f1f4f9",
        panel="#e4e9f1",
        dark=False,
        variables={
            **{f"abreast-{name}": colour for name, colour in LIGHT.items()},
            "border": "#c3cbd6",
            "block-cursor-text-style": "bold",
        },
    ),
)

_ATTRIBUTES = {word: Style.parse(word) for word in ("bold", "italic", "reverse", "underline")}


def style_named(name: str, variables: Mapping[str, str], base: Style) -> Style:
    """A style name of `tui.views.rows` as a Rich style on top of `base`: attributes, and theme colours."""
    style = base
    for word in name.split():
        if word in _ATTRIBUTES:
            style += _ATTRIBUTES[word]
        else:
            colour = variables["abreast-focus" if word == "accent" else f"abreast-{word}"]
            style += Style(color=colour)
    return style
