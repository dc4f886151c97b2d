"""Literal texts stay literal in a plan, and what is filled in later is written as plans write it."""

import pytest

from engine.client.placeholders import Placeholders, Words
from engine.imports.marked_text import (
    as_plan_text,
    has_marks,
    is_name,
    is_placeholder,
    placeholder,
    placeholders_of,
    unmarked,
    variable,
    variables_of,
    with_encoded_literals,
    with_variables_apart,
)


@pytest.mark.parametrize(
    "text",
    ["plain", "{id}", "{{id}}", "{{{id}}}", "{ id }", '{"a": 1}', "{a:1}", "{n|number}", "{random:1-9}", "{"],
)
def test_a_literal_text_is_sent_as_it_was_found(text: str) -> None:
    assert Placeholders("it", Words()).tokenised(as_plan_text(text)) == text


def test_marks_are_written_as_plans_write_them() -> None:
    text = f"/items/{placeholder('id')}?v={{id}}&n={placeholder('random:1-9')}"
    assert as_plan_text(text) == "/items/{id}?v={{id}}&n={random:1-9}"
    assert as_plan_text(f"Bearer {variable('API_TOKEN')}") == "Bearer ${API_TOKEN}"


def test_names_of_marks() -> None:
    text = placeholder("id") + variable("TOKEN") + "x"
    assert (placeholders_of(text), variables_of(text), has_marks(text)) == (["id"], ["TOKEN"], True)
    assert not has_marks("{id} ${TOKEN}")


def test_variables_stand_apart_from_what_is_literal() -> None:
    text = f"a{placeholder('id')}{variable('B')}{variable('C')}d"
    found = [each for each in with_variables_apart(text) if any(each)]
    assert found == [(f"a{placeholder('id')}", ""), ("", "B"), ("", "C"), ("d", "")]


def test_a_text_may_be_one_placeholder() -> None:
    assert is_placeholder(placeholder("id"))
    assert not is_placeholder(variable("ID"))
    assert not is_placeholder(placeholder("id") + placeholder("id"))
    assert not is_placeholder("{id}")


def test_texts_of_a_source_have_no_marks() -> None:
    assert not has_marks(unmarked(placeholder("id")))
    assert unmarked("plain") == "plain"


def test_only_literals_are_encoded() -> None:
    text = f"a{placeholder('b')}c"
    assert with_encoded_literals(text, str.upper) == f"A{placeholder('b')}C"


def test_names() -> None:
    assert is_name("API_TOKEN")
    assert not is_name("api-token")
    assert not is_name("é")
