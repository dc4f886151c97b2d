"""Longer windows are grown only as far as percentiles can need, and change no figure by that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.figures import StatsOptions, stats_of
from engine.metrics.wider_windows import ENOUGH, WiderWindow, wider_windows
from engine.metrics.window import Window
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats
from tests.support.recording import latencies, tally, tick_stats

LENGTHS_S = (2, 5, 10, 20, 60)
OPEN_MODEL = StatsOptions(open_model=True)

Second = tuple[int, int]
"""Successful requests of a second, and how many of them were streams."""


def ticks_of(age_s: int, second: Second) -> TickStats:
    """A second of the open model in which the latencies are the longer, the older it is."""
    ok, streams = second[0], min(second)
    values_us = [1000 * (age_s + 1) + each for each in range(ok)]
    stats = replace(
        tally(values_us),
        service=latencies(*(value // 2 for value in values_us)),
        first_byte=latencies(*(value // 3 for value in values_us[:streams])),
    )
    return replace(tick_stats(0, ticks=TICKS_A_BUCKET), requests={"hello": stats} if ok else {})


def at_lengths(newest_first: list[TickStats]) -> list[WiderWindow]:
    """The windows of all lengths, each summed up on its own."""
    return [WiderWindow.of(Window.of(newest_first[:length_s])) for length_s in LENGTHS_S]


@given(st.lists(st.tuples(st.sampled_from([0, 1, 30, 400]), st.sampled_from([0, 1, 50, 400])), max_size=60))
def test_the_figures_are_those_of_windows_summed_up_one_by_one(seconds: list[Second]) -> None:
    newest_first = [ticks_of(age_s, second) for age_s, second in enumerate(seconds)]
    run = Window.of(reversed(newest_first))
    newest = Window.of(newest_first[:1])
    grown = wider_windows(enumerate(newest_first), LENGTHS_S, run.total)
    assert stats_of(newest, grown, OPEN_MODEL, run.ok) == stats_of(
        newest, at_lengths(newest_first), OPEN_MODEL, run.ok
    )


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        ([(ENOUGH, 0)] * 60, [2.0]),
        ([(50, 0)] * 60, [2.0, 5.0, 10.0]),
        ([(ENOUGH, 1)] * 60, [2.0, 5.0, 10.0, 20.0, 60.0]),
        ([(3, 0), (3, 0)], [2.0]),
        ([(0, 0)] * 30, [2.0]),
    ],
)
def test_a_window_with_enough_samples_or_with_all_of_them_is_the_last(
    seconds: list[Second], lengths: list[float]
) -> None:
    newest_first = [ticks_of(age_s, second) for age_s, second in enumerate(seconds)]
    grown = wider_windows(enumerate(newest_first), LENGTHS_S, Window.of(newest_first).total)
    assert [each.seconds for each in grown] == lengths


def test_seconds_that_do_not_count_make_a_window_shorter() -> None:
    seconds = [(age_s, ticks_of(age_s, (1, 0))) for age_s in range(30) if age_s % 2]
    run = Window.of([*(each for _, each in seconds), ticks_of(0, (1, 0))])
    assert [each.seconds for each in wider_windows(seconds, LENGTHS_S, run.total)] == [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
    ]
