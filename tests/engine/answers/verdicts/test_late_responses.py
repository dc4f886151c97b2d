"""What late reading of responses does to the ratio of a percentile."""

import math
from dataclasses import replace

import pytest

from engine.answers.verdicts.late_responses import LateEffect, late_effect
from engine.metrics.rounds import Round, Turn
from tests.support.made_rounds import read_late
from tests.support.recording import latencies

NAMES = ("a", "b")


def rounds(a_us: int, b_us: int, *lag_us: int, count: int = 40) -> list[Round]:
    """Rounds in which responses of two targets were read after so long, the load worker being so late."""
    turns = {name: Turn(0.4, 100, 0, latencies(*[us] * 100)) for name, us in (("a", a_us), ("b", b_us))}
    return read_late([Round(number, "turns", number, number + 1, turns) for number in range(count)], *lag_us)


def effect(given: list[Round], *, is_open: bool = False) -> LateEffect:
    return late_effect(given, "p99", NAMES, ("A", "B"), is_open=is_open)


def test_a_possible_error_that_does_not_matter_does_nothing() -> None:
    assert effect(rounds(1_000, 2_000, 150)) == LateEffect()
    assert effect(rounds(20_000, 40_000, 900)) == LateEffect()


def test_each_target_may_be_too_high_by_its_own_share() -> None:
    found = effect(rounds(1_000, 2_000, 400))
    assert found.below == pytest.approx(-math.log(1 - 0.2), rel=0.1), "the target may really take 1.6 ms"
    assert found.above == pytest.approx(-math.log(1 - 0.4), rel=0.1), "the baseline may really take 0.6 ms"
    assert "A's p99 of 1.00 ms may be up to 0.4" in found.why


def test_in_the_open_model_lag_counts_at_both_ends() -> None:
    given = rounds(2_000, 2_000, 400)
    assert effect(given, is_open=True).above > 1.8 * effect(given).above > 0


def test_a_percentile_may_be_nothing_but_late_reading() -> None:
    found = effect(rounds(500, 5_000, 5_000))
    assert found.above > math.log(100)
    assert found.least(math.log(10)) == 0


def test_goodput_may_be_too_low() -> None:
    """100 requests in 0.4 s by two users: 8 ms from one to the next, of which 2 ms may be lag."""
    given = [replace(each, users=2) for each in rounds(5_000, 5_000, 2_000)]
    found = late_effect(given, "goodput", NAMES, ("A", "B"), is_open=False)
    assert found.below == found.above == pytest.approx(-math.log(1 - 0.25), rel=0.1)
    assert "250 ok/s may be up to 2" in found.why
    assert late_effect(given, "goodput", NAMES, ("A", "B"), is_open=True) == LateEffect()
    few_late = [
        replace(each, turns={"a": each.turns["a"], "b": replace(each.turns["b"], sent_late_us=500_000)})
        for each in given
    ]
    found = late_effect(few_late, "goodput", NAMES, ("A", "B"), is_open=False)
    assert found.above > found.below, "the target's goodput may be lower for it"


def test_cpu_time_and_memory_do_not_depend_on_lag() -> None:
    for metric in ("cpu", "memory"):
        assert (
            late_effect(rounds(500, 5_000, 5_000), metric, NAMES, ("A", "B"), is_open=False) == LateEffect()
        )


def test_a_duel_says_nothing_of_latency() -> None:
    turns = {name: Turn(1.0, 100, 0) for name in NAMES}
    assert effect([Round(1, "duel", 0, 1, turns)]) == LateEffect()


def test_older_journals_do_not_say_how_late_responses_were_read() -> None:
    assert effect(rounds(1_000, 2_000)) == LateEffect()


def test_rounds_are_summed_up_the_same_in_blocks_and_one_by_one() -> None:
    given = rounds(1_000, 2_000, 300, 500, count=100)
    for count in (31, 32, 33, 64, 99, 100):
        assert effect(given[:count]) == effect(list(read_late(given[:count], 300, 500)))


@pytest.mark.parametrize(("log", "least"), [(1.0, 0.8), (-1.0, -0.7), (0.1, 0.0), (-0.1, 0.0), (0.0, 0.0)])
def test_what_is_left_of_a_difference(log: float, least: float) -> None:
    assert LateEffect(below=0.2, above=0.3).least(log) == pytest.approx(least)


def test_where_responses_end_when_they_arrive_only_goodput_may_be_off() -> None:
    given = [
        replace(
            each,
            users=2,
            turns={name: replace(turn, noted=turn.latencies.count) for name, turn in each.turns.items()},
        )
        for each in rounds(5_000, 5_000, 2_000)
    ]
    assert effect(given) == LateEffect()
    assert late_effect(given, "goodput", NAMES, ("A", "B"), is_open=False).below > 0.25
