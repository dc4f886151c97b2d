"""Values of a plan from what people write: durations, think times, databases. Pure."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError, PydanticKnownError

from engine.plan.checks import line
from engine.protocol.cluster_address import parse_address
from engine.protocol.load_shape import ThinkTime
from targets.database import parse_choice
from targets.durations import UNITS, seconds_in
from targets.errors import UsageError

_ONE_UNIT = re.compile(rf"[\d. ]+(?P<unit>{UNITS})")
_RANGE = re.compile(r"\s*(?:\.\.|-|to)\s*")


def parse_duration(value: object) -> float:
    """Seconds from `"500 ms"`, `"10s"`, `"2 min"`, `"1m30s"`, `"1 h 5 min"` or a plain number. Raises
    ValueError."""
    return _duration(value, advice='; write one like "500 ms", "10 s", "1m30s"')


def _duration(value: object, *, advice: str = "") -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(min(max(value, -1), 10**9))
    else:
        try:
            seconds = seconds_in(str(value))
        except ValueError:
            raise ValueError(f"{value!r} is not a duration{advice}") from None
    if seconds < 0:
        raise ValueError(f"a duration cannot be negative, not {value!r:.80}")
    if not 0 <= seconds <= 86_400:
        raise ValueError(f"a duration is between 0 and 24 h, not {value!r:.80}")
    return seconds


def parse_think_time(value: object) -> ThinkTime:
    """A think time from `"none"`, `"1 s"` (constant), `"1 s to 2 s"` (uniform) or `"about 1 s"`
    (exponential).

    In a range, a number without a unit has the unit of the other end: `"50 to 150 ms"`. Raises ValueError.
    """
    if isinstance(value, ThinkTime):
        return value
    text = str(value).strip().lower()
    if text == "none":
        return ThinkTime()
    try:
        if text.startswith("about"):
            mean_s = _duration(text.removeprefix("about"))
            return ThinkTime(mean_s, mean_s, exponential=mean_s > 0)
        low_s, high_s = _parse_range(text)
    except ValueError as error:
        raise ValueError(
            f'{value!r} is not a think time ({error}); write "none", "1 s", "1 s to 2 s" or "about 1 s"'
        ) from error
    return ThinkTime(low_s, high_s)


def _parse_range(text: str) -> tuple[float, float]:
    """The ends of `1 s to 2 s`; both the same for one duration. Raises ValueError."""
    low, *more = _RANGE.split(text)
    high = more[-1] if more else low
    if len(more) > 1:
        raise ValueError("a range is LOW to HIGH")
    if more and low.isdigit() and (one := _ONE_UNIT.fullmatch(high)):
        low += one["unit"]
    low_s, high_s = _duration(low), _duration(high)
    if low_s > high_s:
        raise ValueError("a range is LOW to HIGH, and its low end is above its high end")
    return low_s, high_s


USAGE = "usage"
"""The type of pydantic's finding for a `UsageError`; what, why and hint are in its context."""


def finding(error: UsageError) -> PydanticCustomError:
    """The error as one of pydantic's findings, so that it is listed with the others."""
    return PydanticCustomError(USAGE, "{what}", {"what": error.what, "why": error.why, "hint": error.hint})


def parse_database(value: object) -> str:
    """Checks the database of a plan. Raises ValueError, which does not repeat the text."""
    return parse_choice(str(value))


MAX_CAPTION = 150
"""Characters: what a narrow screen shows in two rows."""


def parse_caption(text: str) -> str:
    """A line of text for the screen. Raises ValueError."""
    if len(text) > MAX_CAPTION:
        raise ValueError(f"a caption has at most {MAX_CAPTION} characters, not {len(text)}")
    return line(text)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def parse_warm_up(value: object) -> object:
    """`"auto"`, or seconds. Raises ValueError."""
    return value if value == "auto" else 0.0 if value == "none" else parse_duration(value)


MAX_LOAD_WORKERS = 64


def parse_cluster(value: object) -> object:
    """Where load workers run: a Ray cluster's address, or empty. Raises ValueError."""
    if isinstance(value, str) and value:
        return str(parse_address(value))
    return value


def parse_load_workers(value: object) -> object:
    """Checks what pydantic would report once for each type of a union."""
    if value in ("auto", "max"):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticKnownError("int_type")
    if value < 1:
        raise PydanticKnownError("greater_than_equal", {"ge": 1})
    if value > MAX_LOAD_WORKERS:
        raise PydanticKnownError("less_than_equal", {"le": MAX_LOAD_WORKERS})
    return value


def whole(value: object) -> object:
    """Refuses what pydantic takes for a whole number and TOML does not: `true`, `"2"`."""
    if isinstance(value, bool | str):
        raise PydanticKnownError("int_type")
    return value


WHOLE = BeforeValidator(whole)
Flag = Annotated[bool, Field(strict=True)]
"""`true` or `false`, and not `"yes"` or 1."""
WorkerCount = Annotated[int, Field(ge=1, le=MAX_LOAD_WORKERS)] | Literal["auto", "max"]
"""As a plan's file may say it."""
Caption = Annotated[str, AfterValidator(parse_caption)]
Captions = Annotated[tuple[Caption, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=str | float)]
Think = Annotated[
    ThinkTime,
    BeforeValidator(parse_think_time, json_schema_input_type=str | float),
    PlainSerializer(str),
]


class Frozen(BaseModel):
    """A model that is validated when it is made and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
