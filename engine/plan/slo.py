"""Service level objectives: a latency that most requests must attain, and a highest error rate. Pure.

Attainment is the share of *all* requests that succeeded within the limit (M5): a request that failed, however
quickly, did not attain it, and neither did an arrival of the open model that was dropped, nor a request that
got no answer. Users of the closed model send nothing while they wait, so a long silence costs few requests: a
target that had stopped answering when its run ended misses every SLO, whatever its shares.
"""

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from engine.plan.values import Duration, Frozen, parse_duration

_TERM = re.compile(r"(?P<what>errors|p\d{1,2}(?:\.\d+)?)\s*<=?\s*(?P<limit>.+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PERCENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*%")
AS_WRITTEN = '"p95 < 200 ms", "errors < 1 %", or both with a comma between them'


def parse_share(value: object) -> float:
    """A share from `"99 %"` or 0.99. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        share = float(value)
    else:
        match = _PERCENT.fullmatch(str(value).strip())
        if match is None:
            raise ValueError(f'{value!r} is not a share; write one like "99 %" or 0.99')
        share = _percent(match["number"])
    if not 0 <= share <= 1:
        raise ValueError(f'a share is between 0 and 1, or 0 % and 100 %, not {value!r}; write "99 %" or 0.99')
    return share


Share = Annotated[float, BeforeValidator(parse_share, json_schema_input_type=str | float)]


class Slo(Frozen):
    """The objectives of every target, over the run without warm-up; only those that are set are checked."""

    latency: Annotated[Duration, Field(gt=0)] | None = None
    """A request attains the SLO when it succeeds within this time; in the open model the response time
    counts."""
    share: Share = 0.99
    """At least this share of all requests must attain it."""
    errors: Share | None = None
    """At most this share of all requests may fail."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.latency is None and self.errors is None:
            raise ValueError(f"an SLO has a latency, an error rate, or both: {AS_WRITTEN}")
        return self


def parse_slo(value: object) -> object:
    """The fields of an SLO from `"p95 < 200 ms, errors < 1 %"`; other values unchanged. Raises ValueError.

    `p95 < 200 ms` means that 95 % of all requests must succeed within 200 ms.
    """
    if not isinstance(value, str):
        return value
    fields: dict[str, Any] = {}
    for term in value.split(","):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise ValueError(f"{value!r} is not an SLO; write {AS_WRITTEN}")
        key = "errors" if match["what"] == "errors" else "latency"
        if key in fields:
            raise ValueError(f"{value!r} has {'errors' if key == 'errors' else 'a latency'} twice")
        if key == "errors":
            fields[key] = parse_share(match["limit"])
        else:
            share = _percent(match["what"][1:])
            if not share:
                raise ValueError(f"{value!r} asks for nothing: a p0 is always met")
            fields |= {key: _parse_latency(match["limit"]), "share": share}
    return fields


def _percent(number: str) -> float:
    """The share nearest to a percentage. Dividing a float would round twice: 99.9 / 100 is not 0.999, and a
    target that attained exactly that would miss it."""
    return float(f"{number}e-2")


def _parse_latency(text: str) -> float:
    """Seconds from a duration with its unit: most people mean milliseconds by a bare `200`. Raises
    ValueError."""
    if _NUMBER.fullmatch(text.strip()):
        raise ValueError(f'{text!r} has no unit; write "{text} ms" or "{text} s"')
    return parse_duration(text)
