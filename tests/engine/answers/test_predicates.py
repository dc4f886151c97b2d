"""All three outcomes of a predicate."""

import pytest

from engine.answers.interval import Interval
from engine.answers.predicates import Unknown, judged, together
from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import FigureOf

FIGURES = {
    ("a", "rps", 10): Interval(100, 95, 105),
    ("b", "rps", 10): Interval(50, 48, 52),
    ("a", "mean", 10): Interval(20, 19, 21),
    ("a", "mean", 50): Interval(30, 29, 31),
    ("a", "errors", 10): Interval(0.0, 0.0, 0.01),
    ("c", "errors", 10): Interval(0.0, 0.0, 0.004),
    ("b", "errors", 10): Interval(0.1, 0.05, 0.15),
}


def look_up(of: FigureOf, users: int) -> Interval:
    try:
        return FIGURES[of.target, of.metric, users]
    except KeyError:
        raise Unknown(f"{of.target} did not settle at {users} users") from None


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("a.rps > 1.8 x b.rps at 10 users", "holds"),
        ("a.rps > 2.2 x b.rps at 10 users", "fails"),
        ("a.rps > 2 x b.rps at 10 users", "undecidable"),
        ("a.rps >= 95 at 10 users", "holds"),
        ("a.rps <= 94 at 10 users", "fails"),
        ("a.rps <= 100 at 10 users", "undecidable"),
        ("a.rps < 106 and b.rps < 60 at 10 users", "holds"),
        ("a.rps < 100 and b.rps > 60 at 10 users", "fails"),
        ("a.errors = 0 % at 10 users", "undecidable"),
        ("c.errors = 0 % at 10 users", "holds"),
        ("b.errors = 0 % at 10 users", "fails"),
        ("b.errors = 10 % at 10 users", "undecidable"),
        ("a.rps = about 100 at 10 users", "holds"),
        ("a.rps = about 90 at 10 users", "undecidable"),
        ("a.mean at 50 users / a.mean at 10 users - 100 % = about 90 %", "fails"),
        ("a.mean < 25 ms at 10 and 50 users", "fails"),
        ("a.mean < 40 ms at 10 and 90 users", "undecidable"),
        ("(100 % - a.errors) / (100 % - b.errors) > 1 at 10 users", "holds"),
        ("b.errors / a.errors > 2 at 10 users", "undecidable"),
        ("a.rps + b.rps > 140 at 10 users", "holds"),
    ],
)
def test_outcomes(text: str, outcome: str) -> None:
    assert together(judged(parse_claim(text), look_up)) == outcome


def test_each_level_is_judged_with_its_figures() -> None:
    first, second = judged(parse_claim("a.mean < 25 ms at 10 and 50 users"), look_up)
    assert (first.users, first.outcome, first.figures) == (10, "holds", "20 ms (19 ms to 21 ms) < 25 ms")
    assert (second.users, second.outcome) == (50, "fails")


def test_why_it_is_undecided() -> None:
    (found,) = judged(parse_claim("a.mean < 40 ms at 90 users"), look_up)
    assert (found.figures, found.why) == ("", "a did not settle at 90 users")
    (found,) = judged(parse_claim("a.mean < 20 ms at 10 users"), look_up)
    assert found.why == "the limit is within the 95 % interval"
    (found,) = judged(parse_claim("b.errors / a.errors > 2 at 10 users"), look_up)
    assert found.why == "a.errors may be 0"


def test_of_printed_figures_only_what_no_rounding_explains_fails() -> None:
    figures = {"a": Interval.around(270.97, 0.005), "b": Interval.around(75.64, 0.005)}
    exact, rounded = (
        judged(
            parse_claim("a.rps >= 3.6 x b.rps at 10 users"), lambda of, _: figures[of.target], rounded=each
        )
        for each in (False, True)
    )
    assert [each.outcome for each in exact] == ["fails"]
    assert [each.outcome for each in rounded] == ["undecidable"]
