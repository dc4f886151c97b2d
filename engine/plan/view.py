"""What a plan shows first: its charts, its headline metric, and a line of text for a chart. Pure.

It changes nothing about the run; a person at the screen can switch to any other chart.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from engine.plan.checks import line
from engine.plan.values import Flag, Frozen

Figure = Literal["goodput", "p50", "p95", "p99", "errors", "cpu", "memory", "health", "tokens", "first_byte"]
"""A metric with one current value for each target."""

ChartName = Literal[
    "goodput",
    "p50",
    "p95",
    "p99",
    "errors",
    "cpu",
    "memory",
    "users",
    "health",
    "tokens",
    "first_byte",
    "percentiles",
    "heat_map",
    "knee",
]
"""A chart: a metric over time, or one of the shapes of latency. `percentiles`: each target's latencies by
percentile; `heat_map`: how the latencies of one target are spread, over time; `knee`: throughput against
latency."""

DEFAULT_CHARTS: tuple[ChartName, ChartName] = ("goodput", "p95")

MAX_CAPTION = 60
"""Characters: what fits beside the title of a chart that is half of a wide screen."""


def _caption(text: str) -> str:
    if len(text) > MAX_CAPTION:
        raise ValueError(f"a chart's caption has at most {MAX_CAPTION} characters, not {len(text)}")
    return line(text)


class ViewSpec(Frozen):
    """What the screen shows first: `[view]`."""

    charts: Annotated[tuple[ChartName, ...], Field(min_length=1, max_length=2)] = DEFAULT_CHARTS
    """The first and the second chart; with one name, the second is p95, or goodput beside p95."""
    headline: Figure | None = None
    """The metric in big digits; by default goodput and p95."""
    log: Flag = False
    """Latencies have a logarithmic axis."""
    captions: dict[ChartName, Annotated[str, AfterValidator(_caption)]] = Field(default_factory=dict)
    """A line of text for a chart, beside its title."""

    @model_validator(mode="after")
    def _check_charts(self) -> "ViewSpec":
        if len(set(self.charts)) < len(self.charts):
            raise ValueError(f"both charts are {self.charts[0]!r}; name another one, or only one")
        return self
