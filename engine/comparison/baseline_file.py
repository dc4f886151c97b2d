"""A baseline: a run in one JSON file, small enough for a repository, ↔ bytes. Pure.

The file says in plain JSON what it is. What a comparison needs (`Run`) is in `data`: JSON, compressed with
zlib, in base64; zlib's own check sum tells whether it was changed.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass, replace
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from engine.comparison.subjects import Run, Subject
from engine.metrics.target_snapshot import Series
from targets.errors import UsageError

SCHEMA = "abreast/baseline@1"
SUFFIX = ".json"

LARGEST_BYTES = 64 * 1024 * 1024
"""A larger file is no baseline: thirty blocks a level and a line a second are far less."""
LARGEST_RUN_BYTES = 512 * 1024 * 1024
"""What the data of a baseline may grow to."""

_KNOWN = re.compile(r"abreast/(?P<kind>\w+)@(?P<version>\d+)")
_RUN = TypeAdapter(Run)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline, and when it was saved."""

    saved_at: str
    run: Run


def encoded(baseline: Baseline) -> bytes:
    """The content of a baseline's file."""
    run = replace(baseline.run, subjects=tuple(_thinned(each) for each in baseline.run.subjects))
    data = zlib.compress(orjson.dumps(_RUN.dump_python(run, mode="json")), 9)
    document = {
        "schema": SCHEMA,
        "name": run.baseline,
        "saved_at": baseline.saved_at,
        "session": run.id,
        "title": run.title,
        "targets": [subject.label for subject in run.subjects],
        "data": base64.b64encode(data).decode(),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def decoded(content: bytes, where: str) -> Baseline:
    """The baseline in a file's content; `where` is for messages. Raises UsageError."""
    document = _document(content, where)
    _check_schema(document.get("schema"), where)
    try:
        run = _RUN.validate_python(orjson.loads(_inflated(document["data"])))
        return Baseline(str(document["saved_at"]), _checked(run))
    except (AttributeError, LookupError, TypeError, ValueError, zlib.error) as error:
        raise UsageError(
            f"the baseline {where} is damaged", why=_why(error), hint="save it again: abreast baseline save"
        ) from error


def _document(content: bytes, where: str) -> dict[str, Any]:
    try:
        document = orjson.loads(content)
        if not isinstance(document, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY301, TRY004  reported like other odd files
    except ValueError as error:
        raise _foreign(where, "it is not the JSON that abreast writes") from error
    return document


def _check_schema(schema: Any, where: str) -> None:
    """Raises UsageError for anything but a baseline of this version."""
    match = _KNOWN.fullmatch(schema) if isinstance(schema, str) else None
    if match is None:
        raise _foreign(where, "it has no schema of abreast")
    if match["kind"] != "baseline":
        raise _foreign(where, f"it is {schema}, which does not hold every second's latencies")
    if schema != SCHEMA:
        raise UsageError(
            f"the baseline {where} cannot be read",
            why=f"it is {schema}, and this version reads {SCHEMA}",
            hint="update abreast, or save it again: abreast baseline save",
        )


def _foreign(where: str, why: str) -> UsageError:
    return UsageError(
        f"{where} is not a baseline",
        why=why,
        hint="save one with: abreast baseline save NAME SESSION",
    )


def _inflated(data: str) -> bytes:
    try:
        packed = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError("its data is not base64") from error
    inflater = zlib.decompressobj()
    content = inflater.decompress(packed, LARGEST_RUN_BYTES)
    if not inflater.eof:
        raise ValueError("its data is cut off, or far too large")
    return content


def _checked(run: Run) -> Run:
    """Raises ValueError for what has the right types, but is no run."""
    for name in ("title", "stages"):
        if name not in run.plan:
            raise ValueError(f"its plan has no {name}")
    for subject in run.subjects:
        if len({len(column) for column in _columns(subject.series)}) > 1:
            raise ValueError("its series differ in length")
        for level in subject.levels:
            if not all(block.ticks for block in level.blocks):
                raise ValueError("a block of it lasts no time")
    return run


def _columns(series: Series) -> list[tuple[float | None, ...]]:
    return [getattr(series, name) for name in Series.__slots__ if getattr(series, name)]


def _thinned(subject: Subject) -> Subject:
    """With figures of charts as exact as a chart shows them."""
    thin = {
        name: tuple(
            None if value is None else float(f"{value:.4g}") for value in getattr(subject.series, name)
        )
        for name in Series.__slots__
    }
    return replace(subject, series=Series(**thin))


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'][:6]))}: {first['msg']}"
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return str(error)
