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
