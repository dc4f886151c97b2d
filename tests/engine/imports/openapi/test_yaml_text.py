"""YAML is read by the core schema of YAML 1.2, and no document makes more values than the limits allow."""

from typing import Any

import pytest

from engine.imports.limits import MAX_DEPTH
from engine.imports.marked_text import placeholder
from engine.imports.openapi.yaml_text import MAX_VALUES, YamlError, read_yaml, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("2024-01-31", "2024-01-31"),
        ("12:30", "12:30"),
        ("010", 10),
        ("0o10", 8),
        ("0xff", 255),
        ("-3", -3),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("1e999", "1e999"),
        (".nan", ".nan"),
        ("9" * 200, "9" * 200),
        ("3.0.3", "3.0.3"),
    ],
)
def test_scalars(text: str, value: Any) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_a_document() -> None:
    text = """
openapi: "3.0.3"
responses: {200: {description: 'no'}, default: &d {description: fine}}
list:
- 1
- "1"
- !!str 1
- |
  two
  lines
again: *d
merged: {<<: *d, description: own, more: 1}
"""
    assert read_yaml(text) == {
        "openapi": "3.0.3",
        "responses": {"200": {"description": "no"}, "default": {"description": "fine"}},
        "list": [1, "1", "1", "two\nlines\n"],
        "again": {"description": "fine"},
        "merged": {"description": "own", "more": 1},
    }


def test_several_tables_are_merged_and_the_first_has_precedence() -> None:
    assert read_yaml("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}")["c"] == {
        "x": 1,
        "y": 2,
        "z": 3,
    }


def test_marks_of_imports_are_removed() -> None:
    assert read_yaml(f"a: {placeholder('id')}") == {"a": "\ufffdid\ufffd"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [1", "line"),
        ("a: 1\n--- \nb: 2", "line 2: a second document"),
        ("a: *x", r"line 1: \*x is not defined"),
        ("a: &x [*x]", r"\*x contains itself"),
        ("a: !!python/object:os.system x", "line 1: the tag"),
        ("a: !include other.yaml", "line 1: the tag !include"),
        ("? [1, 2]\n: x", "line 1: a key must be a string"),
        ("a: {<<: 5}", "<< can merge only mappings"),
        ("a: \x01", "special characters|unacceptable|control"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, why: str) -> None:
    with pytest.raises(YamlError, match=why):
        read_yaml(text)


def test_a_document_that_unfolds_to_billions_of_values_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(YamlError, match=f"more than {MAX_VALUES:,} values"):
        read_yaml("\n".join(lines))


def test_a_deep_document_is_refused_without_recursion() -> None:
    deep = 3000
    with pytest.raises(YamlError, match=r"levels|nest"):
        read_yaml("a: " + "[" * deep + "]" * deep)
    assert read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None
