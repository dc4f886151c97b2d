"""Figures of a window in words, for the results and for one target's details. Pure."""

from collections.abc import Sequence

from engine.metrics import formatting
from engine.metrics.window_stats import ArrivalStats, Figure, LinkStats, RequestStats, WindowStats
from tui.views.rows import plain

KINDS_SHOWN = 4
"""Kinds of failures that are listed of one request."""

NAMES = ("p50", "p95", "p99")


def error_text(stats: WindowStats | RequestStats) -> str:
    """The share of requests that failed or got no answer; a dot where there was none."""
    return formatting.percent(100 * stats.error_rate if stats.asked else None)


def percentile_texts(stats: WindowStats | RequestStats) -> list[str]:
    """`p50 2.1 ms`, and so on, in columns."""
    return [f"{name} {formatting.duration(figure.value_ms):>6}" for name, figure in _named(stats)]


def interval_text(stats: WindowStats) -> str:
    """The 95 % intervals of a window's percentiles and error rate."""
    texts = [
        f"{name} {_pair(figure.low_ms, figure.high_ms, '–')}"
        for name, figure in _named(stats)
        if figure.value_ms is not None
    ]
    if stats.error_interval is not None:
        low, high = (formatting.percent(100 * end).removesuffix(" %") for end in stats.error_interval)
        texts.append(f"errors {low}–{high} %")
    return "  ".join(texts)


def response_and_service(stats: WindowStats, arrivals: ArrivalStats) -> str:
    """Of the open model: response times beside service times."""
    service = (arrivals.service_p50, arrivals.service_p95, arrivals.service_p99)
    return " ".join(
        f"{name} {_pair(response.value_ms, served.value_ms, '/')}"
        for (name, response), served in zip(_named(stats), service, strict=True)
    )


def connection_text(links: LinkStats) -> str:
    """Where more than 1 % of requests needed a new connection, or some were sent again; else empty."""
    texts = []
    if links.connects_matter:
        known = (("p50", links.connect_p50_ms), ("p95", links.connect_p95_ms))
        times = ", ".join(
            f"{name} {formatting.duration(value)}" for name, value in known if value is not None
        )
        text = f"{formatting.percent(100 * links.connect_share)} of requests on new connections"
        texts.append(f"{text} ({times})" if times else text)
    if links.reconnects:
        again = formatting.count(links.reconnects)
        texts.append(f"{again} sent again after their reused connection was closed")
    return "; ".join(texts)


def redirect_text(stats: WindowStats | RequestStats) -> str:
    """How many redirects were followed, and how long one took."""
    known = (("p50", stats.redirect_p50), ("p95", stats.redirect_p95))
    times = [
        f"{name} {formatting.duration(figure.value_ms)}"
        for name, figure in known
        if figure.value_ms is not None
    ]
    return ", ".join([f"{formatting.count(stats.redirects)} followed", *times])


def failure_text(errors: Sequence[tuple[str, int]], examples: dict[str, str]) -> str:
    """Failures by kind, most first, with the first example of those that have one."""
    texts = []
    for kind, count in errors[:KINDS_SHOWN]:
        example = f" ({plain(examples[kind])})" if kind in examples else ""
        texts.append(f"{plain(kind)} {formatting.count(count)}{example}")
    return ", ".join(texts)


def _named(stats: WindowStats | RequestStats) -> tuple[tuple[str, Figure], ...]:
    return tuple(zip(NAMES, (stats.p50, stats.p95, stats.p99), strict=True))


def _pair(first_ms: float | None, second_ms: float | None, joint: str) -> str:
    """Two durations, with the unit once where it is the same: `2.1–2.3 ms`."""
    first, second = formatting.duration(first_ms), formatting.duration(second_ms)
    number, _, unit = first.partition(" ")
    return f"{number if unit and second.endswith(f' {unit}') else first}{joint}{second}"
