"""The colours and markers of targets, and other colours, for the screen and for reports. Pure.

The slot colours are Okabe and Ito's, lightened for a dark background and darkened for a light one: they stay
distinct with the common kinds of colour blindness, and each target has its own marker besides.
"""

MARKERS = "●▲■◆✚★⌂"
"""By slot; a session with more targets uses them again."""

DARK = {
    "slot0": "#5cc3ff",
    "slot1": "#ffb000",
    "slot2": "#f08fc8",
    "slot3": "#2fd6a3",
    "slot4": "#ff7d5c",
    "slot5": "#f0e442",
    "slot6": "#b79cff",
    "dim": "#8493a8",
    "faint": "#344054",
    "mark": "#6d7c92",
    "good": "#4fd18b",
    "warn": "#ffc857",
    "bad": "#ff6b6b",
    "focus": "#a5b4fc",
}
"""By name, on a dark background."""

LIGHT = {
    "slot0": "#0072b2",
    "slot1": "#b56a00",
    "slot2": "#a8407f",
    "slot3": "#00795a",
    "slot4": "#c2410c",
    "slot5": "#7a6f00",
    "slot6": "#6d3fd1",
    "dim": "#5b6675",
    "faint": "#c3cbd6",
    "mark": "#8995a5",
    "good": "#15803d",
    "warn": "#a16207",
    "bad": "#c81e1e",
    "focus": "#4338ca",
}
"""By name, on a light background."""

SURFACES_DARK = {"foreground": "#e6ebf4", "background": "#0b0f17", "surface": "#111826", "card": "#111826"}
"""What is behind and around the figures of a report, on a dark background."""
SURFACES_LIGHT = {"foreground": "#16202e", "background": "#fbfcfe", "surface": "#f1f4f9", "card": "#ffffff"}
"""The same on a light background."""


def slot_style(slot: int) -> str:
    """The name of a target's colour: its style name on the screen."""
    return f"slot{slot % len(MARKERS)}"


def marker(slot: int) -> str:
    """A target's marker."""
    return MARKERS[slot % len(MARKERS)]
