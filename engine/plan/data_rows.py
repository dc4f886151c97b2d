"""The rows of a CSV or JSONL file, from its bytes. Pure.

Rules of this file:
- a file is UTF-8, with or without a byte order mark; anything else is an error, never a guess;
- every row has a value for each column; what is wrong is an error that names the line;
- values are text as the file has it: `007` stays `007`, and `1.10` stays `1.10`;
- only the columns that requests use are kept.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_VALUES = 2_000_000
"""Rows times columns that requests use: all are in memory, in the front and in the load workers."""
MAX_VALUE_CHARACTERS = 100_000
MAX_NAME_CHARACTERS = 100
MAX_LISTED = 5
"""Lines that an error names."""

_NOT_IN_A_NAME = frozenset("{}|:")
"""Characters that end a placeholder."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class DataError(ValueError):
    """A data file cannot be used; the text says why, and in which line."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is in a data file."""

    names: tuple[str, ...]
    """Of all its columns."""
    columns: dict[str, tuple[str, ...]]
    """Those that are used."""
    count: int


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a line."""

    why: str


Line = tuple[int, Sequence[str] | _Fault]
"""The number of a row's first line, from 1, and its values."""


def parse_csv(
    content: bytes, used: Collection[str], *, delimiter: str = ",", names: Sequence[str] = ()
) -> Rows:
    """The rows of a CSV file (RFC 4180). Its first row has the columns' names, unless `names` does.

    Raises DataError.
    """
    lines = _csv_lines(_decoded(content), delimiter)
    if names:
        found = tuple(names)
    else:
        number, first = next(lines, (0, []))
        if not number:
            raise DataError("it is empty: its first row must have the names of the columns")
        found = _checked_names([name.strip() for name in first], number)
    return _rows(found, used, _of_equal_length(lines, found))


def parse_jsonl(content: bytes, used: Collection[str]) -> Rows:
    """The rows of a file with one JSON object in each line, all with the same keys. Raises DataError."""
    objects = _json_lines(_decoded(content))
    number, first = next(objects, (0, {}))
    if not number:
        raise DataError("it is empty: each line must be a JSON object")
    names = _checked_names(list(first), number)

    def lines() -> Iterator[Line]:
        yield number, [_text_of(first[name], name, number) for name in names]
        for at, each in objects:
            if each.keys() != first.keys():
                yield at, _difference(each, names)
            else:
                yield at, [_text_of(each[name], name, at) for name in names]

    return _rows(names, used, _of_equal_length(lines(), names))


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            raise DataError(f"it is {encoding}, not UTF-8: save it as UTF-8")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"line {line}: it is not UTF-8 text: save the file as UTF-8") from None


def _csv_lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank. Raises DataError."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"line {number}: {_csv_fault(str(error))}") from None
        if row:
            yield number, row


def _csv_fault(text: str) -> str:
    if "field larger" in text:
        return f"a value has more than {MAX_VALUE_CHARACTERS:,} characters"
    if "end of data" in text:
        return "a quoted value that begins there does not end"
    if "expected after" in text:
        return "a quoted value is followed by other text: write a quote in it twice"
    return text


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects, and the lines they are in. Raises DataError."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=_Number, parse_int=_Number, parse_constant=_no_number)
        except RecursionError:
            raise DataError(f"line {number}: it is nested too deeply") from None
        except json.JSONDecodeError as error:
            raise DataError(f"line {number}: it is not JSON: {error.msg}, column {error.colno}") from None
        except ValueError as error:
            raise DataError(f"line {number}: {error}") from None
        if not isinstance(value, dict):
            raise DataError(f'line {number}: it is not a JSON object, such as {{"name": "Ann"}}')
        yield number, value


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"JSON has no {text}")


def _text_of(value: Any, name: str, number: int) -> str:
    """A JSON value as text. Raises DataError."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise DataError(
                f"line {number}: {name!r} is not text that can be sent (half of a surrogate pair)"
            )
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    kind = "a list" if isinstance(value, list) else "an object"
    raise DataError(f"line {number}: {name!r} is {kind}: values are texts, numbers, true, false or null")


def _checked_names(names: Sequence[str], number: int) -> tuple[str, ...]:
    """The names of columns. Raises DataError."""
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"line {number}: there are {len(names)} columns, and at most {MAX_COLUMNS} are allowed"
        )
    for name in names:
        check_name(name, f"line {number}: ")
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise DataError(f"line {number}: two columns have the name {twice!r}")
    return tuple(names)


def check_name(name: str, place: str = "") -> None:
    """Checks that a column's name can be in a placeholder. Raises DataError."""
    if not name:
        raise DataError(f"{place}a column has no name")
    if len(name) > MAX_NAME_CHARACTERS:
        raise DataError(f"{place}a column's name has more than {MAX_NAME_CHARACTERS} characters")
    if not _NOT_IN_A_NAME.isdisjoint(name) or not name.isprintable():
        raise DataError(f"{place}{name!r} cannot be a column's name: a placeholder has no place for it")


def _difference(found: dict[str, Any], names: Sequence[str]) -> _Fault:
    """What is wrong with an object's keys."""
    missing = next((name for name in names if name not in found), None)
    if missing is not None:
        return _Fault(f"{missing!r} is missing")
    return _Fault(f"{next(name for name in found if name not in names)!r} is not in the first line")


def _of_equal_length(lines: Iterable[Line], names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values of each row. Raises DataError that lists the first lines with the wrong number of values."""
    wrong: list[str] = []
    for number, row in lines:
        if isinstance(row, _Fault):
            wrong.append(f"line {number}: {row.why}")
        elif len(row) != len(names):
            values = "1 value" if len(row) == 1 else f"{len(row)} values"
            wrong.append(f"line {number}: {values} instead of {len(names)}")
        else:
            yield row
        if len(wrong) > MAX_LISTED:
            raise DataError("\n".join([*wrong[:MAX_LISTED], "and more"]))
    if wrong:
        raise DataError("\n".join(wrong))


def _rows(names: tuple[str, ...], used: Collection[str], rows: Iterator[Sequence[str]]) -> Rows:
    """Keeps the columns that are used. Raises DataError for too many rows or values, or none."""
    kept: dict[str, list[str]] = {name: [] for name in names if name in used}
    places: list[tuple[int, Callable[[str], None]]] = [
        (names.index(name), values.append) for name, values in kept.items()
    ]
    most = min(MAX_ROWS, MAX_VALUES // max(len(places), 1))
    count = 0
    for row in rows:
        count += 1
        if count > most:
            raise DataError(
                f"it has more than {most:,} rows"
                + (f" of {len(places)} columns that are used" if most < MAX_ROWS else "")
            )
        for at, keep in places:
            if len(row[at]) > MAX_VALUE_CHARACTERS:
                raise DataError(
                    f"row {count}: {names[at]!r} has more than {MAX_VALUE_CHARACTERS:,} characters"
                )
            keep(row[at])
    if not count:
        raise DataError("it has no rows")
    return Rows(names, {name: tuple(values) for name, values in kept.items()}, count)
