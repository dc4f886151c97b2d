"""Lists the recorded sessions and finds one of them."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.machine import paths
from engine.recording import bundle, journal
from targets.errors import UsageError, unknown
from targets.runtime.containers.connection import in_a_line

OUTCOME_OF_THE_CUT_OFF = "interrupted"

SESSIONS_NAMED = 8
"""How many sessions an error names."""


UNREADABLE = "unreadable"
"""The outcome of a session whose journal cannot be read."""

NOTHING_RECORDED = "nothing was recorded"
"""The title of a session that was cut off before its first record."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded session, as a list shows it."""

    id: str
    title: str
    preset: str
    targets: tuple[str, ...]
    started_at: str
    ended_at: str | None
    outcome: str
    """`running` while a front has its journal locked, `interrupted` if it has no end and is not locked,
    `unreadable` if its journal cannot be read."""
    journal: Path
    trouble: str = ""
    """Why its journal cannot be read; empty if it can."""

    @property
    def damage(self) -> str:
        """What is wrong with its journal, in words; empty if nothing is. Reads the whole journal."""
        try:
            return self.trouble or str(journal.damage_of(self.journal))
        except UsageError as error:
            return in_a_line(error)


def recorded() -> list[Recorded]:
    """Every session that has a journal, the newest last, whatever state the journals are in."""
    found = [_recorded(path) for path in paths.sessions().glob(f"*/{journal.FILE_NAME}")]
    return sorted(found, key=_started)


def find(name: str) -> Path:
    """Finds a session's journal by its id, a unique beginning of the id, `last` (the last readable session),
    or the path of a session's folder, a journal or a bundle, which is unpacked.

    Raises UsageError.
    """
    if "/" in name or name.endswith((".jsonl", bundle.SUFFIX)):
        path = Path(name)
        with suppress(OSError, ValueError):  # not a valid path: opening it reports why
            path = path / journal.FILE_NAME if path.is_dir() else path
        return bundle.unpacked(path) if bundle.is_bundle(path) else path
    sessions = recorded()
    readable = [each for each in sessions if not each.trouble and each.title != NOTHING_RECORDED]
    if name == "last" and readable:
        return readable[-1].journal
    matching = [each for each in sessions if each.id.startswith(name)]
    if len(matching) > 1:
        raise UsageError(
            f"{name!r} is the beginning of {len(matching)} sessions",
            why=", ".join(each.id for each in matching[-SESSIONS_NAMED:]),
            hint="give more of it",
        )
    if not sessions:
        raise UsageError("no session was recorded yet", hint="begin with: abreast run hello")
    if not matching and name == "last":
        raise UsageError("no session can be read", why=sessions[-1].title, hint="see: abreast sessions")
    if not matching:
        known = [each.id for each in sessions[-SESSIONS_NAMED:]]
        raise unknown("session", name, known, hint="see: abreast sessions")
    return matching[0].journal


def _started(session: Recorded) -> tuple[datetime, str]:
    return datetime.fromisoformat(session.started_at), session.id


def _recorded(path: Path) -> Recorded:
    # In this order: a session that ends in between has an end, and is not taken for one that was cut off.
    running = journal.is_locked(path)
    trouble = ""
    try:
        header, end = journal.header_of(path), journal.end_of(path)
    except UsageError as error:
        header, end, trouble = None, None, in_a_line(error)
    outcome = end.outcome if end else "running" if running else OUTCOME_OF_THE_CUT_OFF
    if header is None:
        return Recorded(
            id=path.parent.name,
            title=trouble or NOTHING_RECORDED,
            preset="",
            targets=(),
            started_at=_changed_at(path),
            ended_at=None,
            outcome=UNREADABLE if trouble else outcome,
            journal=path,
            trouble=trouble,
        )
    return Recorded(
        id=header.id,
        title=header.plan["title"],
        preset=header.plan["preset"],
        targets=tuple(choice["name"] for choice in header.plan["targets"]),
        started_at=header.started_at,
        ended_at=end.at if end else None,
        outcome=outcome,
        journal=path,
    )


def _changed_at(path: Path) -> str:
    """When a file was last written, in the format of records: a substitute for its unreadable start time."""
    try:
        changed_s = path.lstat().st_mtime
    except OSError:
        changed_s = 0.0
    return datetime.fromtimestamp(changed_s, UTC).astimezone().isoformat(timespec="milliseconds")
