"""The language of claims: what it means, and what is wrong where."""

import pytest

from engine.plan.claim_grammar import MAX_CHARACTERS, ClaimError, parse_claim
from engine.plan.claim_parts import FigureOf, Number, Operation, Variation, figures_in, levels_of
from engine.plan.quantities import NUMBER


def test_a_multiple_at_a_level() -> None:
    (comparison,) = parse_claim("fastapi.goodput > 1.6 x django-wsgi.goodput at 100 users")
    assert isinstance(comparison.left, FigureOf)
    assert (comparison.left.target, comparison.left.metric) == ("fastapi", "goodput")
    assert comparison.operator == ">"
    assert isinstance(comparison.right, Operation)
    assert isinstance(comparison.right.left, Number)
    assert comparison.right.left.value == 1.6
    assert levels_of(comparison) == (100,)


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [("20 ms", 20.0, 0.5), ("1.8 s", 1800.0, 50.0), ("3 %", 0.03, 0.005), ("4.12 /s", 4.12, 0.005)],
)
def test_units_and_the_half_of_the_last_digit(text: str, value: float, half: float) -> None:
    metric = {"ms": "mean", "s": "mean", "%": "errors", "/s": "rps"}[text.split()[1]]
    (comparison,) = parse_claim(f"fastapi.{metric} < {text} at 10 users")
    assert isinstance(comparison.right, Number)
    assert comparison.right.value == pytest.approx(value)
    assert comparison.right.half == pytest.approx(half)


def test_all_there_is_is_not_rounded() -> None:
    (comparison,) = parse_claim("100 % - fastapi.errors > 80 % at 10 users")
    assert isinstance(comparison.left, Operation)
    assert comparison.left.left == Number(1.0, 0.0, (0, 0), is_bare=False, is_share=True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("fastapi.rps > 30 at 100 users with 4 workers", "fastapi:workers=4"),
        ("fastapi:workers=2.rps > 30 at 100 users with 4 workers", "fastapi:workers=2"),
        ("fastapi:model_time=0.5.p95 > 30 ms at 100 users", "fastapi:model_time=0.5"),
        ('"fastapi ×4".rps > 30 at 100 users', "fastapi ×4"),
    ],
)
def test_targets_have_options_or_labels(text: str, target: str) -> None:
    (comparison,) = parse_claim(text)
    assert isinstance(comparison.left, FigureOf)
    assert comparison.left.target == target


def test_several_levels_and_comparisons_share_the_last_scope() -> None:
    claim = parse_claim("a.rps > b.rps and a.mean < b.mean at 10, 50 and 100 users with 1 worker")
    assert [levels_of(each) for each in claim] == [(10, 50, 100)] * 2
    names = {
        figure.target for each in claim for part in (each.left, each.right) for figure in figures_in(part)
    }
    assert names == {"a:workers=1", "b:workers=1"}


def test_a_figure_has_a_level_of_its_own() -> None:
    (comparison,) = parse_claim("a.mean at 100 users / a.mean at 50 users - 100 % = about 4000 %")
    assert [each.scope.users for each in figures_in(comparison.left)] == [(100,), (50,)]
    assert levels_of(comparison) == (None,)
    assert comparison.is_about


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("fastapi.gooput > 3 at 5 users", 9, "did you mean 'goodput'?"),
        ("fastapi.xyz > 3 at 5 users", 9, "write one of rps, goodput"),
        ("fastapi.rps > 3 ms at 5 users", 13, "a rate is compared with a time"),
        ("fastapi.mean < 20 at 5 users", 14, "write units: 20 ms"),
        ("fastapi.mean + fastapi.rps < 20 ms at 5 users", 14, "do not add up"),
        ("fastapi.rps > 3", 1, 'write "at 100 users" at the end'),
        ("fastapi.rps 3 at 5 users", 13, "one of < <= > >= ="),
        ("fastapi.rps > about 3 at 5 users", 13, '"= about"'),
        ("fastapi.rps > ;", 15, "has no meaning here"),
        ("> 3 at 5 users", 1, "a figure such as fastapi.p95"),
        ("3 > 2", 3, "no figure is compared"),
        ("fastapi.rps > 1 at users", 20, "a number of users"),
        ("fastapi.rps > 1 at 5 workers", 22, '"users"'),
        ("fastapi.rps > 1 at 5 users with many workers", 33, "a number of workers"),
        ("fastapi.rps > 1 at 5 users with 4 threads", 35, '"workers"'),
        ("fastapi.rps > 1 at 5 users or more", 28, "or the end"),
        ("(fastapi.rps > 1 at 5 users", 14, '")"'),
        ('"".rps > 1 at 5 users', 1, "a label is missing"),
        ("a.rps at 10 and 20 users > b.rps at 5 users", 1, "one level each"),
        ("a.rps > 1 at 0 users", 14, "a number of users"),
        ("", 1, "the end where a figure"),
        ("(" * 30 + "a.rps", 21, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_with_its_column_and_what_is_allowed(
    text: str, column: int, says: str
) -> None:
    with pytest.raises(ClaimError) as caught:
        parse_claim(text)
    assert str(caught.value).startswith(f"column {column}: ")
    assert says in str(caught.value)


def test_a_claim_has_an_end() -> None:
    with pytest.raises(ClaimError, match="at most 1000 characters"):
        parse_claim("a" * (MAX_CHARACTERS + 1))


def test_a_coefficient_of_variation_has_levels_of_its_own() -> None:
    (comparison,) = parse_claim("cv(fastapi.mean at 10, 50 and 100 users with 4 workers) = about 1.04")
    assert isinstance(comparison.left, Variation)
    figure = comparison.left.figure
    assert (figure.target, figure.metric) == ("fastapi:workers=4", "mean")
    assert figure.scope.users == (10, 50, 100)
    assert comparison.is_about
    assert comparison.dimension == NUMBER


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cv(fastapi.mean at 10 users) > 1", "column 4: a coefficient of variation needs 2 to 10 levels"),
        ("cv(fastapi.mean at 10 and 10 users) > 1", "needs 2 to 10 levels"),
        ("cv(fastapi.mean) > 1 at 10 and 50 users", "needs 2 to 10 levels"),
        ("cv fastapi.mean > 1 at 10 users", "column 4: 'fastapi.mean' where \"(\" belongs"),
        ("cv(3 ms) > 1 at 10 users", "column 4: '3' where a figure such as fastapi.mean belongs"),
        ("cv(fastapi.mean at 10 and 50 users > 1", "column 36: '>' where \")\" belongs"),
        ("cv(fastapi.mean at 10 and 50 users) > 1 ms", "a number or a share is compared with a time"),
    ],
)
def test_what_no_coefficient_of_variation_can_be(text: str, says: str) -> None:
    with pytest.raises(ClaimError) as caught:
        parse_claim(text)
    assert says in str(caught.value)
