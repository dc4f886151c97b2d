"""Verdicts in words."""

from dataclasses import replace

import pytest

from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.answers.verdicts.wording import (
    expectation,
    notes,
    outcome_text,
    ratio_text,
    refused_lines,
    said_beforehand,
    summary_sentence,
    verdict_text,
)
from engine.metrics.noise_floor import NoiseFloor
from tests.engine.answers.verdicts.judged import ALIKE, FAST, result_with
from tests.support.made_rounds import CALM, duels, tainted, turns
from tests.support.made_verdicts import FASTER

AT = "2026-11-29T12:00:00+00:00"
SMALLER = replace(FASTER, ratio=0.25, interval=(0.2, 0.32), outcome="worse")
UNDECIDED = replace(FASTER, outcome="undecided", ratio=1.05, interval=(0.98, 1.12), more_rounds=14)
REFUSED = replace(
    FASTER, outcome="refused", ratio=None, interval=None, why="in a duel the targets share one core"
)


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (FASTER, "fastapi serves 4.1× [3.9, 4.4] the goodput of django-wsgi"),
        (SMALLER, "django-wsgi serves 4.0× [3.1, 5.0] the goodput of fastapi"),
        (
            replace(FASTER, metric="cpu", ratio=1 / 2.9, interval=(1 / 3.0, 1 / 2.8)),
            "django-wsgi takes 2.9× [2.8, 3.0] the CPU time of fastapi",
        ),
        (replace(FASTER, metric="p95"), "p95 of fastapi is 4.1× [3.9, 4.4] that of django-wsgi"),
        (replace(FASTER, metric="memory"), "fastapi takes 4.1× [3.9, 4.4] the memory of django-wsgi"),
        (
            replace(FASTER, outcome="equivalent", delta=0.02),
            "fastapi and django-wsgi have equivalent goodput, within ±2 %",
        ),
        (
            UNDECIDED,
            "goodput of fastapi and django-wsgi is undecided: 1.05× [0.98, 1.12], about 14 more rounds",
        ),
        (
            REFUSED,
            "no verdict on goodput of fastapi and django-wsgi: in a duel the targets share one core",
        ),
    ],
)
def test_a_verdict_is_a_sentence_about_the_larger_figure(verdict: Verdict, text: str) -> None:
    assert verdict_text(verdict) == text


@pytest.mark.parametrize(
    ("ratio", "interval", "text"),
    [
        (1.013, (1.009, 1.017), "1.013× [1.009, 1.017]"),
        (12.3, (11.0, 14.0), "12× [11, 14]"),
        (2.5, (1.2, 3.8), "2.5× [1.2, 3.8]"),
        (0.5, (0.5, 0.5), "0.500× [0.500, 0.500]"),
        (1.5, None, "1.50×"),
        (None, None, ""),
    ],
)
def test_a_ratio_has_as_many_digits_as_its_interval_carries(
    ratio: float | None, interval: tuple[float, float] | None, text: str
) -> None:
    assert ratio_text(ratio, interval) == text


def test_the_outcome_in_a_word() -> None:
    assert outcome_text(FASTER) == "faster"
    assert outcome_text(SMALLER) == "slower"
    assert outcome_text(replace(FASTER, metric="cpu")) == "cheaper"
    assert outcome_text(replace(SMALLER, metric="memory")) == "larger"
    assert outcome_text(replace(FASTER, outcome="equivalent")) == "equivalent within ±1 %"
    assert outcome_text(UNDECIDED) == "undecided, about 14 more rounds"
    assert outcome_text(replace(UNDECIDED, more_rounds=1)) == "undecided, about 1 more round"


def test_one_sentence_sums_it_up() -> None:
    text = summary_sentence(verdicts(result_with(turns(FAST, 20))))
    assert text.startswith("fastapi serves ")
    assert "; p95 of django-wsgi is " in text
    assert "; django-wsgi takes " in text
    assert text.endswith("; 3 more verdicts.")


def test_the_sentence_of_a_duel_is_of_its_cpu_time() -> None:
    text = summary_sentence(verdicts(result_with(duels(FAST, 60))))
    assert text.startswith("django-wsgi takes ")


def test_what_is_missing_is_said_where_nothing_is_decided() -> None:
    few = verdicts(result_with(turns(FAST, 4)))
    assert summary_sentence(few) == "Undecided after 4 rounds: goodput, p50, p95, p99, CPU time, memory."
    red = verdicts(result_with(tainted(turns(FAST, 12), "the load generator was red")))
    expected = "No verdict: no round counts: the load generator was red."
    assert summary_sentence(red) == expected
    assert summary_sentence(()) == ""


def test_refusals_are_gathered_by_reason() -> None:
    found = verdicts(result_with(duels(FAST, 60)))
    assert refused_lines(found) == [
        "no verdict on goodput, p50, p95, p99: in a duel the targets share one core"
    ]


def test_the_noise_floor_is_named_missing_or_old() -> None:
    found = verdicts(result_with(turns(ALIKE, 20)))
    (note,) = notes(found, None)
    assert note.startswith("differences up to 1 % count as none; this machine's noise floor is not known")
    old = NoiseFloor(AT, age_days=45)
    assert "the noise floor is 45 days old" in notes(found, old)[0]
    assert "lacks some" in notes(found, NoiseFloor(AT))[0]
    assert notes((), None) == []
    left_out = verdicts(result_with(tainted(turns(FAST, 30), "red", every=3)))
    assert notes(left_out, None)[0] == "10 rounds do not count"


def test_what_to_expect_is_said_beforehand() -> None:
    floor = NoiseFloor(AT, spreads={"turns.cpu": 0.05, "turns.goodput": 40.0})
    text = expectation(floor, "turns")
    assert text.startswith("a difference of 5 % needs more rounds than a session has (goodput), about ")
    assert text.endswith(" rounds (CPU time) here")
    assert expectation(floor, "duel") == ""
    assert expectation(None, "turns") == ""
    assert "(CPU time) here" in said_beforehand("turns", 2, floor)
    duel = NoiseFloor(AT, spreads={"duel.cpu": 0.08}, rounds={"duel": 40})
    assert said_beforehand("duel", 2, duel).startswith("a difference of 5 % needs about ")
    assert said_beforehand("race", 2, floor) == said_beforehand("turns", 2, None) == ""


def test_odd_names_stay_in_one_line() -> None:
    odd = replace(FASTER, target_label="a\nb\x1b[31m")
    assert "\n" not in verdict_text(odd)
    assert "\x1b" not in verdict_text(odd)


def test_calm_rounds_of_alike_targets_end_equivalent() -> None:
    found = verdicts(result_with(turns(ALIKE, 120, CALM)))
    assert "equivalent CPU time" in summary_sentence(found)
