"""Exports sessions in formats that other programs can open, using only the sessions' records."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from engine.export.document import document, folded
from engine.metrics.records import Damage, Record
from engine.metrics.session_result import SessionResult, session_result
from engine.recording.journal import is_locked, read
from targets.errors import UsageError, reason_of
from targets.json_text import json_escaped
from targets.private_files import default_umask

_SEE = "see: abreast sessions"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the session JSON, every field with its meaning and unit."""
    found: dict[str, Any] = orjson.loads((files(__name__) / "session.schema.json").read_bytes())
    return found


def session_document(journal: Path) -> dict[str, Any]:
    """The session JSON of a journal. Raises UsageError if it holds no readable session."""
    damage = Damage()
    with _matching_records(journal):
        timeline = folded(read(journal, damage))
        return document(timeline, outcome="running" if is_locked(journal) else "interrupted", damage=damage)


def recorded_result(journal: Path) -> tuple[SessionResult, Damage]:
    """The result of a journal's session, and the journal's damage. Raises UsageError if it holds no readable
    session."""
    damage = Damage()
    with _matching_records(journal):
        snapshot = folded(read(journal, damage)).final_snapshot()
        unfinished = "running" if is_locked(journal) else "interrupted"
        return session_result(snapshot, unfinished=unfinished), damage


@contextmanager
def _matching_records(journal: Path) -> Iterator[None]:
    """Raises UsageError if records turn out to be contradictory while the `with` block folds them."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Lines of the first version have no check sum: what was changed in them may look whole.
        why = f"its records do not go together: {type(error).__name__}: {error}"
        raise UsageError(
            f"the journal {journal} is damaged", why=why, hint="it cannot be reported"
        ) from error


def live_document(records: Iterable[Record]) -> dict[str, Any]:
    """The session JSON of a running session's records."""
    return document(folded(records), outcome="running")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Writes a document so that the file is complete or does not exist. Raises UsageError."""
    check_writable(path)
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        _write_whole(path.resolve(), json_escaped(text, ascii_only=False))
    except OSError as error:
        hint = "what the journal holds can be exported again: abreast report last --out FILE"
        raise _cannot_write(path, reason_of(error), hint) from error


def _write_whole(path: Path, text: bytes) -> None:
    """Writes directly to a device or pipe; replaces anything else with a file written next to it."""
    if path.exists() and not path.is_file():
        path.write_bytes(text)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(text)
        if (mask := default_umask()) >= 0:
            beside.chmod(0o666 & ~mask)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raises UsageError if an export to this path is bound to fail; called both before and after a run."""
    try:
        why = _why_not(path)
    except OSError as error:
        why = reason_of(error)
    if why:
        raise _cannot_write(path, why, "name another file")


def _why_not(path: Path) -> str:
    """Why a file cannot be written there; empty if it can. Raises OSError if the check itself fails."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist"
    if path.exists() and not path.is_file():
        return "" if os.access(path, os.W_OK) else "you may not write it"
    return "" if os.access(path.parent, os.W_OK) else f"you may not write in {path.parent}"


def write_beside(value: dict[str, Any], folder: Path, preset: str) -> Path:
    """Writes a document to `abreast-PRESET-DATE.json` in a folder without overwriting another file; returns
    the path."""
    stem = f"abreast-{preset or 'session'}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (people read local time)
    path, number = folder / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.json"
    write_json(path, value)
    return path


def _cannot_write(path: Path, why: str, hint: str) -> UsageError:
    return UsageError(f"cannot write {path}", why=why, hint=hint)
