"""From rounds to observations."""

import math
from dataclasses import replace

import pytest

from engine.answers.verdicts.observations import observations, usable
from engine.metrics.rounds import Round, Turn
from tests.support.made_rounds import MadeTarget, duels, turns

A, B = "django-wsgi", "fastapi"


def _round(number: int, order: tuple[str, str], ok: dict[str, int]) -> Round:
    done = {name: Turn(0.5, ok[name], 0, cpu_s=0.1, memory_bytes=1_000) for name in order}
    return Round(number, "turns", number, number + 1.0, done)


def test_a_round_waits_for_one_in_the_other_order() -> None:
    """The first turn of a round serves 10 % more: a pair of rounds shows no difference."""
    first = _round(1, (A, B), {A: 110, B: 100})
    again = _round(2, (A, B), {A: 110, B: 100})
    other = _round(3, (B, A), {A: 100, B: 110})
    assert observations([first, again], "goodput", A, B).logs == ()
    found = observations([first, again, other], "goodput", A, B)
    assert found.logs == pytest.approx((0.0,))
    assert (found.rounds, found.rounds_each) == (2, 2.0)


def test_seconds_of_a_duel_are_added_up() -> None:
    found = observations(duels({A: MadeTarget(), B: MadeTarget(cpu_ms=4)}, 21), "cpu", A, B)
    assert len(found.logs) == 10
    assert found.rounds == 20
    assert sum(found.logs) / 10 == pytest.approx(math.log(2), abs=0.1)
    assert found.correlated


def test_a_percentile_waits_for_enough_requests() -> None:
    rounds = turns({A: MadeTarget(rps=100), B: MadeTarget(rps=400, latency_ms=10)}, 20)
    assert len(observations(rounds, "p50", A, B).logs) == 10
    tail = observations(rounds, "p99", A, B)  # 368 requests: four pairs of rounds, of 100 requests each
    assert 1 <= len(tail.logs) <= 3
    assert tail.rounds_each >= 6
    assert observations(rounds, "p50", A, B).logs[0] == pytest.approx(math.log(0.5), abs=0.3)


def test_percentiles_are_of_merged_histograms() -> None:
    """One round has all the slow requests: the average of both rounds' p95 would be 5.5 times as long."""
    fast, slow = MadeTarget(rps=2000, latency_ms=10), MadeTarget(rps=2000, latency_ms=100)
    one = turns({A: fast, B: fast}, 2, seed=1)
    other = turns({A: fast, B: slow}, 2, seed=1)
    mixed = [one[0], replace(other[1], number=2)]
    (tail,) = observations(mixed, "p95", A, B).logs
    assert tail == pytest.approx(math.log(10), abs=0.3)


def test_a_target_without_a_figure_gives_no_observation() -> None:
    rounds = [_round(1, (A, B), {A: 100, B: 0}), _round(2, (B, A), {A: 100, B: 0})]
    found = observations(rounds, "goodput", A, B)
    assert (found.logs, found.rounds) == ((), 0)
    assert observations(rounds, "cpu", A, B).logs == ()
    assert len(observations(rounds, "memory", A, B).logs) == 1


def test_rounds_without_one_of_both_are_not_usable() -> None:
    rounds = [
        _round(1, (A, B), {A: 1, B: 1}),
        replace(_round(2, (B, A), {A: 1, B: 1}), turns={A: Turn(1, 1, 0)}),
    ]
    assert [each.number for each in usable(rounds, "turns", A, B).rounds] == [1]
    assert usable(rounds, "duel", A, B).rounds == ()


def test_tainted_rounds_and_other_users_are_counted_apart() -> None:
    rounds = [
        replace(_round(1, (A, B), {A: 1, B: 1}), users=5),
        replace(_round(2, (A, B), {A: 1, B: 1}), users=9),
        replace(_round(3, (A, B), {A: 1, B: 1}), users=5, tainted="red"),
    ]
    found = usable(rounds, "turns", A, B)
    assert [each.number for each in found.rounds] == [2]
    assert [each.number for each in found.tainted] == [3]
