"""Sums → figures: the only place that computes rates, shares and percentiles of a window. Pure.

Rules of this file:
- the live screen, replays and exports all take their figures from here;
- percentiles cover successful requests, come from merged histograms, and need enough samples (M4);
- unanswered requests are included wherever failures are counted (M5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from engine.metrics.confidence import percentiles_us, wilson
from engine.metrics.request_sums import RequestSums
from engine.metrics.unanswered import count_older_than, patience_us
from engine.metrics.wider_windows import ENOUGH, WiderWindow
from engine.metrics.window import Window
from engine.metrics.window_stats import ArrivalStats, Figure, LinkStats, RequestStats, WindowStats
from engine.protocol.histogram import Histogram, Latencies, samples_needed
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats
from targets import contract

CONNECTS_MATTER_SHARE = 0.01
"""If a larger share of requests needs a new connection, connecting has a visible effect on latencies (M1)."""
CONNECTS_LEAST_REQUESTS = 20
"""With fewer requests the share is meaningless, because most of them are on users' first connections."""
SHOWN_PERCENTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class StatsOptions:
    """The parts of the session's plan that figures depend on besides the sums."""

    open_model: bool = False
    """Stages specify arrivals per second; latencies are response times."""
    solo: bool = False
    """Targets take turns, one after another."""
    slo_latency_us: int | None = None
    """A successful request attains the SLO if it takes no longer than this; None if there is no such
    limit."""
    websockets: bool = False
    """Some requests are WebSockets; each opens its own connection by design."""
    has_claims: bool = False
    """Claims of a source are judged by the figures of levels, which takes their bounds of late reading."""

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> Self:
        """Those of a plan, as plain values."""
        limit_s = (plan.get("slo") or {}).get("latency")
        return cls(
            open_model=plan.get("model") == "open",
            solo=plan.get("schedule") == "solo",
            slo_latency_us=None if limit_s is None else round(limit_s * 1e6),
            websockets=opens_websockets(plan),
            has_claims=bool(plan.get("claim")),
        )


def opens_websockets(plan: Mapping[str, Any]) -> bool:
    """Whether some request of a plan, as plain values, is a WebSocket."""
    own = [*(plan.get("request") or ()), *(plan.get("step") or ())]
    if own:
        return any(each.get("stream") == "websocket" for each in own)
    known = contract.WORKLOADS.get(plan.get("workload", ""))
    return known is not None and any(each.stream == "websocket" for each in known.requests)


def stats_of(
    window: Window,
    wider: Sequence[WiderWindow] = (),
    options: StatsOptions | None = None,
    whole_run: Histogram | None = None,
) -> WindowStats:
    """Computes a window's figures. Percentiles with too few samples are taken from the `wider` windows.
    `whole_run` holds the latencies of the run so far, which decide what counts as unanswered in a window in
    which no request ended."""
    options = options or StatsOptions()
    still_open = window.still_open
    patience = patience_us(window.ok, [each.ok for each in wider], whole_run or window.ok)
    left_open = Histogram.of(window.left_open.values())
    too_long_open = window.open_too_long(patience, still_open, left_open)
    given_up = count_older_than(patience, window.given_up)
    unanswered = too_long_open + given_up
    oldest_us = max(each.max_us for each in (still_open, left_open, window.given_up))
    is_stalled = too_long_open > 0 and window.silent_s * 1e6 >= patience
    limit_us = options.slo_latency_us
    return WindowStats(
        **_request_figures(window.total, window.seconds, unanswered, wider),
        seconds=window.seconds,
        oldest_unanswered_ms=oldest_us / 1000 if unanswered else None,
        stalled_s=window.silent_s if is_stalled else 0.0,
        cancelled=window.cancelled - given_up,
        in_flight=window.in_flight - too_long_open,
        attainment=None if limit_us is None else window.attainment(limit_us, patience),
        links=_links(window, websockets=options.websockets),
        arrivals=_arrivals(window, wider) if options.open_model else None,
    )


@dataclass(frozen=True, slots=True)
class SecondFigures:
    """The figures of a single second that charts show; None where there is nothing to show."""

    goodput: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: float | None
    first_byte_p50_ms: float | None
    tokens_per_s: float | None


def second_figures(
    tick_stats: TickStats, wider: Callable[[], Sequence[WiderWindow]], whole_run: Callable[[], Histogram]
) -> SecondFigures:
    """The figures of a second, as `stats_of` computes them, but only those that charts show. `wider` and
    `whole_run` are asked only if they are needed, which they are not in most seconds."""
    stats = tick_stats.requests.values()
    seconds = tick_stats.ticks / TICKS_A_BUCKET
    ok = _sum_of([each.ok for each in stats])
    first_byte = _sum_of([each.first_byte for each in stats])
    longer = () if ok.count >= ENOUGH else wider()
    p50, p95, p99 = _first_percentiles_ms([ok, *(each.ok for each in longer)], SHOWN_PERCENTILES)
    (first_byte_p50,) = _first_percentiles_ms([first_byte, *(each.first_byte for each in longer)], (0.5,))
    failed = sum(sum(each.errors.values()) for each in stats)
    unanswered = 0
    if tick_stats.open or any(each.given_up.counts for each in stats):
        unanswered = stats_of(Window.of([tick_stats]), longer, whole_run=whole_run()).unanswered
    ended = ok.count + failed
    return SecondFigures(
        goodput=ok.count / seconds if seconds else None,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        error_rate=share_of(failed + unanswered, ended + unanswered) if ended + unanswered else None,
        first_byte_p50_ms=first_byte_p50,
        tokens_per_s=sum(each.tokens for each in stats) / seconds if seconds else None,
    )


def _sum_of(parts: Sequence[Latencies]) -> Histogram:
    return Histogram.view(parts[0]) if len(parts) == 1 else Histogram.of(parts)


def _first_percentiles_ms(
    histograms: Sequence[Histogram], shares: Sequence[float]
) -> tuple[float | None, ...]:
    """Percentiles in milliseconds, each from the first histogram that has enough samples for it."""
    if histograms[0].count >= samples_needed(max(shares)):
        return tuple(value_us / 1000 for value_us in histograms[0].quantiles_us(*shares))
    first = [
        next((each for each in histograms if each.count >= samples_needed(share)), None) for share in shares
    ]
    return tuple(
        None if each is None else each.quantile_us(share) / 1000
        for each, share in zip(first, shares, strict=True)
    )


def request_stats(name: str, sums: RequestSums, whole: Window) -> RequestStats:
    """The figures of one named request; `sums` are its own sums over the window `whole`."""
    return RequestStats(
        name=name,
        **_request_figures(sums, whole.seconds, whole.unanswered_of(name, sums)),
        examples=tuple(sorted(sums.examples.items())),
    )


def _request_figures(
    sums: RequestSums, seconds: float, unanswered: int, wider: Sequence[WiderWindow] = ()
) -> dict[str, Any]:
    """The fields that `WindowStats` and `RequestStats` share (`RequestFigures`)."""
    ok, ended = sums.ok.count, sums.ended
    bad, asked = sums.failed + unanswered, ended + unanswered
    p50, p95, p99 = percentile_figures(sums.ok, seconds, [(each.ok, each.seconds) for each in wider])
    wider_first_bytes = [(each.first_byte, each.seconds) for each in wider]
    first_byte_p50, first_byte_p95, _ = percentile_figures(sums.first_byte, seconds, wider_first_bytes)
    redirect_p50, redirect_p95, _ = percentile_figures(sums.redirects, seconds)
    return {
        "requests": ended,
        "ok": ok,
        "failed": sums.failed,
        "unanswered": unanswered,
        "goodput": ok / seconds if seconds else 0.0,
        "rps": ended / seconds if seconds else 0.0,
        "error_rate": share_of(bad, asked),
        "error_interval": wilson(bad, asked),
        "errors": tuple(sorted(sums.errors.items(), key=lambda item: (-item[1], item[0]))),
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "mean_ms": sums.ok.mean_us / 1000 if ok else None,
        "max_ms": sums.ok.max_us / 1000 if ok else None,
        "first_byte_p50": first_byte_p50,
        "first_byte_p95": first_byte_p95,
        "tokens": sums.tokens,
        "tokens_per_s": sums.tokens / seconds if seconds else 0.0,
        "redirects": sums.redirects.count,
        "redirect_p50": redirect_p50,
        "redirect_p95": redirect_p95,
    }


def percentile_figures(
    own: Histogram, seconds: float, wider: Sequence[tuple[Histogram, float]] = ()
) -> tuple[Figure, Figure, Figure]:
    """The displayed percentiles with their intervals, each from the first window that has enough samples."""
    found: dict[float, Figure] = {}
    for at, (histogram, length_s) in enumerate([(own, seconds), *wider]):
        missing = tuple(
            share
            for share in SHOWN_PERCENTILES
            if share not in found and histogram.count >= samples_needed(share)
        )
        for share, values in zip(missing, percentiles_us(histogram, missing), strict=True):
            if values is not None:
                value_ms, low_ms, high_ms = (each / 1000 for each in values)
                found[share] = Figure(value_ms, length_s, widened=at > 0, low_ms=low_ms, high_ms=high_ms)
        if len(found) == len(SHOWN_PERCENTILES):
            break
    p50, p95, p99 = (found.get(share, Figure(None, seconds, widened=False)) for share in SHOWN_PERCENTILES)
    return p50, p95, p99


def share_of(part: int, whole: int) -> float:
    """The share of one count in another, from 0 to 1, correctly rounded by a single division; 0 if `whole` is
    0."""
    return part / whole if whole else 0.0


def cpu_s_per_1000_ok(cpu_s: float, ok: int) -> float | None:
    """CPU time per 1,000 successful requests (M9), in seconds; None without such requests or CPU time."""
    return 1000 * cpu_s / ok if ok and cpu_s else None


def connects_matter(connects: int, started: int, *, websockets: bool) -> bool:
    """Whether enough requests needed a new connection that it should be reported. Never true with WebSockets,
    because each of them opens a connection by design."""
    return (
        not websockets and started >= CONNECTS_LEAST_REQUESTS and connects / started > CONNECTS_MATTER_SHARE
    )


def _links(window: Window, *, websockets: bool) -> LinkStats:
    seconds, connects = window.seconds, window.connects
    p50, p95, _ = percentile_figures(connects, seconds)
    return LinkStats(
        connects=connects.count,
        connect_share=share_of(connects.count, window.started),
        connect_p50_ms=p50.value_ms,
        connect_p95_ms=p95.value_ms,
        reconnects=window.reconnects,
        bytes_in_per_s=window.bytes_in / seconds if seconds else 0.0,
        bytes_out_per_s=window.bytes_out / seconds if seconds else 0.0,
        connects_matter=connects_matter(connects.count, window.started, websockets=websockets),
    )


def _arrivals(window: Window, wider: Sequence[WiderWindow]) -> ArrivalStats:
    wider_service = [(each.service, each.seconds) for each in wider]
    p50, p95, p99 = percentile_figures(window.total.service, window.seconds, wider_service)
    return ArrivalStats(
        due=window.arrivals,
        per_s=window.arrivals / window.seconds if window.seconds else 0.0,
        begun=window.begun,
        dropped=window.dropped,
        waiting=window.waiting,
        service_p50=p50,
        service_p95=p95,
        service_p99=p99,
    )
