"""Rows of CSV and JSONL files: what is read, and what is wrong in which line."""

import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan import data_rows
from engine.plan.data_rows import DataError, Rows, parse_csv, parse_jsonl

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def why(content: bytes, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        parse_csv(content, {"a"}, **options)  # type: ignore[arg-type]
    return str(caught.value)


def why_json(content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        parse_jsonl(content, {"a"})
    return str(caught.value)


def test_the_first_row_of_a_csv_file_has_the_names() -> None:
    content = b'\xef\xbb\xbfname, pin ,"First\xc3\xa9 name"\r\nann,007,"a ""b"",\nc"\r\n\r\nbob, 1.10,\r\n'
    found = parse_csv(content, {"name", "pin", "Firsté name"})
    assert found == Rows(
        ("name", "pin", "Firsté name"),
        {"name": ("ann", "bob"), "pin": ("007", " 1.10"), "Firsté name": ('a "b",\nc', "")},
        2,
    )


def test_only_columns_that_are_used_are_kept() -> None:
    assert parse_csv(b"a,b\n1,2\n3,4", {"b", "c"}) == Rows(("a", "b"), {"b": ("2", "4")}, 2)
    assert parse_jsonl(b'{"a": 1, "b": 2}', set()) == Rows(("a", "b"), {}, 1)


def test_other_delimiters_and_names_of_the_plan() -> None:
    assert parse_csv(b"a;b\n1;2", {"a"}, delimiter=";").columns == {"a": ("1",)}
    found = parse_csv(b"1\t2\n3\t4\n", {"a", "b"}, delimiter="\t", names=("a", "b"))
    assert found.columns == {"a": ("1", "3"), "b": ("2", "4")}
    assert why(b"1,2\n3\n", names=("a", "b")) == "line 2: 1 value instead of 2"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it is empty: its first row must have the names of the columns"),
        (b"\n\n", "it is empty: its first row must have the names of the columns"),
        (b"a,b\n", "it has no rows"),
        (b"a,b\n1\n1,2,3\n1,2\n", "line 2: 1 value instead of 2\nline 3: 3 values instead of 2"),
        (b'a,b\n"x\ny",1\n1\n', "line 4: 1 value instead of 2"),
        (
            b"a,b" + b"\n1" * 9,
            "\n".join([*(f"line {at}: 1 value instead of 2" for at in range(2, 7)), "and more"]),
        ),
        (b"a,a\n1,2", "line 1: two columns have the name 'a'"),
        (b"\na,\n1,2", "line 2: a column has no name"),
        (b"a,b{\n1,2", "line 1: 'b{' cannot be a column's name: a placeholder has no place for it"),
        (b"a," + b"b" * 200 + b"\n1,2", "line 1: a column's name has more than 100 characters"),
        (b"a" + b",a" * 500 + b"\n1", "line 1: there are 501 columns, and at most 500 are allowed"),
        (b'a,b\n1,"2\n', "line 2: a quoted value that begins there does not end"),
        (b'a\n"x"y\n', "line 2: a quoted value is followed by other text: write a quote in it twice"),
        (b"a\n1\n\xff\n", "line 3: it is not UTF-8 text: save the file as UTF-8"),
        ("a\n1".encode("utf-16"), "it is UTF-16, not UTF-8: save it as UTF-8"),
        ("a\n1".encode("utf-32"), "it is UTF-32, not UTF-8: save it as UTF-8"),
        (b"a\n" + b"x" * 140_000, "line 2: a value has more than 100,000 characters"),
        (b"a\n" + b"x" * 110_000, "row 1: 'a' has more than 100,000 characters"),
    ],
)
def test_what_is_wrong_with_a_csv_file(content: bytes, text: str) -> None:
    assert why(content) == text


def test_values_of_jsonl_are_as_they_are_written() -> None:
    content = (
        b'\xef\xbb\xbf{"a": 1.10, "b": "x\\u00e9"}\r\n\n'
        b'{"b": null, "a": 12345678901234567890}\n{"a": true, "b": ""}'
    )
    found = parse_jsonl(content, {"a", "b"})
    assert found == Rows(("a", "b"), {"a": ("1.10", "12345678901234567890", "true"), "b": ("xé", "", "")}, 3)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it is empty: each line must be a JSON object"),
        (b"[1]", 'line 1: it is not a JSON object, such as {"name": "Ann"}'),
        (b'{"a": 1}\n\n{"a": 1', "line 3: it is not JSON: Expecting ',' delimiter, column 8"),
        (b'{"a": NaN}', "line 1: JSON has no NaN"),
        (b"[" * 100_000, "line 1: it is nested too deeply"),
        (
            b'{"a": 1}\n{"b": 1}\n{"a": 1, "b": 2}\n{"a": 2}',
            "line 2: 'a' is missing\nline 3: 'b' is not in the first line",
        ),
        (b'{"a": [1]}', "line 1: 'a' is a list: values are texts, numbers, true, false or null"),
        (b'{"a": 1}\n{"a": {}}', "line 2: 'a' is an object: values are texts, numbers, true, false or null"),
        (b'{"a": "\\ud800"}', "line 1: 'a' is not text that can be sent (half of a surrogate pair)"),
        (b'{"": 1}', "line 1: a column has no name"),
        (b'{"a": "\xff"}', "line 1: it is not UTF-8 text: save the file as UTF-8"),
    ],
)
def test_what_is_wrong_with_a_jsonl_file(content: bytes, text: str) -> None:
    assert why_json(content) == text


def test_rows_and_values_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_rows, "MAX_ROWS", 4)
    monkeypatch.setattr(data_rows, "MAX_VALUES", 6)
    assert parse_csv(b"a,b" + b"\n1,2" * 4, {"a"}).count == 4
    assert why(b"a,b" + b"\n1,2" * 5) == "it has more than 4 rows"
    with pytest.raises(DataError, match="it has more than 3 rows of 2 columns that are used"):
        parse_csv(b"a,b" + b"\n1,2" * 4, {"a", "b"})


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20))
def test_what_csv_writers_write_is_read(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerows([("a", "b"), *rows])
    found = parse_csv(file.getvalue().encode(), {"a", "b"})
    assert list(zip(found.columns["a"], found.columns["b"], strict=True)) == rows


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), st.booleans())
def test_what_json_writers_write_is_read(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    lines = [json.dumps({"a": a, "b": b}, ensure_ascii=ascii_only) for a, b in rows]
    found = parse_jsonl("\n".join(lines).encode(), {"a", "b"})
    assert list(zip(found.columns["a"], found.columns["b"], strict=True)) == rows


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_an_error(content: bytes) -> None:
    for parse in (parse_csv, parse_jsonl):
        with suppress(DataError):
            assert parse(content, {"a"}).count > 0
