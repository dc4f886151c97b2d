"""For how long a target has answered nothing but failures, or nothing at all. Pure; of closed seconds."""

from dataclasses import dataclass

from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats, sum_counts


@dataclass(frozen=True, slots=True)
class Streak:
    """The newest seconds in a row in which no request succeeded."""

    failing_s: float = 0.0
    """Since a request failed; 0 if one has succeeded since."""
    failed: int = 0
    """Requests that failed in that time."""
    failure: str = ""
    """The kind of most failures in the newest second that had any: `status 404`."""
    silent_s: float = 0.0
    """For how long requests have been in flight and nothing has come: none has ended, no stream has had an
    event or a message."""


def streak_after(streak: Streak, tick_stats: TickStats) -> Streak:
    """The streak after one more closed second. A second in which one of abreast's own processes did not
    work says nothing; a pause ends it."""
    if tick_stats.spoiled or tick_stats.unmeasured or not tick_stats.ticks:
        return streak
    requests = tick_stats.requests.values()
    if tick_stats.paused or any(each.ok.count for each in requests):
        return Streak()
    seconds = tick_stats.ticks / TICKS_A_BUCKET
    errors = sum_counts(each.errors for each in requests)
    if errors:
        failed = streak.failed + sum(errors.values())
        most = min(errors, key=lambda kind: (-errors[kind], kind))
        return Streak(streak.failing_s + seconds, failed, most)
    is_quiet = tick_stats.in_flight and not any(each.tokens for each in requests)
    return Streak(
        streak.failing_s + seconds if streak.failed else 0.0,
        streak.failed,
        streak.failure,
        streak.silent_s + seconds if is_quiet else 0.0,
    )
