"""The screen as a picture that needs nothing from elsewhere. Pure."""

import re

FONTS = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
"""A picture in a page loads no font: the reader's own must do."""


def without_fonts(svg: str) -> str:
    """Textual's picture of a screen with the reader's fonts in place of those that it would load."""
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: (Fira Code, monospace|arial);", f"font-family: {FONTS};", svg)
