"""A session in forms that others can open. What is written was folded from the journal alone."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from engine.export.document import document, folded
from engine.journal import is_locked, read
from targets.errors import UsageError


def session_document(journal: Path) -> dict[str, Any]:
    """The session JSON of a journal. Raises UsageError where it holds no session."""
    return document(folded(read(journal)), outcome="running" if is_locked(journal) else "interrupted")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Writes a document so that the file is there whole or not at all. Raises UsageError."""
    check_writable(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _cannot_write(path, error.strerror or str(error)) from error


def check_writable(path: Path) -> None:
    """Raises UsageError where an export to this path is bound to fail; asked before a run as well as after."""
    if path.is_dir():
        raise _cannot_write(path, "it is a folder")
    if not path.parent.is_dir():
        raise _cannot_write(path, f"the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise _cannot_write(path, f"you may not write in {path.parent}")


def write_beside(journal: Path, folder: Path, preset: str) -> Path:
    """Exports a session to `abreast-PRESET-DATE.json` in a folder, never over a file that is there; the path."""
    stem = f"abreast-{preset or 'session'}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (people read local time)
    path, number = folder / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.json"
    write_json(path, session_document(journal))
    return path


def _cannot_write(path: Path, why: str) -> UsageError:
    return UsageError(
        f"cannot write {path}",
        why=why,
        hint="nothing is lost: the journal has it all; export again with: abreast report last --out FILE",
    )
