"""What was measured during a trial → its record, and whether anything may be concluded from it. Pure.

By M7 a trial is judged by what the generator may have changed about its answer: whether the load was sent,
and whether requests missed the limit only because their answers were read late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.answers.capacity.criteria import Criteria
from engine.metrics.figures import StatsOptions, stats_of
from engine.metrics.generator_health import CPU_RED_PCT
from engine.metrics.lag_effect import RED_SHARE, TIMER_MS
from engine.metrics.records import Bucket, GeneratorSecond
from engine.metrics.resource_sums import ResourceSums
from engine.metrics.trials import Kind, Trial
from engine.metrics.unanswered import patience_us
from engine.metrics.window import Window
from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICK_S
from engine.protocol.tick_stats import TickStats, sum_counts

FRACTION_S = 0.5
"""A second counts for a trial if at least so much of it belongs to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A trial within its session."""

    number: int
    target: str
    load: int
    kind: Kind
    began_s: float
    first_tick: int
    """The first that is measured."""
    last_tick: int

    @property
    def from_s(self) -> float:
        """When measuring began, in session time."""
        return self.first_tick * TICK_S

    @property
    def to_s(self) -> float:
        """When it ended."""
        return (self.last_tick + 1) * TICK_S

    def has(self, second: int) -> bool:
        """Whether a second counts for it."""
        return min(second + 1, self.to_s) - max(second, self.from_s) >= FRACTION_S


@dataclass(frozen=True, slots=True)
class Observed:
    """What was measured in a session up to the end of a trial."""

    blocks: Sequence[TickStats]
    """Of the target's ticks, those of the trial among them, oldest first."""
    buckets: Iterable[Bucket]
    """The target's seconds."""
    generator: Iterable[GeneratorSecond]
    earlier_ok: Histogram
    """Latencies of the run so far: how long a request may be open where none ended in the trial."""


def trial_of(place: Place, observed: Observed, criteria: Criteria, *, is_open: bool) -> Trial:
    """The record of a trial; `is_open` is true in the open model."""
    own = [each for each in observed.blocks if _is_inside(each, place)]
    window = Window.of(each for each in own if each.counts)
    stats = stats_of(window, options=StatsOptions(open_model=is_open), whole_run=observed.earlier_ok)
    patience = patience_us(window.ok, [], observed.earlier_ok)
    bad = stats.bad + window.dropped
    if criteria.latency_s is None:
        attained, asked = stats.ok, stats.asked + window.dropped
    else:
        attained, asked = window.attained(round(criteria.latency_s * 1e6), patience)
    usage = ResourceSums.of(bucket for bucket in observed.buckets if place.has(bucket.second)).usage()
    seconds = [each for each in observed.generator if place.has(each.second)]
    return Trial(
        place.number,
        place.target,
        place.load,
        place.kind,
        round(place.began_s, 3),
        round(place.from_s, 3),
        round(place.to_s, 3),
        asked=max(asked, bad),
        attained=attained,
        bad=bad,
        ok=stats.ok,
        p50_ms=stats.p50.value_ms,
        p95_ms=stats.p95.value_ms,
        p99_ms=stats.p99.value_ms,
        cpu_pct=usage.cpu_mean_pct,
        memory_mb=usage.memory_max_mb,
        tainted=next(
            filter(
                None,
                (
                    _unsent(own, place, is_open=is_open),
                    _overworked(seconds),
                    "" if is_open else _slowed(window, place),
                    _read_late(window, asked, attained, seconds, criteria)
                    if is_open or not all(each.is_noted for each in own)
                    else "",
                ),
            ),
            "",
        ),
    )


def _is_inside(block: TickStats, place: Place) -> bool:
    return place.first_tick <= block.tick - block.ticks + 1 and block.tick <= place.last_tick


def _unsent(own: Sequence[TickStats], place: Place, *, is_open: bool) -> str:
    """Why the load was not what it should have been."""
    if spoiled := next((each.spoiled for each in own if each.spoiled), ""):
        return spoiled
    if unsent := sum_counts(each.unsent for each in own):
        return f"the load workers ran {next(iter(unsent))}"
    if not own:
        return "the load workers did not report"
    if not is_open and own[-1].users < place.load:
        return f"only {own[-1].users} of {place.load} users could be started"
    return ""


def _overworked(seconds: Sequence[GeneratorSecond]) -> str:
    """That a load worker needed all of its core."""
    cpu_pct = sum(each.cpu_pct for each in seconds) / len(seconds) if seconds else 0.0
    return f"the load worker used {cpu_pct:.0f} % of its core" if cpu_pct >= CPU_RED_PCT else ""


def _slowed(window: Window, place: Place) -> str:
    """That users sent their requests so late that the load was another one."""
    ended, user_ms = window.ended, place.load * window.seconds * 1000
    if not ended or not user_ms:
        return ""
    late_ms = max(0.0, window.late_us / ended / 1000 - TIMER_MS)
    share = late_ms * ended / user_ms
    return f"users sent {100 * share:.0f} % of their time too late" if share > RED_SHARE else ""


def _read_late(
    window: Window, asked: int, attained: int, seconds: Sequence[GeneratorSecond], criteria: Criteria
) -> str:
    """That the limit was missed, but not if answers had been read in time. Only if they were read so late
    that a figure as long as the limit would be untrusted (M7): less moves the answer by less than a step."""
    lag = Histogram.of(each.lag for each in seconds)
    if criteria.latency_s is None or not asked or not lag.count or attained >= criteria.share * asked:
        return ""
    lag_us = lag.quantile_us(0.99)
    if lag_us <= RED_SHARE * criteria.latency_s * 1e6:
        return ""
    in_time = window.ok.count_within(round(criteria.latency_s * 1e6 + lag_us))
    if in_time < criteria.share * asked:
        return ""
    return f"the load worker read answers up to {lag_us / 1000:.1f} ms late"
