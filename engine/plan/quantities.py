"""Kinds of figures that sources report and claims compare: their units and dimensions. Pure."""

from dataclasses import dataclass
from typing import Literal, get_args

Metric = Literal[
    "rps",
    "goodput",
    "failures",
    "errors",
    "mean",
    "p50",
    "p95",
    "p99",
    "max",
    "cpu",
    "memory",
    "requests",
    "peak_rps",
    "goodput_cv",
    "cpu_per_1k_ok",
    "health_max",
    "health_unanswered",
]
"""`rps`: requests that ended per second; `goodput`: those that succeeded; `failures`: the others; `errors`:
the share that failed or got no answer; `cpu` is of one core; `peak_rps`: `rps` in the busiest second;
`goodput_cv`: the standard deviation of `goodput` over repetitions as a share of its mean; `cpu_per_1k_ok`:
CPU time for 1,000 successful requests; `health_max`: the longest wait for `/health`; `health_unanswered`: the
share of seconds without its answer (`engine.metrics.stretches`)."""

OF_SECONDS: frozenset[Metric] = frozenset({"peak_rps", "health_max", "health_unanswered"})
"""Of single seconds of a stretch under constant load; the others are of a level that has settled."""

METRICS: tuple[Metric, ...] = get_args(Metric)

Unit = Literal["/s", "ms", "s", "%", "MB", ""]

Dimension = tuple[int, int]
"""Powers of time and of memory: a rate is (-1, 0), a share (0, 0)."""

NUMBER: Dimension = (0, 0)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a unit means."""

    dimension: Dimension
    factor: float
    """What one of it is in milliseconds, requests per second, megabytes, or as a plain number."""


SCALES: dict[Unit, Scale] = {
    "/s": Scale((-1, 0), 1.0),
    "ms": Scale((1, 0), 1.0),
    "s": Scale((1, 0), 1000.0),
    "%": Scale(NUMBER, 0.01),
    "MB": Scale((0, 1), 1.0),
    "": Scale(NUMBER, 1.0),
}

UNITS: dict[Metric, Unit] = {
    "rps": "/s",
    "goodput": "/s",
    "failures": "/s",
    "errors": "%",
    "mean": "ms",
    "p50": "ms",
    "p95": "ms",
    "p99": "ms",
    "max": "ms",
    "cpu": "%",
    "memory": "MB",
    "requests": "",
    "peak_rps": "/s",
    "goodput_cv": "%",
    "cpu_per_1k_ok": "s",
    "health_max": "ms",
    "health_unanswered": "%",
}
"""The unit in which each metric is reported, unless another is given."""

LATENCIES: tuple[Metric, ...] = ("mean", "p50", "p95", "p99", "max")

IN_WORDS: dict[Dimension, str] = {
    (-1, 0): "a rate",
    (1, 0): "a time",
    (0, 1): "an amount of memory",
    NUMBER: "a number or a share",
}


def dimension_of(metric: Metric) -> Dimension:
    """What a metric measures."""
    return SCALES[UNITS[metric]].dimension


def in_words(dimension: Dimension) -> str:
    """A dimension for people."""
    return IN_WORDS.get(dimension, "a product that nothing measures")


def decimals_of(text: str) -> int:
    """How many decimals a number is written with."""
    return len(text.partition(".")[2])


def shown(value: float, dimension: Dimension, *, as_share: bool = False) -> str:
    """A figure with its unit, in as many digits as people read."""
    if as_share:
        return f"{_digits(100 * value)} %"
    if dimension == (1, 0) and abs(value) >= 9999.5:
        return f"{_digits(value / 1000)} s"
    return f"{_digits(value)}{_SUFFIXES.get(dimension, '')}"


_SUFFIXES: dict[Dimension, str] = {(-1, 0): "/s", (1, 0): " ms", (0, 1): " MB"}


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"
