"""A session as CSV: a row for each target and second, for each target and level of load, and for each target
with the figures of the result. Pure.

All tables hold figures of the session JSON, in the same units; the name of every column with a unit ends
with it. Rules of this file:
- what is unknown is an empty cell, as null in JSON;
- a text that a spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.export.loaded import LoadedSession
from targets.plain_text import one_line

ROWS_A_CHUNK = 2000

SECONDS = {
    "t_s": "t_s",
    "users": "users",
    "users_wanted": "users_wanted",
    "started": "started_requests",
    "ok": "ok_requests",
    "failed": "failed_requests",
    "cancelled": "cancelled_requests",
    "p50_ms": "p50_ms",
    "p95_ms": "p95_ms",
    "p99_ms": "p99_ms",
    "oldest_in_flight_ms": "oldest_in_flight_ms",
    "cpu_pct": "cpu_pct",
    "throttled_pct": "throttled_pct",
    "memory_mb": "memory_mb",
    "received_bytes": "received_bytes",
    "sent_bytes": "sent_bytes",
    "health_ms": "health_ms",
    "in_flight": "in_flight_requests",
    "bytes_in": "in_bytes",
    "bytes_out": "out_bytes",
    "connects": "new_connections",
    "reconnects": "reconnects",
    "arrivals": "arrivals",
    "dropped": "dropped_arrivals",
    "waiting": "waiting_arrivals",
    "light": "generator_light",
    "measured": "is_measured",
    "warm_up": "is_warm_up",
    "paused": "is_paused",
    "spoiled": "spoiled",
    "complete": "is_complete",
    "missing_workers": "missing_workers",
}
"""Column of `targets[].buckets` in the JSON → column of the CSV. Each second's requests are per second."""

ERRORS = "failed_requests: "
"""Begins the name of a column that counts the failures of one kind."""

_PERCENTILES = ("p50", "p90", "p95", "p99", "p999")

_LEVEL_FIGURES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "users": lambda level: level["users"],
    "arrivals_per_s": lambda level: level["arrivals_per_s"],
    "level": lambda level: level["level"],
    "repetition": lambda level: level["repetition"],
    "is_steered": lambda level: level["steered"],
    "is_held": lambda level: level["held"],
    "from_s": lambda level: level["window"]["from_s"],
    "to_s": lambda level: level["window"]["to_s"],
    "measured_s": lambda level: level["window"]["seconds"],
    "generator_light": lambda level: level["window"]["light"],
    "requests": lambda level: level["requests"],
    "ok_requests": lambda level: level["ok"],
    "failed_requests": lambda level: level["failed"],
    "unanswered_requests": lambda level: level["unanswered"],
    "requests_per_s": lambda level: level["rps"],
    "ok_requests_per_s": lambda level: level["goodput"],
    "error_share": lambda level: level["error_rate"],
    "error_share_low": lambda level: _end(level["error_rate_interval"], 0),
    "error_share_high": lambda level: _end(level["error_rate_interval"], 1),
    "slo_share": lambda level: level["attainment"],
    "mean_ms": lambda level: level["latency_ms"]["mean"],
    "max_ms": lambda level: level["latency_ms"]["max"],
    "cpu_mean_pct": lambda level: level["cpu_pct"]["mean"],
    "cpu_max_pct": lambda level: level["cpu_pct"]["max"],
    "memory_mean_mb": lambda level: level["memory_mb"]["mean"],
    "memory_max_mb": lambda level: level["memory_mb"]["max"],
    "in_bytes_per_s": lambda level: level["bytes_in_per_s"],
    "out_bytes_per_s": lambda level: level["bytes_out_per_s"],
    "new_connections": lambda level: level["connections"]["new"],
    "redirects": lambda level: level["redirects"],
}


def seconds_csv(session: LoadedSession) -> Iterator[bytes]:
    """A row for each target and second."""
    targets = session.document["targets"]
    kinds = sorted({kind for target in targets for kind in target["buckets"]["errors"]})
    yield _lines([["target", *SECONDS.values(), *(f"{ERRORS}{one_line(kind)}" for kind in kinds)]])
    for target in targets:
        columns, errors = target["buckets"], target["buckets"]["errors"]
        length = len(columns["t_s"])
        label = _safe(target["label"])
        rows = zip(
            *(columns[name] for name in SECONDS),
            *(errors.get(kind, [0] * length) for kind in kinds),
            strict=True,
        )
        yield from _chunks([label, *row] for row in rows)


def levels_csv(session: LoadedSession) -> Iterator[bytes]:
    """A row for each target and level of load that the target settled at."""
    ends = [f"{name}_{end}_ms" for name in _PERCENTILES for end in ("low", "high")]
    yield _lines([["target", *_LEVEL_FIGURES, *(f"{name}_ms" for name in _PERCENTILES), *ends]])
    yield from _chunks(
        [_safe(target["label"]), *_level_row(level)]
        for target in session.document["targets"]
        for level in target["levels"]
    )


def result_csv(session: LoadedSession) -> Iterator[bytes]:
    """A row for each target: the figures of the result, and what they are of."""
    ends = [f"{name}_{end}_ms" for name in _PERCENTILES for end in ("low", "high")]
    names = [*_LEVEL_FIGURES, *(f"{name}_ms" for name in _PERCENTILES), *ends]
    yield _lines([["target", "figures_of", "ratio", *names]])
    result = session.document["result"]
    targets = {target["name"]: target for target in session.document["targets"]}
    yield from _chunks(
        [
            _safe(target["label"]),
            result["figures_of"],
            each["ratio"],
            *_result_row(target, each["level"], result["figures_of"], len(names)),
        ]
        for each in result["targets"]
        if (target := targets[each["target"]])
    )


def _result_row(target: Mapping[str, Any], level: int | None, figures_of: str, length: int) -> list[Any]:
    """The figures of one target; empty cells if it has none."""
    if level is not None:
        return _level_row(target["levels"][level])
    if figures_of != "whole":
        return [None] * length
    return _level_row(dict.fromkeys(_OF_LEVELS) | target["summary"])


_OF_LEVELS = ("users", "arrivals_per_s", "level", "repetition", "steered", "held")
"""What the summary of a whole run lacks."""


def _level_row(level: Mapping[str, Any]) -> list[Any]:
    intervals = [level["latency_ms_interval"][name] for name in _PERCENTILES]
    return [
        *(value_of(level) for value_of in _LEVEL_FIGURES.values()),
        *(level["latency_ms"][name] for name in _PERCENTILES),
        *(_end(interval, at) for interval in intervals for at in (0, 1)),
    ]


def _end(interval: Sequence[float] | None, at: int) -> float | None:
    return None if interval is None else interval[at]


def _safe(text: str) -> str:
    """A text of a plan or a server in one line, which no spreadsheet takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    waiting: list[Sequence[Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == ROWS_A_CHUNK:
            yield _lines(waiting)
            waiting = []
    if waiting:
        yield _lines(waiting)


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
