"""The lines of a journal: records ↔ bytes. Pure.

A line is `["Kind",{fields},number,"check sum"]`. Lines are numbered from 0. The check sum is the CRC-32 of
everything before it, so that changed and lost lines are detected. Fields that have their default value are
left out (`engine.recording.record_fields`).
"""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from engine.metrics.event_detail import NO_DETAIL
from engine.metrics.records import KINDS, SCHEMA, Bucket, Event, GeneratorSecond, Header, Profiled, Record
from engine.recording.old_events import detail_of
from engine.recording.record_fields import packed, unpacker
from targets.errors import UsageError

LONGEST_SESSION_S = 4_000_000
"""A month and a half; reading a journal takes memory for each of its seconds."""

_PLAN_TEXTS = ("title", "question", "preset", "workload", "schedule", "runtime")
"""Texts of a plan that readers rely on."""
_SEE_SESSIONS = "see: abreast sessions"
_VERSION = re.compile(r"abreast/journal@(\d+)")


class OlderFormatError(UsageError):
    """A journal of an older version, in a format that this one cannot read."""


def encode_record(record: Record, number: int) -> bytes:
    """Encodes a record as the line of a journal with this number, counted from 0."""
    line = orjson.dumps([type(record).__name__, packed(record), number], option=orjson.OPT_NON_STR_KEYS)[:-1]
    return b'%s,"%08x"]\n' % (line, crc32(line))


def decode_record(line: bytes) -> tuple[int, Record | None]:
    """A line's number and record; None for a kind that this version does not know. Raises ValueError for a
    line that was changed or is not from a journal."""
    try:
        kind, payload, number = orjson.loads(_checked(line) + b"]")
        return int(number), _record(kind, payload) if kind in KINDS else None
    except (AttributeError, LookupError, OverflowError, TypeError) as error:
        raise ValueError("not a line of a journal") from error


def decode_number(line: bytes) -> tuple[int, None]:
    """Only a line's number, which is much faster. Raises ValueError as `decode_record` does."""
    return int(_checked(line).rpartition(b",")[2]), None


def decode_header(line: bytes, path: Path) -> Header:
    """The header in a journal's first line; `path` is for error messages. Raises UsageError if this version
    cannot read the journal."""
    _check_schema(line, path)
    try:
        _, record = decode_record(line)
        assert isinstance(record, Header)
        _check_header(record)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(
            f"the journal {path} is damaged", why=f"its first line: {error}", hint="it cannot be read"
        ) from error
    return record


def _record(kind: str, payload: Any) -> Record:
    """Builds a record. Raises ValueError or TypeError if the payload does not match its kind."""
    declared: Any = KINDS[kind]
    record: Record = unpacker(declared)(payload)
    if isinstance(record, Event) and record.detail == NO_DETAIL:
        return replace(record, detail=detail_of(record.kind, record.text))
    if isinstance(record, Bucket | GeneratorSecond) and not 0 <= record.second < LONGEST_SESSION_S:
        raise ValueError("a second that no session has")
    if isinstance(record, Profiled):
        for target in record.targets:
            target.check()
    return record


def _checked(line: bytes) -> bytes:
    """The part of a line before its checksum. Raises ValueError if the checksum does not match."""
    checked, _, check_sum = line.rpartition(b',"')
    if check_sum != b'%08x"]\n' % crc32(checked):
        raise ValueError("its check sum does not match")
    return checked


def _check_schema(line: bytes, path: Path) -> None:
    """Raises UsageError for a journal of another version, or for a file that is not a journal."""
    try:
        kind, payload, *_ = orjson.loads(line)
        schema = payload["schema"] if kind == Header.__name__ else None
    except (LookupError, TypeError, ValueError):
        schema = None
    if not isinstance(schema, str):
        raise UsageError(f"{path} is no journal", why=f"it does not begin with {SCHEMA}", hint=_SEE_SESSIONS)
    if schema != SCHEMA:
        is_older = _is_older(schema)
        raise (OlderFormatError if is_older else UsageError)(
            f"this version of abreast cannot read {path}",
            why=f"its format is {schema!r:.80}, and this version reads {SCHEMA}",
            hint="delete its folder, or read it with the version that recorded it"
            if is_older
            else "read it with the version that recorded it",
        )


def _is_older(schema: str) -> bool:
    found, current = _VERSION.fullmatch(schema), _VERSION.fullmatch(SCHEMA)
    return found is not None and current is not None and int(found[1]) < int(current[1])


def _check_header(header: Header) -> None:
    """Raises LookupError, TypeError or ValueError if a header lacks fields that its readers need."""
    plan: Any = header.plan
    texts = [header.id, *(plan[name] for name in _PLAN_TEXTS), *(each["name"] for each in plan["targets"])]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its plan is incomplete")
    if datetime.fromisoformat(header.started_at).tzinfo is None:
        raise ValueError("its start has no time zone")
