"""In what a run departs from what its source did, as far as it matters to a claim."""

from dataclasses import replace
from typing import Any

import pytest

from engine.answers.departures import why_departed
from engine.metrics.session_result import SessionResult
from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import FigureOf, figures_in
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape

SHAPE = Shape(seconds=30, rps=40)
SOURCE = {
    "targets": ["fastapi", "django-wsgi"],
    "workload": "hello",
    "schedule": "race",
    "client": "own",
    "network_delay_s": 0.0,
}


def figures(says: str = "fastapi.rps > django-wsgi.rps at 50 users") -> list[FigureOf]:
    (comparison,) = parse_claim(says)
    return [*figures_in(comparison.left), *figures_in(comparison.right)]


def result(**plan: Any) -> SessionResult:
    made = result_of(SHAPE)
    return replace(made, plan={**made.plan, **plan})


def test_a_run_of_the_plan_as_it_is_departs_in_nothing() -> None:
    assert why_departed(figures(), result()) == ""
    assert why_departed(figures(), result(origin=SOURCE)) == ""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"workload": "io"}, "the workload is hello in this run, and io in the source's"),
        (
            {"schedule": "solo"},
            "the schedule is all targets at once in this run, and one target after another in the source's",
        ),
        ({"client": "httpx"}, "requests are sent by abreast's client in this run, and httpx in the source's"),
        (
            {"targets": ["fastapi:workers=4", "django-wsgi"]},
            "the source's targets are fastapi:workers=4, django-wsgi, and not fastapi",
        ),
    ],
)
def test_what_differs_is_said(source: dict[str, Any], why: str) -> None:
    assert why_departed(figures(), result(origin=SOURCE | source)) == why


def test_an_added_delay_differs() -> None:
    found = why_departed(figures(), result(origin=SOURCE, network_delay=0.04))
    assert found == "this run adds a network delay of 40 ms"


def test_targets_matter_only_to_claims_that_name_them() -> None:
    other = result(origin=SOURCE | {"targets": ["fastapi", "django-wsgi:threads=2"]})
    assert why_departed(figures("fastapi.rps > 3 at 50 users"), other) == ""
    assert "not django-wsgi" in why_departed(figures(), other)
    missing = figures("fastapi.rps > hybrid.rps at 50 users")
    assert why_departed(missing, result()) == "hybrid did not take part"


def test_options_that_were_changed_while_it_ran_differ_too() -> None:
    made = result()
    first, *others = made.targets
    changed = replace(made, targets=(replace(first, options={"workers": 4}), *others))
    assert why_departed(figures(), changed).endswith("and not fastapi:workers=4")


def test_a_recording_that_says_less_is_no_departure() -> None:
    made = result()
    plan = {name: value for name, value in made.plan.items() if name != "targets"}
    assert why_departed(figures(), replace(made, plan=plan)) == ""
