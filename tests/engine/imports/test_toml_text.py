"""Every value is read back as it was, in its most readable form."""

import tomllib

import pytest

from engine.imports.toml_text import LONGEST_LINE, entry, inline, single, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", '"plain"'),
        ('say "hi"', "'say \"hi\"'"),
        ('it\'s "x"', "'''it's \"x\"'''"),
        ("C:\\x", "'C:\\x'"),
        ("a\nb", '"""\na\nb"""'),
        ("", '""'),
    ],
)
def test_strings_have_few_escapes(value: str, written: str) -> None:
    assert text(value) == written


@pytest.mark.parametrize(
    "value",
    [
        "\n", "\na", "a\r\nb", "\x00\x1f\x7f\x85\u2028", "'''\"\"\"", "'''\n\"\"\"\\", "\\", "a\\\n", '"',
        "'",
        "\t", "é \U0001f600", 'x"""', "a\n'", 'a\n"',
    ],
)  # fmt: skip
def test_strings_are_read_back(value: str) -> None:
    assert tomllib.loads(f"x = {text(value)}") == {"x": value}


def test_a_long_text_takes_no_time() -> None:
    """Escaping it took a time that grew with the square of its length."""
    value = "\x00\"'''\\" * 100_000
    assert tomllib.loads(f"x = {text(value)}") == {"x": value}


@pytest.mark.parametrize(
    "value",
    [1, -1, 10**30, 1.5, 1e300, 1e-7, True, [], {}, [1, "a", {"b": []}], {"": 1, "a b": 2, 'q"': 3, "ü": 4}],
)
def test_values_are_read_back(value: object) -> None:
    assert tomllib.loads(single("x", value)) == {"x": value}


def test_short_tables_have_one_line() -> None:
    assert inline({"users": 10, "hold": "30 s"}) == '{ users = 10, hold = "30 s" }'


def test_long_tables_follow_the_values() -> None:
    values = {"headers": {"A": "x" * LONGEST_LINE, "B.C": "y"}, "json": {"a": {"b": "z" * 100}}, "path": "/"}
    written = entry("request", values)
    assert written.startswith('[[request]]\npath = "/"\n\n[request.headers]\nA = ')
    assert "[request.json.a]" in written
    assert "[request.json]" not in written
    assert tomllib.loads(written) == {"request": [values]}
