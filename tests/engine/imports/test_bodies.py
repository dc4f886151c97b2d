"""Bodies are written as tables where the same is sent, and as texts where not."""

import pytest

from engine.imports.bodies import form_fields, grouped, is_grouped, plan_json, readable
from engine.imports.traffic import FormBody, JsonBody

JSON, FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"


def test_json_and_forms_become_tables() -> None:
    assert readable('{"a": [1, 2.5, true], "b": {}}', JSON) == JsonBody({"a": [1, 2.5, True], "b": {}})
    assert readable(b'"text"', "application/vnd.api+json") == JsonBody("text")
    assert readable("a=1&a=%C3%A9+x&b=", FORM) == FormBody((("a", "1"), ("a", "é x"), ("b", "")))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": null}',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": 0.12345678901234567890}',
        '{"a": ',
        "[" * 2000,
        "[" * 150 + "1" + "]" * 150,
    ],
)
def test_json_that_toml_cannot_say_stays_a_text(text: str) -> None:
    assert readable(text, JSON) == text
    with pytest.raises(ValueError, match=r"null|name|JSON|digits|deeply|Expecting"):
        plan_json(text)


@pytest.mark.parametrize("text", ["", "a", "a=1&b", "a=1&b=2&a=3", "a=%ff"])
def test_forms_that_a_table_cannot_say_stay_texts(text: str) -> None:
    assert readable(text, FORM) == text
    assert form_fields(text) is None


def test_other_bodies_stay_as_they_are() -> None:
    assert readable("<a/>", "text/xml") == "<a/>"
    assert readable(b"\xff\x00", JSON) == b"\xff\x00"
    assert readable(None, JSON) is None


def test_repeated_fields_are_a_list() -> None:
    assert grouped([("a", "1"), ("a", "2"), ("a", "3"), ("b", "")]) == {"a": ["1", "2", "3"], "b": ""}
    assert is_grouped("aab")
    assert not is_grouped("aba")
