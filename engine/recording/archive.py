"""Lists the recorded sessions and finds one of them."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from engine.machine import paths
from engine.metrics.records import Began, Ended, Header, TargetAdded
from engine.recording import about, bundle, journal, summary_file
from engine.recording.about import About
from engine.recording.journal_lines import OlderFormatError
from engine.recording.summary_file import SessionSummary
from targets.errors import UsageError, in_a_line, unknown

OUTCOME_OF_THE_CUT_OFF = "interrupted"

SESSIONS_NAMED = 8
"""How many sessions an error names."""


UNREADABLE = "unreadable"
"""The outcome of a session whose journal cannot be read."""

OLD_FORMAT = "old format"
"""The outcome of a session whose journal an older version wrote, in a format that this one cannot read."""

NOTHING_RECORDED = "nothing was recorded"
"""The title of a session that was cut off before its first record."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded session, as a list shows it."""

    id: str
    title: str
    """The plan's, unless a person gave the session another one."""
    preset: str
    targets: tuple[str, ...]
    """By their names; `labels` are what people read."""
    started_at: str
    ended_at: str | None
    outcome: str
    """`running` while a front has its journal locked, `interrupted` if it has no end and is not locked,
    `unreadable` or `old format` if its journal cannot be read."""
    journal: Path
    trouble: str = ""
    """Why its journal cannot be read; empty if it can."""
    labels: tuple[str, ...] = ()
    note: str = ""
    """What a person wrote about it."""
    is_renamed: bool = False
    """Whether a person gave it its title."""
    summary: SessionSummary | None = None
    """What came out; None while it runs, and before its journal was read as a whole."""

    is_blank: bool = False
    """Whether nothing was recorded."""

    @property
    def is_readable(self) -> bool:
        """Whether there is something to watch or to report."""
        return not (self.trouble or self.is_blank)

    @property
    def damage(self) -> str:
        """What is wrong with its journal, in words; empty if nothing is, or before it was read as a whole."""
        return self.trouble or (self.summary.damage if self.summary else "")


def recorded() -> list[Recorded]:
    """Every session that has a journal, the newest last, whatever state the journals are in."""
    found = [_recorded(path) for path in paths.sessions().glob(f"*/{journal.FILE_NAME}")]
    return sorted(found, key=_started)


def find(name: str) -> Path:
    """Finds a session's journal by its id, a unique beginning of the id, `last` (the last readable session),
    or the path of a session's folder, a journal or a bundle, which is unpacked.

    Raises UsageError.
    """
    if not name:
        raise UsageError("no session is named", hint="give its id, or last; see: abreast sessions")
    if "/" in name or name.endswith((".jsonl", bundle.SUFFIX)):
        path = Path(name)
        with suppress(OSError, ValueError):  # not a valid path: opening it reports why
            path = path / journal.FILE_NAME if path.is_dir() else path
        return bundle.unpacked(path) if bundle.is_bundle(path) else path
    sessions = recorded()
    readable = [each for each in sessions if each.is_readable]
    if name == "last" and readable:
        return readable[-1].journal
    named = [(each, {each.id, each.journal.parent.name}) for each in sessions]
    matching = [each for each, names in named if name in names]
    matching = matching or [each for each, names in named if any(text.startswith(name) for text in names)]
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


def folder_of(name: str) -> Path:
    """The folder of a session that is stored among the others, by what `find` takes. Raises UsageError."""
    folder = find(name).absolute().parent
    if folder.parent.resolve() != paths.sessions().resolve():
        raise UsageError(
            f"{name} is not among the recorded sessions",
            why=f"those are in {paths.sessions()}",
            hint="see: abreast sessions",
        )
    return folder


def _started(session: Recorded) -> tuple[datetime, str]:
    return datetime.fromisoformat(session.started_at), session.id


def _recorded(path: Path) -> Recorded:
    folder = path.parent
    found = summary_file.load(folder)
    session = _by_summary(path, found) if found else _by_journal(path)
    return _with_about(session, about.load(folder))


def _with_about(session: Recorded, written: About) -> Recorded:
    return replace(
        session, title=written.title or session.title, note=written.note, is_renamed=bool(written.title)
    )


def _by_summary(path: Path, summary: SessionSummary) -> Recorded:
    return Recorded(
        id=summary.id,
        title=summary.title,
        preset=summary.preset,
        targets=summary.planned,
        started_at=summary.started_at,
        ended_at=summary.ended_at,
        outcome=summary.outcome,
        journal=path,
        labels=tuple(target.label for target in summary.targets) or summary.planned,
        summary=summary,
    )


def _by_journal(path: Path) -> Recorded:
    # In this order: a session that ends in between has an end, and is not taken for one that was cut off.
    running = journal.is_locked(path)
    trouble, unread = "", UNREADABLE
    header: Header | None = None
    end: Ended | None = None
    labels: tuple[str, ...] = ()
    try:
        (header, labels), end = _opening(path), journal.end_of(path)
    except UsageError as error:
        trouble = in_a_line(error)
        unread = OLD_FORMAT if isinstance(error, OlderFormatError) else UNREADABLE
    outcome = end.outcome if end else "running" if running else OUTCOME_OF_THE_CUT_OFF
    if header is None:
        return Recorded(
            id=path.parent.name,
            title=trouble or NOTHING_RECORDED,
            preset="",
            targets=(),
            started_at=_changed_at(path),
            ended_at=None,
            outcome=unread if trouble else outcome,
            journal=path,
            trouble=trouble,
            is_blank=not trouble,
        )
    names = tuple(choice["name"] for choice in header.plan["targets"])
    return Recorded(
        id=header.id,
        title=header.plan["title"],
        preset=header.plan["preset"],
        targets=names,
        started_at=header.started_at,
        ended_at=end.at if end else None,
        outcome=outcome,
        journal=path,
        labels=labels or names,
    )


def _opening(path: Path) -> tuple[Header | None, tuple[str, ...]]:
    """A journal's header, and the labels of the targets that it began with. Raises UsageError."""
    header: Header | None = None
    labels: dict[str, str] = {}
    for record in journal.read(path):
        match record:
            case Header():
                header = record
            case TargetAdded():
                labels[record.name] = record.label or record.name
            case Began():
                break
    return header, tuple(labels.values())


def _changed_at(path: Path) -> str:
    """When a file was last written, in the format of records: a substitute for its unreadable start time."""
    try:
        changed_s = path.lstat().st_mtime
    except OSError:
        changed_s = 0.0
    return datetime.fromtimestamp(changed_s, UTC).astimezone().isoformat(timespec="milliseconds")
