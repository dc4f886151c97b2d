"""The noise floor of rounds of two identical targets."""

from engine.answers.verdicts.noise import noise_floor, rounds_expected
from engine.metrics.noise_floor import NoiseFloor
from tests.engine.answers.verdicts.judged import ALIKE, BASE, OTHER
from tests.support.made_rounds import CALM, NOISY, duels, tainted, turns

AT = "2026-11-29T12:00:00+00:00"


def test_a_noisier_machine_has_a_higher_floor() -> None:
    calm = noise_floor(turns(ALIKE, 60, CALM), BASE, OTHER, AT)
    noisy = noise_floor(turns(ALIKE, 60, NOISY), BASE, OTHER, AT)
    assert 0 < (calm.share("turns", "goodput") or 0) < 0.03 < (noisy.share("turns", "goodput") or 0)
    assert (calm.spread("turns", "cpu") or 0) < (noisy.spread("turns", "cpu") or 0)
    assert calm.rounds == {"turns": 60}
    assert calm.round_s["turns"] > 1


def test_each_pairing_is_measured_by_itself() -> None:
    found = noise_floor([*turns(ALIKE, 20), *duels(ALIKE, 40)], BASE, OTHER, AT)
    assert found.share("duel", "cpu") is not None
    assert found.share("duel", "p50") is None
    assert found.share("turns", "p50") is not None


def test_too_few_or_tainted_rounds_say_nothing() -> None:
    assert noise_floor(turns(ALIKE, 6), BASE, OTHER, AT).shares == {}
    assert noise_floor(tainted(turns(ALIKE, 20), "red"), BASE, OTHER, AT).shares == {}


def test_rounds_that_find_a_difference_follow_from_the_spread() -> None:
    floor = NoiseFloor(AT, spreads={"turns.cpu": 0.05, "turns.goodput": 0.1})
    few, many = (rounds_expected(floor, "turns", metric, 0.05, 2) for metric in ("cpu", "goodput"))
    assert few
    assert many
    assert 2.5 < many / few < 4.5  # twice the spread: about four times as many
    assert few % 2 == 0
    assert rounds_expected(floor, "turns", "p95", 0.05, 2) is None
    assert (rounds_expected(floor, "turns", "cpu", 0.05, 20) or 0) > few
    assert rounds_expected(floor, "turns", "goodput", 0.0001, 2) is None
