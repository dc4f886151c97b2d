"""What a fault did to a target, and how long it took to recover, from its seconds. Pure.

A target has recovered once its error rate and its p95 are back within 20 % of what they were before the
fault and stay there for a while, at a similar rate of responses. Rules of this file:
- before: up to 10 s before the fault, under the same load, excluding seconds that earlier faults affected. If
  a fault hits a target that has not recovered yet, it is compared with the figures before the first fault;
- a while: 3 s, or as long as it takes to collect enough samples for a p95 (M4);
- a similar rate: every second has at least half as many responses as the worst second before. A frozen target
  has neither failures nor latencies;
- unanswered requests count as failures, as everywhere (M5);
- no target recovers while the fault lasts, because a limit may take effect later: a target that is back to
  normal before the fault ends counts as recovered at its end;
- only whole seconds are known, so a recovery time is accurate to one second.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.metrics.figures import stats_of
from engine.metrics.records import Bucket, FaultBegan
from engine.metrics.snapshot import Recovery
from engine.metrics.window import Window
from engine.protocol.histogram import samples_needed

BEFORE_S = 10
STAYS_S = 3
LONGEST_S = 30
"""If collecting the samples for a p95 takes longer than this, recovery is not judged."""
WITHIN = 1.2
LEAST_RATE = 0.5

_SAMPLES = samples_needed(0.95)


@dataclass(frozen=True, slots=True)
class PreFaultBaseline:
    """A target's figures before a fault."""

    error_rate: float
    p95_us: float
    users: int
    """Wanted; in the open model arrivals per second."""
    least_ok: int
    """Successful responses in its worst second."""
    stays_s: int
    """How many seconds the figures must stay as good as these."""

    @classmethod
    def of(cls, buckets: Iterable[Bucket]) -> "PreFaultBaseline | None":
        """Computes the baseline from the newest seconds, oldest first; None if they have too few responses
        for a p95."""
        newest_first = list(buckets)[::-1]
        same: list[Bucket] = []
        for bucket in newest_first[:BEFORE_S]:
            if not bucket.is_measured or bucket.users_wanted != newest_first[0].users_wanted:
                break
            same.append(bucket)
        window = _window(reversed(same))
        if window.ok.count < _SAMPLES:
            return None
        gathers_s = math.ceil(_SAMPLES * len(same) / window.ok.count)
        if gathers_s > LONGEST_S:
            return None
        return cls(
            error_rate=stats_of(window).error_rate,
            p95_us=window.ok.quantile_us(0.95),
            users=same[0].users_wanted,
            least_ok=min(_ok(bucket) for bucket in same),
            stays_s=max(STAYS_S, gathers_s),
        )

    def is_met_by(self, seconds: Iterable[Bucket]) -> bool:
        """Whether these seconds are as good as the baseline."""
        seconds = list(seconds)
        window = _window(seconds)
        stats = stats_of(window)
        return (
            window.ok.count >= _SAMPLES
            and stats.bad <= WITHIN * self.error_rate * stats.asked
            and window.ok.quantile_us(0.95) <= WITHIN * self.p95_us
            and all(_ok(bucket) >= LEAST_RATE * self.least_ok for bucket in seconds)
        )


@dataclass(slots=True)
class RecoveryTracker:
    """One fault's effect on one target, as its seconds come in."""

    fault: FaultBegan
    target: str
    before: PreFaultBaseline | None
    ended_s: float | None = None
    """Session time at which the fault was undone or ended."""
    recovered_s: float | None = None
    _recent: deque[Bucket] = field(default_factory=deque)
    _good_since: int | None = None
    _after: Window = field(default_factory=Window)
    _failed: int = 0
    _load_changed: bool = False

    def still_holds(self, users: int) -> PreFaultBaseline | None:
        """The figures before this fault, if the target has not recovered and has the same number of users;
        else None."""
        is_open = self.recovered_s is None and not self._load_changed
        return self.before if is_open and self.before is not None and self.before.users == users else None

    @property
    def clean_from(self) -> float:
        """The session time from which, as far as is known, the fault no longer affects the target's
        seconds."""
        return next(each for each in (self.recovered_s, self.ended_s, self.fault.t_s) if each is not None)

    def take(self, bucket: Bucket) -> None:
        """Takes in one more second of the target."""
        if self.before is None or self.recovered_s is not None or bucket.second < int(self.fault.t_s):
            return
        if not bucket.is_measured:
            self._recent.clear()
            self._good_since = None
            return
        self._failed += sum(each.failed.count for each in bucket.tick_stats.requests.values())
        self._load_changed = self._load_changed or bucket.users_wanted != self.before.users
        self._recent.append(bucket)
        while len(self._recent) > self.before.stays_s:
            self._recent.popleft()
        if len(self._recent) < self.before.stays_s or not self.before.is_met_by(self._recent):
            self._good_since = None
        elif self._good_since is None:
            self._good_since = self._recent[0].second
        if self._good_since is not None and self.ended_s is not None and bucket.second >= int(self.ended_s):
            is_unharmed = self._good_since <= self.fault.t_s
            self.recovered_s = self.fault.t_s if is_unharmed else max(float(self._good_since), self.ended_s)
            self._after = _window(self._recent)

    def recovery(self) -> Recovery:
        """The result so far."""
        before, after = self.before, stats_of(self._after)
        return Recovery(
            number=self.fault.number,
            target=self.target,
            fault=self.fault.text,
            began_s=self.fault.t_s,
            ended_s=self.ended_s,
            recovered_s=self.recovered_s,
            before_error_rate=before.error_rate if before else None,
            before_p95_ms=before.p95_us / 1000 if before else None,
            after_error_rate=after.error_rate if after.asked else None,
            after_p95_ms=after.p95.value_ms,
            failed=self._failed,
            load_changed=self._load_changed,
        )


def recovery_text(recovery: Recovery) -> str:
    """How a target came through a fault, as a sentence without its name."""
    after = f" ({'; '.join(_figures(recovery))})" if _figures(recovery) else ""
    took_s = recovery.took_s
    if recovery.before_p95_ms is None:
        return f"{recovery.fault}: too few responses before it to detect a recovery{after}"
    if took_s is None:
        lasts = " while it lasted" if recovery.ended_s is None else ""
        return f"{recovery.fault}: not recovered{lasts}{after}"
    if took_s == 0:
        return f"{recovery.fault}: no effect: error rate and p95 stayed within 20 %{after}"
    since_end = ""
    if recovery.ended_s is not None and recovery.ended_s >= recovery.began_s + 1:
        left_s = math.ceil(took_s + recovery.began_s - recovery.ended_s)
        since_end = f", {left_s} s after its end" if left_s > 0 else ", when it ended"
    return f"{recovery.fault}: recovered within {math.ceil(took_s)} s{since_end}{after}"


def _figures(recovery: Recovery) -> list[str]:
    texts: list[str] = []
    if recovery.after_p95_ms is not None and recovery.before_p95_ms is not None:
        texts.append(f"p95 {recovery.after_p95_ms:.3g} ms, before {recovery.before_p95_ms:.3g} ms")
    if recovery.failed:
        texts.append(f"{recovery.failed} failed")
    if recovery.load_changed:
        texts.append("the load changed meanwhile")
    return texts


def _window(buckets: Iterable[Bucket]) -> Window:
    return Window.of(bucket.tick_stats for bucket in buckets)


def _ok(bucket: Bucket) -> int:
    return sum(each.ok.count for each in bucket.tick_stats.requests.values())
