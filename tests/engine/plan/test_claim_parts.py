"""What a claim is made of, and which figures and levels it looks at."""

from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import Variation, figures_in, levels_of, single_figures_in

TEXT = "cv(a.mean at 10, 50 and 100 users) x b.mean < 3 x (c.mean - 2 ms) at 10 and 50 users"


def test_figures_are_listed_from_left_to_right() -> None:
    (comparison,) = parse_claim(TEXT)
    assert [each.target for each in figures_in(comparison.left)] == ["a", "b"]
    assert [each.target for each in figures_in(comparison.right)] == ["c"]


def test_a_figure_over_several_levels_is_none_of_a_single_level() -> None:
    (comparison,) = parse_claim(TEXT)
    assert [each.target for each in single_figures_in(comparison.left)] == ["b"]
    assert levels_of(comparison) == (10, 50)
    (only,) = parse_claim("cv(a.mean at 10 and 50 users) > 1")
    assert isinstance(only.left, Variation)
    assert levels_of(only) == (None,)
