"""Windows with answers, open requests and silence, without a clock."""

from collections.abc import Sequence
from dataclasses import replace

from engine.metrics.window import Window
from engine.protocol.histogram import Latencies
from tests.support.recording import latencies, tally, tick_stats

SECOND_US = 1_000_000


def seconds(*ages_s: float) -> Latencies:
    """Ages of requests, given in seconds."""
    return latencies(*(round(age_s * SECOND_US) for age_s in ages_s))


def window(
    ok_us: Sequence[int] = (), *, open_s: Sequence[float] = (), given_up_s: Sequence[float] = ()
) -> Window:
    """A second with these answers, at whose end requests had been open, or were given up, for so long."""
    made = Window()
    requests = {"hello": replace(tally(ok_us), given_up=seconds(*given_up_s))}
    still_open = {"hello": seconds(*open_s)} if open_s else {}
    made.add(replace(tick_stats(4, ticks=5), requests=requests, open=still_open, in_flight=len(open_s)))
    return made


def silent(since_s: int, *, answers: int = 100) -> Window:
    """Answers in the first second, then so many seconds of silence with one request open."""
    made = window([1000] * answers)
    for second in range(1, since_s + 1):
        empty = tick_stats(5 * second + 4, ticks=5)
        made.add(replace(empty, open={"hello": seconds(float(second))}, in_flight=1))
    return made
