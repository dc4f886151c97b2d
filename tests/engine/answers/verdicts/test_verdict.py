"""What is judged of made rounds, and what is refused."""

from dataclasses import replace

import pytest

from engine.answers.verdicts.verdict import METRICS, baseline_of, is_decided, verdicts, why_none
from engine.metrics.noise_floor import NoiseFloor
from tests.engine.answers.verdicts.judged import ALIKE, BASE, FAST, OTHER, judged, result_with
from tests.support.made_rounds import CALM, NOISY_DUEL, MadeTarget, duels, read_late, tainted, turns

ERRING = {BASE: MadeTarget(), OTHER: MadeTarget(rps=1600, error_share=0.02)}


def test_a_target_that_is_better_in_everything() -> None:
    found = judged(turns(FAST, 20))
    assert {metric: each.outcome for metric, each in found.items()} == {
        "goodput": "better",
        "p50": "better",
        "p95": "better",
        "p99": "better",
        "cpu": "better",
        "memory": "equivalent",
    }
    goodput, cpu = found["goodput"], found["cpu"]
    assert goodput.interval
    assert goodput.interval[0] < 4 < goodput.interval[1]
    assert goodput.ratio == pytest.approx(4, rel=0.1)
    assert cpu.ratio == pytest.approx(0.35, rel=0.05)
    assert (goodput.rounds, goodput.users, goodput.pairing) == (20, 10, "turns")
    assert is_decided(list(found.values()))


def test_the_same_seen_from_the_other_side_is_worse() -> None:
    found = verdicts(result_with(turns(FAST, 20), baseline=OTHER))
    assert {each.target for each in found} == {BASE}
    assert [each.outcome for each in found] == ["worse"] * 5 + ["equivalent"]
    goodput = found[0]
    assert goodput.ratio == pytest.approx(0.25, rel=0.1)


def test_identical_targets_are_equivalent_where_rounds_suffice_and_else_undecided() -> None:
    found = judged(turns(ALIKE, 60))
    assert found["cpu"].outcome == "equivalent"
    assert found["goodput"].outcome == "undecided"
    assert found["goodput"].interval
    assert found["goodput"].interval[0] < 1 < found["goodput"].interval[1]
    assert found["goodput"].more_rounds
    assert not is_decided(list(found.values()))


def test_a_wider_noise_floor_makes_differences_equivalent() -> None:
    floor = NoiseFloor("2026-11-29T12:00:00+00:00", {"turns.goodput": 0.2, "turns.cpu": 0.01})
    close = {BASE: MadeTarget(), OTHER: MadeTarget(rps=440, cpu_ms=1.8)}
    rounds = turns(close, 60, CALM)
    assert judged(rounds)["goodput"].outcome == "better"
    found = judged(rounds, noise_floor=floor)
    assert (found["goodput"].outcome, found["goodput"].delta) == ("equivalent", 0.2)
    assert (found["cpu"].outcome, found["cpu"].delta) == ("better", 0.01)


def test_a_duel_says_nothing_of_goodput_and_latency() -> None:
    found = judged(duels(FAST, 60))
    assert found["cpu"].outcome == "better"
    assert found["cpu"].pairing == "duel"
    assert {found[metric].outcome for metric in METRICS[:4]} == {"refused"}
    assert "share one core" in found["goodput"].why
    assert is_decided(list(found.values()))


def test_cpu_time_is_that_of_the_duel_where_there_was_one_and_the_rest_of_turns() -> None:
    found = judged([*turns(FAST, 20), *duels(FAST, 60)])
    assert (found["cpu"].pairing, found["goodput"].pairing) == ("duel", "turns")
    assert found["goodput"].outcome == "better"


def test_few_rounds_decide_nothing() -> None:
    found = judged(turns(FAST, 4))
    assert {each.outcome for each in found.values()} == {"undecided"}
    assert found["goodput"].interval is None
    assert found["goodput"].why == "4 of at least 10 rounds"
    assert found["goodput"].more_rounds == 6
    assert not is_decided(list(found.values()))


def test_tainted_rounds_are_left_out() -> None:
    rounds = tainted(turns(FAST, 30), "the load generator was red", every=3)
    found = judged(rounds)["goodput"]
    assert found.outcome == "better"
    assert found.tainted == 10
    assert 10 < found.rounds <= 20


def test_only_tainted_rounds_are_refused_with_the_reason() -> None:
    found = judged(tainted(turns(FAST, 20), "the load generator was red"))
    assert {each.outcome for each in found.values()} == {"refused"}
    assert found["cpu"].why == "no round counts: the load generator was red"
    assert not is_decided(list(found.values()))


def test_unequal_error_rates_are_not_compared() -> None:
    found = judged(turns(ERRING, 20))
    assert {each.outcome for each in found.values()} == {"refused"}
    assert found["goodput"].why == "error rates differ: 0.0 % of django-wsgi, 2.0 % of fastapi"
    assert {each.fails_more for each in found.values()} == {"0.0 % of django-wsgi, 2.0 % of fastapi"}
    assert not judged(turns(FAST, 20))["goodput"].fails_more


def test_fewer_failures_than_the_baseline_are_no_fault() -> None:
    found = verdicts(result_with(turns(ERRING, 20), baseline=OTHER))
    assert {each.fails_more for each in found if each.target == BASE} == {""}


def test_a_target_that_serves_nothing_is_refused() -> None:
    dead = {BASE: MadeTarget(), OTHER: MadeTarget(error_share=1.0)}
    assert judged(turns(dead, 20))["cpu"].why == "no request to fastapi succeeded"


@pytest.mark.parametrize("dies_after", [1, 11, 19])
def test_a_target_that_dies_between_rounds_is_not_judged_by_those_before(dies_after: int) -> None:
    """Its users wait after each failure: over all rounds hardly any of its requests have failed."""
    rounds = turns(FAST, 20)
    dead = [
        replace(each, turns={**each.turns, OTHER: replace(each.turns[OTHER], ok=0, failed=1)})
        for each in rounds[dies_after:]
    ]
    found = judged([*rounds[:dies_after], *dead])
    why = f"no request to fastapi succeeded in {20 - dies_after} of 20 rounds"
    assert {(each.outcome, each.why, each.fails_more) for each in found.values()} == {("refused", why, why)}
    other_way = verdicts(result_with([*rounds[:dies_after], *dead], baseline=OTHER))
    assert {(each.outcome, each.why, each.fails_more) for each in other_way} == {("refused", why, "")}


def test_rounds_in_which_one_had_nothing_to_say_are_not_counted_as_enough() -> None:
    rounds = turns(FAST, 14)
    quiet = [
        replace(each, turns={**each.turns, OTHER: replace(each.turns[OTHER], ok=0)}) for each in rounds[8:]
    ]
    goodput = judged([*rounds[:8], *quiet])["goodput"]
    assert (goodput.outcome, goodput.why, goodput.more_rounds) == ("undecided", "8 of at least 10 rounds", 2)


def test_goodput_that_think_time_decides_is_refused_and_the_rest_is_judged() -> None:
    found = judged(turns(FAST, 20), think_time_mean_s=0.025)  # 10 users ask for 400 requests/s
    assert found["goodput"].outcome == "refused"
    assert found["goodput"].why == "think time holds 10 users at 400 requests/s at most"
    assert {found["p95"].outcome, found["cpu"].outcome} == {"better"}
    assert judged(turns(FAST, 20), think_time_mean_s=0.001)["goodput"].outcome == "better"


def test_goodput_of_equal_arrivals_is_refused() -> None:
    assert judged(turns(FAST, 20), model="open")["goodput"].why == "the arrivals were the same for all"


def test_cpu_time_that_cannot_be_read_is_refused() -> None:
    rounds = [
        replace(each, turns={name: replace(turn, cpu_s=None) for name, turn in each.turns.items()})
        for each in turns(FAST, 20)
    ]
    found = judged(rounds)
    assert found["cpu"].why == "the exact CPU time of django-wsgi cannot be read"
    assert is_decided(list(found.values()))


def test_only_rounds_with_the_newest_number_of_users_count() -> None:
    rounds = [*turns(FAST, 10, users=5), *turns(FAST, 20, users=20, seed=2)]
    found = judged(rounds)["goodput"]
    assert (found.rounds, found.users) == (20, 20)


def test_one_target_has_nothing_to_be_judged_against() -> None:
    result = result_with(turns({BASE: MadeTarget()}, 20))
    assert verdicts(result) == ()
    assert why_none(result) == "one target: no verdict"


def test_a_session_without_rounds_has_no_verdict() -> None:
    result = replace(result_with(()), schedule="race")
    assert verdicts(result) == ()
    assert why_none(result) == "race: no verdict"
    assert not is_decided(())


def test_the_baseline_is_one_that_had_turns() -> None:
    assert baseline_of(result_with(turns(FAST, 1), baseline="django-asgi")) in FAST
    assert baseline_of(result_with(())) == ""


def test_many_targets_are_one_family() -> None:
    three = FAST | {"django-asgi": MadeTarget(rps=420, cpu_ms=1.9)}
    found = verdicts(result_with(turns(three, 30, NOISY_DUEL)))
    assert {each.target for each in found} == {OTHER, "django-asgi"}
    assert len(found) == 12
    fast = [each for each in found if each.target == OTHER and each.metric == "goodput"]
    assert fast[0].outcome == "better"


def test_the_rounds_that_are_still_needed_are_about_right() -> None:
    close = {BASE: MadeTarget(latency_ms=0), OTHER: MadeTarget(rps=420, cpu_ms=2.0, latency_ms=0)}
    rounds = turns(close, 200, CALM, seed=3)
    early = judged(rounds[:12])["goodput"]
    assert early.outcome == "undecided"
    assert early.more_rounds
    decided = next(
        count
        for count in range(12, 200, 2)
        if judged(rounds[:count])["goodput"].outcome in ("better", "equivalent")
    )
    assert decided / 4 < 12 + early.more_rounds < decided * 4


def test_late_reading_refuses_a_percentile_only_where_it_could_turn_the_answer() -> None:
    """A median of 21 ms may be 6 ms too high: nothing can be said of two alike, and much of one that takes
    a fifth. Goodput may be a quarter too low; CPU time does not depend on lag."""
    close = judged(read_late(turns(ALIKE, 60), 6_000))
    assert close["p50"].outcome == "refused"
    assert "p50 of 21 ms may be up to 6" in close["p50"].why
    assert close["cpu"].outcome == "equivalent"
    assert close["goodput"].outcome == "refused"
    assert "too low" in close["goodput"].why

    far = {BASE: MadeTarget(latency_ms=100.0), OTHER: MadeTarget(latency_ms=20.0)}
    prompt, late = (judged(rounds)["p50"] for rounds in (turns(far, 30), read_late(turns(far, 30), 6_000)))
    assert prompt.outcome == late.outcome == "better"
    assert prompt.interval
    assert late.interval
    assert late.interval[0] < 0.8 * prompt.interval[0], "the target's may be 6 of 20 ms lower"
    assert prompt.interval[1] < late.interval[1] < 1.1 * prompt.interval[1]


def test_late_reading_leaves_open_only_what_chance_and_lag_together_do() -> None:
    """The difference counts without what may be lag: it takes more rounds to be sure of the rest."""
    near = {BASE: MadeTarget(latency_ms=30.0), OTHER: MadeTarget(latency_ms=20.0)}
    rounds = turns(near, 30)
    prompt, late = judged(rounds)["p50"], judged(read_late(rounds, 5_000))["p50"]
    assert prompt.p_value is not None
    assert late.p_value is not None
    assert prompt.p_value < late.p_value
    assert prompt.ratio == late.ratio


def test_what_late_reading_leaves_open_for_good_is_refused() -> None:
    """Of 5.6 % more nothing but 0.4 % is sure, which is less than counts, and no more rounds make it sure."""
    near = {BASE: MadeTarget(latency_ms=20.0), OTHER: MadeTarget(latency_ms=21.2)}
    outcomes = {judged(read_late(turns(near, count), 1_150))["p50"].outcome for count in (60, 120, 240)}
    assert outcomes == {"refused"}
