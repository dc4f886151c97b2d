"""What kept load workers from their cores: no part that took nothing, and told apart from problems."""

import pytest

from engine.metrics.interference_text import explains, last_second_text, most_text


@pytest.mark.parametrize(
    ("stolen_pct", "waiting_pct", "parts"),
    [
        (3.4, 12.0, "the host of this virtual machine took 3 % (steal) and other programs took 12 %"),
        (0.0, 12.0, "other programs took 12 %"),
        (1.0, 0.9, "the host of this virtual machine took 1 % (steal)"),
        (None, 1.0, "other programs took 1 %"),
    ],
)
def test_parts_that_took_nothing_are_left_out(
    stolen_pct: float | None, waiting_pct: float | None, parts: str
) -> None:
    text = last_second_text(stolen_pct, waiting_pct)
    assert text == f"in the last second {parts} of the load worker's core"
    assert explains(text)
    most = parts.replace("took", "took up to")
    assert most_text(stolen_pct, waiting_pct) == f"in these seconds {most} of the load worker's core"


@pytest.mark.parametrize(("stolen_pct", "waiting_pct"), [(None, None), (0.0, 0.4), (0.9, None)])
def test_too_little_explains_nothing(stolen_pct: float | None, waiting_pct: float | None) -> None:
    assert last_second_text(stolen_pct, waiting_pct) == most_text(stolen_pct, waiting_pct) == ""


def test_a_problem_explains_nothing() -> None:
    assert not explains("the load worker used 84 % of its core")
