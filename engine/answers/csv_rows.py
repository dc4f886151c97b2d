"""A table of figures in a CSV file of another tool, as rows for an audit. Pure.

It needs columns of users, rate and latency; their names are guessed from those that Locust, k6, JMeter, wrk
and most spreadsheets use, or given. A latency is in milliseconds unless its column or cell has a unit, or one
is given.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.answers.audit_table import AuditTable, Row
from engine.answers.interval import Interval
from engine.plan.quantities import LATENCIES, UNITS, Metric, decimals_of
from targets.errors import UsageError

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 10_000

Column = Literal["target", "users", "rps", "mean"]

_NAMES: dict[str, tuple[str, ...]] = {
    "users": (
        *("users", "usercount", "vus", "virtualusers", "concurrency", "concurrentusers", "connections"),
        *("clients", "threads", "allthreads", "numthreads", "activethreads", "c", "load"),
    ),
    "rps": (
        *(
            "rps",
            "requestss",
            "requestssec",
            "requestspersecond",
            "reqs",
            "reqss",
            "reqsec",
            "reqssec",
            "qps",
        ),
        *("throughput", "throughputrps", "throughputreqs", "rate", "httpreqss", "httpreqsrate", "tps"),
    ),
    "mean": (
        *("mean", "average", "avg", "averageresponsetime", "meanresponsetime", "avgresponsetime", "latency"),
        *("latencymean", "latencyavg", "meanlatency", "averagelatency", "avglatency", "httpreqdurationavg"),
        *("httpreqduration", "responsetime", "elapsed", "art", "totalaverageresponsetime"),
    ),
    "p50": (
        "p50",
        "median",
        "50",
        "50line",
        "medianresponsetime",
        "httpreqdurationmed",
        "med",
        "latencyp50",
        "totalmedianresponsetime",
    ),
    "p95": ("p95", "95", "95line", "95pct", "httpreqdurationp95", "95percentile", "latencyp95"),
    "p99": ("p99", "99", "99line", "99pct", "httpreqdurationp99", "99percentile", "latencyp99"),
    "max": (
        "max",
        "maximum",
        "100",
        "maxresponsetime",
        "httpreqdurationmax",
        "latencymax",
        "maxlatency",
        "totalmaxresponsetime",
    ),
    "errors": (
        "errors",
        "error",
        "errorrate",
        "errorpct",
        "failureratio",
        "failurepct",
        "failurerate",
        "failed",
    ),
    "failures": ("failuress", "failuressec", "failurespersecond", "errorss"),
    "goodput": ("goodput", "oks", "successfulrps", "successfulrequestss"),
    "target": ("target", "name", "label", "framework", "server", "stack", "url"),
}
"""Column → names without signs and units, lower-case."""

_UNIT = re.compile(r"[\[(,_ ]\s*(ms|milliseconds|s|sec|seconds|us|µs)\s*[\])]?$", re.IGNORECASE)
_SHARE = re.compile(r"%|pct|percent|rate|ratio|share", re.IGNORECASE)
_CELL = re.compile(r"(?P<number>[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*(?P<unit>us|µs|ms|s|m|%|/s)?")
_MS: dict[str, float] = {"us": 0.001, "µs": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Columns:
    """What the command line says about a file."""

    names: Mapping[Column, str]
    """Names of columns that are not to be guessed."""
    latency_unit: str = ""
    """`ms` or `s`; empty: as the columns say, else milliseconds."""


def table_of_csv(text: str, columns: Columns, think_time_s: float | None) -> AuditTable:
    """The table in a file. Raises UsageError if there is none, or if a column is missing."""
    lines = list(_read(text))
    if not lines:
        raise UsageError(
            "the file holds no table", why="it is empty", hint="its first line names the columns"
        )
    heads = [each.strip() for each in lines[0]]
    places = _places(heads, columns)
    notes, share_factor = _read_shares(lines[1:], heads, places)
    rows = [
        row
        for number, cells in enumerate(lines[1:], 2)
        if (row := _row(number, cells, heads, places, columns.latency_unit, share_factor)) is not None
    ]
    if not rows:
        raise UsageError(
            "the file holds no rows to audit",
            why="no line has a number of users above 0",
            hint=f"its columns are {', '.join(heads)}",
        )
    return AuditTable(tuple(rows), think_time_s=think_time_s, notes=notes)


def _read(text: str) -> Sequence[list[str]]:
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text.lstrip("\ufeff\r\n")), delimiter=separator)
        found = [cells for _, cells in zip(range(MAX_ROWS + 2), reader, strict=False)]
    except csv.Error as error:
        raise UsageError("the file is not a CSV table", why=str(error)) from None
    if len(found) > MAX_ROWS + 1:
        raise UsageError("the file is too long", why=f"an audit takes at most {MAX_ROWS} rows")
    return [cells for cells in found if any(each.strip() for each in cells)]


# ---------------------------------------------------------------- columns


def _places(heads: Sequence[str], columns: Columns) -> dict[str, int]:
    """Column → its place. Raises UsageError."""
    found = {name: at for name in _NAMES if (at := _guess(heads, name)) is not None}
    if "errors" in found and not _SHARE.search(heads[found["errors"]]):
        del found["errors"]  # a count
    for name, head in columns.names.items():
        if head not in heads:
            raise UsageError(
                f"the file has no column {head!r}", why=f"its columns are {', '.join(heads)}", hint=_OPTIONS
            )
        found[name] = heads.index(head)
    missing = [words for name, words in _NEEDED.items() if name not in found]
    if missing:
        raise UsageError(
            f"the file has no column of {' and '.join(missing)}",
            why=f"its columns are {', '.join(heads)}",
            hint=_OPTIONS,
        )
    return found


_NEEDED = {"users": "users", "rps": "requests per second", "mean": "mean latency"}
_OPTIONS = "name them: --users-column NAME, --rate-column NAME, --latency-column NAME"


def _guess(heads: Sequence[str], column: str) -> int | None:
    """The first column with one of its names, the most usual name first."""
    plain = [_plain(head, column) for head in heads]
    return next((plain.index(name) for name in _NAMES[column] if name in plain), None)


def _plain(head: str, column: str) -> str:
    """A name without signs, and without the unit of a latency."""
    if column in LATENCIES:
        head = _UNIT.sub("", head)
    return re.sub(r"[^a-z0-9]", "", head.lower())


# ---------------------------------------------------------------- rows


def _read_shares(
    lines: Sequence[Sequence[str]], heads: Sequence[str], places: Mapping[str, int]
) -> tuple[tuple[str, ...], float]:
    """What one of a column of error rates without a unit is, by its range, and a note that says so: no share
    is above 1."""
    at = places.get("errors")
    if at is None or _is_percent(heads[at]):
        return (), _PERCENT
    cells = (_number(cells[at].strip()) for cells in lines if at < len(cells))
    known = [value for value, _, unit in filter(None, cells) if not unit]
    if not known:
        return (), 1.0
    highest, head = max(known), heads[at]
    if highest > 1:
        note = f"{head!r} has no unit, and values up to {highest:g}: they are read as per cent"
        return (note,), _PERCENT
    note = f"{head!r} has no unit, and no value above 1: they are read as shares, 1 being all"
    return ((note,) if highest else ()), 1.0


_PERCENT = 0.01


def _is_percent(head: str) -> bool:
    return any(each in head.lower() for each in ("%", "pct", "percent"))


def _row(
    number: int,
    cells: Sequence[str],
    heads: Sequence[str],
    places: Mapping[str, int],
    latency_unit: str,
    share_factor: float,
) -> Row | None:
    """A line's figures; None without users, as totals have."""
    texts = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
    users = _number(texts.get("users", ""))
    if users is None or users[0] < 1:
        return None
    figures: dict[Metric, Interval] = {}
    for metric in UNITS:
        found = _number(texts.get(metric, ""))
        if found is not None:
            factor = _factor(metric, found[2], heads[places[metric]], latency_unit, share_factor)
            figures[metric] = Interval.around(found[0] * factor, found[1] * factor)
    target = texts.get("target", "") or "row"
    return Row(target, round(users[0]), figures, number=number)


def _number(text: str) -> tuple[float, float, str] | None:
    """A cell's number, half a unit of its last digit, and its unit; None for other texts."""
    match = _CELL.fullmatch(text)
    if match is None:
        return None
    digits = match["number"].replace(",", "")
    half = 0.0 if "e" in digits.lower() else 0.5 * 10.0 ** -decimals_of(digits)
    return float(digits), half, match["unit"] or ""


def _factor(metric: Metric, unit: str, head: str, latency_unit: str, share_factor: float) -> float:
    """What one of a cell is in the units of `engine.plan.quantities`."""
    if metric in LATENCIES:
        named = _UNIT.search(head)
        in_head = named[1].lower() if named else ""
        return _MS[
            unit
            or latency_unit
            or {"milliseconds": "ms", "sec": "s", "seconds": "s"}.get(in_head, in_head)
            or "ms"
        ]
    if metric == "errors":
        return _PERCENT if unit == "%" else share_factor
    return 1.0
