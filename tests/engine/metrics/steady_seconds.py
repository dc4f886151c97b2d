"""Seconds of a target that serves as it did before, or worse."""

from engine.metrics.records import Bucket
from tests.support.recording import bucket, tally

FAST_US, SLOW_US = 10_000, 50_000


def second(at: int, *, ok: int = 100, us: int = FAST_US, failed: int = 0, users: int = 2) -> Bucket:
    """A second with so many answers of one latency, and so many failures."""
    made = bucket(at, ok_us=[us] * ok, users=users)
    requests = {"hello": tally([us] * ok, **({"refused": failed} if failed else {}))}
    made.tick_stats.requests.clear()
    made.tick_stats.requests.update(requests)
    return made


def good(*at: int) -> list[Bucket]:
    """Seconds as before."""
    return [second(each) for each in at]
