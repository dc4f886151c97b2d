"""Draws Vega specifications with vl-convert, which is imported only when something is drawn.

It comes with the extra `abreast[report]`; without it every function raises a UsageError with the command that
installs it.
"""

import re
import sys
from importlib.util import find_spec
from typing import Any

from targets.errors import UsageError

EXTRA = "report"
_MODULES = ("vl_convert", "jinja2")

_LONG_NUMBER = re.compile(r"(\d\.\d)\d+(?=[,LMHVZ\"()])")
"""Coordinates beyond a tenth of a pixel: invisible, and a third of the file."""


def check_installed() -> None:
    """Raises UsageError if the extra is not installed."""
    missing = [name for name in _MODULES if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"reports with charts need {' and '.join(missing)}",
            why=f"the extra abreast[{EXTRA}] is not installed",
            hint=f'{sys.executable} -m pip install "abreast[{EXTRA}]"; csv, json and md need nothing else',
        )


def svg(spec: dict[str, Any]) -> str:
    """The picture as SVG."""
    check_installed()
    import vl_convert

    return _LONG_NUMBER.sub(r"\1", vl_convert.vega_to_svg(spec, allowed_base_urls=[]))


def png(svg_text: str, scale: float = 2.0) -> bytes:
    """An SVG as PNG, with so many pixels for each of its own."""
    check_installed()
    import vl_convert

    return vl_convert.svg_to_png(svg_text, scale=scale)
