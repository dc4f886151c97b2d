"""What came out of a session, in a small file beside its journal, so that a list of sessions need not read
journals.

It can be made again from the journal at any time (`engine.export.session_summary`). Rules of this file:
- a summary holds only for the journal of the size and the time of change that it names;
- what cannot be read is as good as missing.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from engine.machine.files import UnreadableError, read_file, write_whole
from engine.recording.journal import FILE_NAME as JOURNAL_NAME
from engine.recording.record_fields import packed, unpacker

FILE_NAME = "summary.json"
FORMAT = "abreast/summary@2"

_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """What came out for one target; the figures are those of the session's result."""

    name: str
    label: str
    goodput: float
    """Successful requests per second."""
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: float
    """0 to 1."""
    cpu_pct: float | None
    """The mean, of one core."""
    memory_mb: float | None
    state: str = ""
    """Its state at the end."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What a list shows of a session that runs no more."""

    format: str
    journal_bytes: int
    journal_changed_ns: int
    """Of which journal this is the summary."""
    other_bytes: int
    """What else was in its folder: logs, the targets' files."""
    id: str
    title: str
    preset: str
    started_at: str
    ended_at: str | None
    outcome: str
    length_s: float
    """How long load flowed."""
    sentence: str
    """What came out."""
    facts: str
    """How it ended, and which seconds the figures cover."""
    light: str
    """The generator's light."""
    damage: str
    """What is wrong with the journal; empty if nothing is."""
    planned: tuple[str, ...]
    """The names of the plan's targets."""
    targets: tuple[TargetSummary, ...] = ()
    """Every target that took part."""


def load(folder: Path) -> SessionSummary | None:
    """The summary of the session in this folder; None if there is none for the journal as it is now."""
    try:
        status = (folder / JOURNAL_NAME).stat()
        found: SessionSummary = unpacker(SessionSummary)(
            orjson.loads(read_file(folder / FILE_NAME, _LIMIT_BYTES))
        )
        is_zoned = datetime.fromisoformat(found.started_at).tzinfo is not None
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, UnreadableError, ValueError):
        return None
    is_of_this = (found.journal_bytes, found.journal_changed_ns) == (status.st_size, status.st_mtime_ns)
    return found if is_of_this and is_zoned and found.format == FORMAT else None


def save(folder: Path, summary: SessionSummary) -> None:
    """Writes it whole, or not at all. Raises OSError."""
    write_whole(folder / FILE_NAME, orjson.dumps(packed(summary)))
