"""Sentences about SLOs and unanswered requests."""

import pytest

from engine.metrics import sentences


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((None, 0.95, 200.0, 0.0), "nothing measured"),
        ((0.992, 0.95, 200.0, 0.0), "99.20 % within 200 ms, at least 95 % required"),
        ((0.02, 0.01, None, 0.0), "2.00 % failed, at most 1 % allowed"),
        (
            (0.02, 0.01, None, 7.0),
            "2.00 % failed, at most 1 % allowed; nothing was answered in the last 7 s",
        ),
    ],
)
def test_a_part_of_an_slo(arguments: tuple[float | None, float, float | None, float], text: str) -> None:
    assert sentences.threshold(*arguments) == text


def test_unanswered_requests() -> None:
    assert sentences.unanswered(1, 2300.0, 0.0) == "1 request got no answer, the oldest after 2.30 s"
    assert sentences.unanswered(1234, 2300.0, 3.0) == (
        "1.23 k requests got no answer, the oldest after 2.30 s; nothing was answered in the last 3 s"
    )


def test_what_shared_cores_cannot_show() -> None:
    assert "this race shows how they behave" in sentences.contended("race")
    assert sentences.contended("duel") == (
        "targets shared one core: this duel compares CPU time, and neither speed nor latency"
    )


def test_a_quick_run_names_the_levels_that_it_left_out() -> None:
    plan = {"quick": True, "source": "a paper", "left_out_levels": [20, 30]}
    text = "quick: not the published method; without the levels of 20, 30 users"
    assert sentences.quick_in_full(plan) == text
    assert sentences.quick_in_full(plan | {"model": "open"}).endswith("20, 30 arrivals/s")
    assert sentences.quick_in_full({"quick": True}) == "quick: shortened"
    assert sentences.quick_in_full({"left_out_levels": [20]}) == ""
