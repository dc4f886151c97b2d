"""How much the lag of the load workers' loops may have changed the displayed figures, and whether it matters.
Pure.

Rules of this file (M7):
- a figure is doubtful if its error may exceed 5 % of it or 0.2 ms, whichever is more; it is untrusted if the
  error may exceed 25 %, or if two targets' doubtful figures might really be in the opposite order;
- the judged window is the live window of the default length, or a wider one if a percentile needs it (M4),
  and never spans the end of the warm-up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from engine.metrics.confidence import percentiles_us
from engine.metrics.generator_health import Finding
from engine.metrics.lag_bound import LagBounds, Second, lag_in_sending_us, mean_lag_us
from engine.metrics.records import Bucket
from engine.protocol.histogram import Histogram, Latencies, samples_needed
from engine.protocol.ticks import TICKS_A_BUCKET

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
WINDOWS_S = (10, 20, 30, 60)
AMBER_SHARE, RED_SHARE = 0.05, 0.25
LEAST_MS = 0.2
"""A smaller error is irrelevant to a server."""
TIMER_MS = 1.0
"""Timers for think time have a resolution of 1 ms on any machine: only a longer delay means lateness."""
CAUSE = "the load worker was late to read answers"


@dataclass(frozen=True, slots=True)
class Effect:
    """One displayed percentile, and how much the generator may have added to it."""

    target: str
    name: str
    """`p99`."""
    value_ms: float
    low_ms: float
    """The lower end of its 95 % interval."""
    high_ms: float
    bound_ms: float
    """The value is too high by at most this much."""

    @property
    def is_doubtful(self) -> bool:
        """Whether the possible error matters."""
        return self.bound_ms > max(AMBER_SHARE * self.value_ms, LEAST_MS)

    @property
    def is_untrusted(self) -> bool:
        """Whether the possible error makes the figure meaningless."""
        return self.bound_ms > max(RED_SHARE * self.value_ms, LEAST_MS)

    @property
    def in_words(self) -> str:
        """`fastapi's p99 of 1.03 ms may be up to 0.43 ms too high: …`."""
        bound = f"{self.bound_ms:.2f}" if self.bound_ms < 1 else f"{self.bound_ms:.1f}"
        return f"{self.target}'s {_figure(self)} may be up to {bound} ms too high: {CAUSE}"

    def might_be_below(self, other: "Effect") -> bool:
        """Whether this figure is displayed as higher than another one but may really be lower."""
        is_shown_above = self.low_ms > other.high_ms
        return is_shown_above and self.is_doubtful and self.value_ms - self.bound_ms < other.value_ms


@dataclass(frozen=True, slots=True)
class Slowdown:
    """How much the generator delayed users' next requests."""

    target: str
    goodput: float
    late_ms: float
    """An upper limit of the delay per request."""
    cycle_ms: float
    """The time from one request of a user to the next."""

    @property
    def share(self) -> float:
        """The share by which goodput may be too low."""
        return min(1.0, self.late_ms / self.cycle_ms)

    @property
    def is_doubtful(self) -> bool:
        """Whether it matters."""
        return self.share > AMBER_SHARE and self.late_ms > LEAST_MS

    @property
    def in_words(self) -> str:
        """`fastapi's 3,089 ok/s may be up to 53 % too low: …`."""
        text = f"{self.target}'s {self.goodput:,.0f} ok/s may be up to {100 * self.share:.0f} % too low"
        return f"{text}: the load worker was late to send requests"


@dataclass(frozen=True, slots=True)
class Window:
    """A target's newest seconds that count, oldest first, with the loops' lag in each."""

    target: str
    buckets: Sequence[Bucket]
    lags: Mapping[int, Latencies]
    """By second."""
    is_open: bool = False
    """Latencies count from intended starts, so lag affects both ends of them."""
    known: dict[int, Second] = field(default_factory=dict)
    """Seconds that an earlier window has summed up; those of this window are added to them."""
    _bounds: dict[int, LagBounds] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        target: str,
        buckets: Iterable[Bucket],
        lags: Mapping[int, Latencies],
        *,
        is_open: bool,
        known: dict[int, Second] | None = None,
    ) -> "Window":
        """Selects the closed seconds that the target's current figures cover: all from the warm-up, or all
        after it. `known` is what the target's earlier windows have summed up."""
        newest_first = list(buckets)[::-1]
        if not newest_first or newest_first[0].winding_down:
            return cls(target, (), lags)
        is_warm_up = newest_first[0].warm_up
        same = [each for each in newest_first if each.warm_up == is_warm_up and each.tick_stats.counts]
        return cls(target, same[::-1], lags, is_open, {} if known is None else known)

    def bounds(self, seconds: int) -> LagBounds:
        """The bounds over the last `seconds` seconds."""
        if seconds not in self._bounds:
            first = self.buckets[-1].second - seconds if self.buckets else 0
            self._bounds[seconds] = LagBounds.of(
                self._second(bucket, lag)
                for bucket in self.buckets
                if bucket.second > first and (lag := self.lags.get(bucket.second))
            )
        return self._bounds[seconds]

    def _second(self, bucket: Bucket, lag: Latencies) -> Second:
        found = self.known.get(bucket.second)
        if found is None:
            answers = Histogram.of(each.ok for each in bucket.tick_stats.requests.values())
            ends = self.is_open + (not bucket.tick_stats.is_noted)
            found = self.known[bucket.second] = Second(answers, lag, ends)
        return found

    def effects(self) -> Iterator[Effect]:
        """Returns the effect on each percentile that has enough samples to be displayed."""
        for name, share in SHARES.items():
            for seconds in WINDOWS_S:
                bounds = self.bounds(seconds)
                if bounds.answers.count >= samples_needed(share):
                    (interval_us,) = percentiles_us(bounds.answers, (share,))
                    if interval_us is not None:
                        value_us, low_us, high_us = interval_us
                        bound_us = bounds.error_us(share, value_us)
                        figures = (each / 1000 for each in (value_us, low_us, high_us, bound_us))
                        yield Effect(self.target, name, *figures)
                    break

    def slowdown(self) -> Slowdown | None:
        """The slowdown in a closed model; None in the open model, where the plan sets when requests begin, or
        if there is nothing to judge."""
        recent = [each for each in self.buckets if each.second > self.buckets[-1].second - WINDOWS_S[0]]
        ok = sum(t.ok.count for each in recent for t in each.tick_stats.requests.values())
        user_s = sum(each.tick_stats.users * each.tick_stats.ticks for each in recent) / TICKS_A_BUCKET
        if self.is_open or not ok or not user_s:
            return None
        lags = ((each, self.lags.get(each.second)) for each in recent)
        known = [self._second(each, lag) for each, lag in lags if lag]
        sent_late_us = sum(each.tick_stats.late_us for each in recent) / ok - lag_in_sending_us(known)
        late_ms = mean_lag_us(known) / 1000 + max(0.0, sent_late_us / 1000 - TIMER_MS)
        seconds = sum(each.tick_stats.ticks for each in recent) / TICKS_A_BUCKET
        return Slowdown(self.target, ok / seconds, late_ms, user_s * 1000 / ok)


def judge_lag(effects: Sequence[Effect], slowdowns: Iterable[Slowdown] = ()) -> list[Finding]:
    """Finds doubtful and untrusted figures, naming the figure and the bound: the worst one for each target.
    Also reports figures that may be in the wrong order, and targets whose goodput may be too low."""
    found: list[Finding] = []
    by_target: dict[str, list[Effect]] = {}
    for effect in effects:
        if effect.is_doubtful:
            by_target.setdefault(effect.target, []).append(effect)
    for doubtful in by_target.values():
        worst = max(doubtful, key=lambda each: (each.is_untrusted, each.bound_ms / each.value_ms))
        found.append(Finding("red" if worst.is_untrusted else "amber", worst.in_words))
    found += _turned(effects)
    for each in slowdowns:
        if each.is_doubtful:
            found.append(Finding("red" if each.share > RED_SHARE else "amber", each.in_words))
    return found


def _figure(effect: Effect) -> str:
    value = f"{effect.value_ms:.2f}" if effect.value_ms < 10 else f"{effect.value_ms:.0f}"
    return f"{effect.name} of {value} ms"


def _turned(effects: Sequence[Effect]) -> Iterator[Finding]:
    """For each percentile, finds the two targets whose order may be wrong, if any; of several, those that
    differ most."""
    for name in SHARES:
        pairs = [
            (above, below)
            for one, other in combinations([each for each in effects if each.name == name], 2)
            for above, below in ((one, other), (other, one))
            if above.might_be_below(below)
        ]
        if pairs:
            above, below = max(pairs, key=lambda pair: pair[0].value_ms - pair[1].value_ms)
            yield Finding(
                "red",
                f"{above.target}'s {_figure(above)} may not be above {below.target}'s {_figure(below)}: "
                f"up to {above.bound_ms:.1f} ms of it may be the load worker's own",
            )
