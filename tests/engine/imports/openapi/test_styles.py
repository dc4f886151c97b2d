"""Values are written as the table of examples in the specification has them (OpenAPI 3.1.1, 4.8.12.6)."""

from typing import Any

import pytest

from engine.imports.marked_text import variable
from engine.imports.openapi.styles import (
    cookie_text,
    form_fields,
    header_text,
    path_text,
    query_pairs,
    style_of,
)

STRING, ARRAY = "blue", ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("style", "explodes", "string", "array", "table"),
    [
        ("matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        ("label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_paths(style: str, explodes: bool, string: str, array: str, table: str) -> None:
    for value, text in ((STRING, string), (ARRAY, array), (OBJECT, table)):
        assert path_text("color", value, style, explodes=explodes) == text


@pytest.mark.parametrize(
    ("style", "explodes", "value", "text"),
    [
        ("form", False, STRING, "color=blue"),
        ("form", False, ARRAY, "color=blue,black,brown"),
        ("form", False, OBJECT, "color=R,100,G,200,B,150"),
        ("form", True, ARRAY, "color=blue&color=black&color=brown"),
        ("form", True, OBJECT, "R=100&G=200&B=150"),
        ("spaceDelimited", False, ARRAY, "color=blue%20black%20brown"),
        ("pipeDelimited", False, ARRAY, "color=blue|black|brown"),
        ("deepObject", True, OBJECT, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        ("form", True, "a b&c", "color=a%20b%26c"),
        ("form", True, True, "color=true"),
    ],
)
def test_queries(style: str, explodes: bool, value: Any, text: str) -> None:
    assert "&".join(query_pairs("color", value, style, explodes=explodes)) == text


def test_headers_cookies_and_forms() -> None:
    assert header_text(ARRAY, explodes=False) == "blue,black,brown"
    assert header_text(OBJECT, explodes=True) == "R=100,G=200,B=150"
    assert cookie_text("a;b") == "a%3Bb"
    assert form_fields("tag", ["a", 1], "form") == [("tag", "a"), ("tag", "1")]
    assert form_fields("tag", {"a": 1}, "form") == [("tag", '{"a":1}')]
    assert form_fields("tag", {"a": {"b": [1]}}, "deepObject") == [("tag[a][b][0]", "1")]


def test_what_is_filled_in_later_is_not_encoded() -> None:
    assert query_pairs("key", variable("API_KEY"), "form", explodes=True) == [f"key={variable('API_KEY')}"]


def test_defaults() -> None:
    assert style_of({}, "query") == ("form", True)
    assert style_of({}, "path") == ("simple", False)
    assert style_of({"style": "pipeDelimited"}, "query") == ("pipeDelimited", False)
    assert style_of({"explode": False}, "query") == ("form", False)
