"""How the screen is drawn: theme, kind of charts, set of signs; from the command line, the environment, what
is remembered, and what the terminal can show. Pure.

An option of the command line goes before a variable of the environment, and that before what is remembered.
What is remembered never asks more of a terminal than it can show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from tui.views.raster import Mode

Signs = Literal["unicode", "narrow", "ascii"]
"""`narrow`: for terminals that draw ● ▲ ■ two cells wide."""

CHARTS: tuple[Mode, ...] = get_args(Mode)
SIGNS: tuple[Signs, ...] = get_args(Signs)

VARIABLES = {"theme": "ABREAST_THEME", "charts": "ABREAST_CHARTS", "signs": "ABREAST_SIGNS"}
"""The variables of the environment that say how the screen is drawn, by setting."""

DARK = "dark"

MAX_NAME = 100
"""Characters of a theme's name."""
MAX_SPAN_S = 86_400


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person has chosen, and abreast remembers. None, or an empty text: nothing was chosen."""

    theme: str = ""
    """`dark`, `light`, or one of Textual's."""
    charts: Mode | Literal[""] = ""
    signs: Signs | Literal[""] = ""
    span_s: int | None = None
    """Seconds that charts show; 0 for the whole session."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the screen is drawn."""

    theme: str = DARK
    charts: Mode = "braille"
    signs: Signs = "unicode"
    span_s: int | None = None
    """Seconds that charts show; 0 for the whole session, None for the default."""


def settings_of(values: Any) -> tuple[Settings, list[str]]:
    """Settings from plain values, and what of these is ignored: a kind of value that no version of abreast
    writes."""
    if not isinstance(values, dict):
        return Settings(), ["all of it"]
    settings, odd = Settings(), []
    for name, value in values.items():
        if name in _ALLOWED and _ALLOWED[name](value):
            settings = replace(settings, **{name: value})
        else:
            odd.append(f"{name!s:.40}")
    return settings, odd


_ALLOWED = {
    "theme": lambda value: isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_NAME,
    "charts": lambda value: isinstance(value, str) and value in CHARTS,
    "signs": lambda value: isinstance(value, str) and value in SIGNS,
    "span_s": lambda value: type(value) is int and 0 <= value <= MAX_SPAN_S,
}
"""By setting: whether a value is allowed."""


def from_environment(environment: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Settings from variables, and the names of those that are ignored; an empty one is not set."""
    given = {name: value for name, variable in VARIABLES.items() if (value := environment.get(variable))}
    settings, odd = settings_of(given)
    return settings, [VARIABLES[name] for name in odd]


def simplest_signs(environment: Mapping[str, str], *, can_encode: bool) -> Signs:
    """What a terminal can show at most: ASCII on Linux's console, whose fonts lack the signs, and where the
    encoding or the locale is not UTF-8. `can_encode`: Python can encode the signs for it.

    Python takes the locale `C` for UTF-8, and sets `LC_CTYPE` then (PEP 538, PEP 540); a person who sets it
    says that the terminal is not.
    """
    locale = environment.get("LC_ALL") or environment.get("LANG") or ""
    is_plain = environment.get("TERM") == "linux" or locale in {"C", "POSIX"}
    return "ascii" if is_plain or not can_encode else "unicode"


def look_of(given: Settings, environment: Settings, remembered: Settings, simplest: Signs) -> Look:
    """How the screen is drawn. `given` are options of the command line; `simplest` is what the terminal can
    show at most."""
    if simplest == "ascii":
        remembered = replace(remembered, charts="", signs="")
    look = Look(
        charts="ascii" if simplest == "ascii" else "braille", signs=simplest, span_s=remembered.span_s
    )
    for settings in (remembered, environment, given):
        look = changed(look, settings, simplest)
    return look


def changed(look: Look, settings: Settings, simplest: Signs = "unicode") -> Look:
    """How the screen is drawn once this was chosen too. ASCII charts bring ASCII signs, and these such
    charts, unless the other was chosen with them."""
    charts, signs = settings.charts or look.charts, settings.signs or look.signs
    if settings.charts and not settings.signs:
        signs = "ascii" if charts == "ascii" else simplest if signs == "ascii" else signs
    elif settings.signs == "ascii" and not settings.charts:
        charts = "ascii"
    span_s = look.span_s if settings.span_s is None else settings.span_s
    return Look(settings.theme or look.theme, charts, signs, span_s)
