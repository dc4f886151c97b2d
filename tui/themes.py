"""Two themes, a colour for each target slot, and the style names that `tui.views.rows` uses.

The slot colours are Okabe and Ito's, lightened for a dark background and darkened for a light one: they stay
distinct with the common kinds of colour blindness, and each target has its own sign besides.
"""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import Theme

_DARK = {
    "slot0": "#5cc3ff",
    "slot1": "#ffb000",
    "slot2": "#f08fc8",
    "slot3": "#2fd6a3",
    "slot4": "#ff7d5c",
    "slot5": "#f0e442",
    "dim": "#8493a8",
    "faint": "#344054",
    "mark": "#6d7c92",
    "good": "#4fd18b",
    "warn": "#ffc857",
    "bad": "#ff6b6b",
    "focus": "#a5b4fc",
}

_LIGHT = {
    "slot0": "#0072b2",
    "slot1": "#b56a00",
    "slot2": "#a8407f",
    "slot3": "#00795a",
    "slot4": "#c2410c",
    "slot5": "#7a6f00",
    "dim": "#5b6675",
    "faint": "#c3cbd6",
    "mark": "#8995a5",
    "good": "#15803d",
    "warn": "#a16207",
    "bad": "#c81e1e",
    "focus": "#4338ca",
}

VARIABLES = {f"abreast-{name}": colour for name, colour in _DARK.items()}
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
            **{f"abreast-{name}": colour for name, colour in _LIGHT.items()},
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
