"""A session's result in one sentence."""

from dataclasses import replace
from typing import Any

from engine.answers import result_sentence
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.metrics.window_stats import Figure
from tests.support.fakes import at_level, level, snapshot
from tests.support.made_results import NOTHING, of_one, summary
from tests.support.made_trials import a_trial


def test_the_summary_names_the_best_its_ratio_and_no_verdict() -> None:
    over = replace(snapshot(), phase="ended", outcome="completed")
    assert summary(over) == "At 20 users fastapi served 4.22 k ok/s, 2.4× django-wsgi (race: no verdict)."


def as_asked(p95_ms: float = 4.0, **changes: Any) -> Snapshot:
    """Two targets of 20 users who think for 100 ms: at most 200 requests a second each."""
    picture = snapshot(targets=2)
    targets = []
    for each in picture.targets:
        steady = replace(
            each.steady, goodput=196.0 + each.slot, p95=Figure(p95_ms * (1 + each.slot), 10.0, False)
        )
        targets.append(at_level(each, replace(steady, **changes)))
    return replace(picture, targets=tuple(targets))


def test_where_think_time_bounds_all_no_one_is_said_to_be_faster() -> None:
    assert summary(as_asked()) == (
        "At 20 users both served what was asked, about 196 ok/s each; "
        "p95 4.0 ms (fastapi) to 8.0 ms (django-wsgi)."
    )
    assert "both served" not in summary(as_asked(goodput=120.0))
    assert "both served" not in summary(as_asked(failed=3))


def test_a_race_that_nobody_won_says_so() -> None:
    picture = snapshot(targets=2)
    alike = tuple(
        at_level(each, replace(each.steady, goodput=1000.0 + each.slot)) for each in picture.targets
    )
    assert "django-wsgi served 1.00 k ok/s, as much as fastapi" in summary(replace(picture, targets=alike))


def test_where_nothing_was_measured_it_says_why() -> None:
    none = NOTHING
    for changes, why in (
        ({"state": "failed"}, "no target became ready"),
        ({}, "the run ended before its first second outside warm-up and pauses"),
        ({"whole": replace(none, seconds=7.0)}, "no request ended in the 7 s after warm-up"),
    ):
        picture = of_one(**{"levels": (), "whole": none, **changes})
        assert summary(picture) == f"Nothing was measured, because {why}."


def test_a_session_that_was_left_before_load_says_so() -> None:
    picture = replace(of_one(levels=(), whole=NOTHING), phase="ended", outcome="no-load", now_s=0.0)
    assert summary(picture) == "Nothing was measured, because it was left before load began."
    facts = result_sentence.facts(session_result(picture))
    assert facts == "ended before load · closed model · no figures"


def test_requests_that_all_failed_are_no_silence() -> None:
    failed = replace(of_one().targets[0].whole, ok=0, failed=90, requests=90, goodput=0.0)
    levels = (level(failed),)
    assert summary(of_one(levels=levels, whole=failed)) == "No request succeeded."
    assert summary(of_one(levels=levels)) == "No request succeeded at the last level of load."


def test_a_baseline_that_served_nothing_is_replaced_and_that_is_said() -> None:
    picture = replace(snapshot(), phase="ended", outcome="completed")
    assert "ratios against" not in result_sentence.facts(session_result(picture))
    nothing = replace(picture.targets[1].steady, ok=0, failed=90, requests=90, goodput=0.0)
    targets = (picture.targets[0], at_level(picture.targets[1], nothing), picture.targets[2])
    result = session_result(replace(picture, targets=targets))
    assert (result.baseline, result.replaced_baseline) == ("fastapi", "django-wsgi")
    assert result_sentence.facts(result).endswith("ratios against fastapi, as django-wsgi served nothing")


def test_a_search_says_how_many_trials_it_made() -> None:
    search = replace(session_result(snapshot()), schedule="capacity")
    for trials, text in ((1, "1 trial"), (3, "3 trials")):
        made = replace(search, trials=tuple(a_trial(10) for _ in range(trials)))
        assert result_sentence.figures_text(made) == text
