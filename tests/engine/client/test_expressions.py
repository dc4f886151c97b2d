"""Regular expressions and JMESPath expressions of a plan."""

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.expressions import (
    MAX_EXPRESSION_CHARACTERS,
    compiled_jmespath,
    compiled_regex,
    found_by,
    jmespath_finder,
    short,
    value_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must not be empty"),
        ("a[", "'a[' is not a JMESPath expression: it ends too early, after character 2"),
        ("a $ b", "Unknown token $ at character 3"),
        ("a.b c", "unexpected 'c' at character 5"),
        ("'a", "at character 1"),
        ("a | lenght(b)", "at character 5: unknown function 'lenght'; did you mean 'length'?"),
        ("length(a, b)", "at character 1: length takes 1 argument, not 2"),
        ("merge()", "merge takes 1 or more arguments, not 0"),
        ("sort_by(a)", "sort_by takes 2 arguments, not 1"),
        ("`{`", "deprecated"),
        ("[" * 900, "is not a JMESPath expression"),
        ("a" * 1001, f"has at most {MAX_EXPRESSION_CHARACTERS} characters, not 1001"),
    ],
)
def test_what_is_wrong_with_a_jmespath_expression_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="expression") as refused:
        compiled_jmespath(text)
    assert why in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must not be empty"),
        ("a(b", "'a(b' is not a regular expression: missing ), unterminated subpattern at character 2"),
        ("a**", "multiple repeat at character 3"),
        ("(?P<a>", "is not a regular expression"),
        ("[[a]", "is not a regular expression"),
        ("a{99999999999999999999}", "is not a regular expression"),
        ("(?<=a+)b", "fixed-width"),
        ("a" * 1001, "has at most 1000 characters"),
    ],
)
def test_what_is_wrong_with_a_regular_expression_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="expression") as refused:
        compiled_regex(text)
    assert why in str(refused.value)


@given(st.text(st.sampled_from("ab()[]{}*+?|\\^$.,0129<>P=!:'`&@ \n\u00fc"), max_size=30))
def test_any_text_is_an_expression_or_none(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for compiled in (compiled_regex, compiled_jmespath):
            try:
                compiled(text)
            except ValueError as error:
                assert str(error)  # noqa: PT017  both may be accepted


@pytest.mark.parametrize(
    "expression",
    [
        "sum(a)", "avg(@)", "join(',', @)", "max_by(@, &a)", "sort(@)", "keys(@)", "to_number(@)", "a[::-1]",
        "@[?a > `1`]", "map(&abs(@), @)", "reverse(@)", "ceil(@)", "contains(@, a)", "merge(@, @)",
    ],
)  # fmt: skip
@given(JSON)
def test_no_document_makes_an_expression_raise_anything_else(expression: str, document: Any) -> None:
    compiled = compiled_jmespath(expression)
    try:
        value_of(compiled, document)
    except ValueError as error:
        assert "failed" in str(error)  # noqa: PT017  most documents are fine


@pytest.mark.parametrize(
    "expression", ["a", "a.b", "[0]", "a[1].b", "[-1][0]", "a[0].b[-2]", '"a b".a', "@", "a.a[0]"]
)
@given(JSON)
def test_a_path_finds_what_the_interpreter_finds(expression: str, document: Any) -> None:
    compiled = compiled_jmespath(expression)
    for each in (
        document,
        {"a": document},
        [document, {"b": document}],
        {"a": [{"b": [document]}], "a b": document},
    ):
        found, wanted = jmespath_finder(compiled)(each), value_of(compiled, each)
        assert found is wanted or found == wanted or found != found


@pytest.mark.parametrize(
    "expression", ["a[*].b", "a || b", "length(a)", "a[0:1]", "a[?b].c", "a | b", "!a", "[a, b]"]
)
def test_all_other_expressions_are_interpreted(expression: str) -> None:
    compiled = compiled_jmespath(expression)
    documents: tuple[Any, ...] = ({"a": [{"b": 1, "c": 2}], "b": 3}, {"a": []})
    for document in documents:
        assert jmespath_finder(compiled)(document) == value_of(compiled, document)


def test_a_search_that_takes_too_long_is_given_up() -> None:
    assert found_by(compiled_regex(r"b+"), "abba") is not None
    with pytest.raises(ValueError, match=r"'\(a\|a\)\*c' was given up: it took more than 50 ms of CPU time"):
        found_by(compiled_regex("(a|a)*c"), "a" * 200)
    assert found_by(compiled_regex(r"b+"), "abba") is not None


def test_a_large_body_is_searched_within_the_limit() -> None:
    found = found_by(compiled_regex(r'"id": (\d+)\}$'), '{"id": 12345678}' * (1024 * 64))
    assert found is not None
    assert found[1] == "12345678"


def test_a_long_expression_is_shown_by_its_beginning() -> None:
    assert short("ab") == "'ab'"
    assert len(short("a" * 500)) == 82
