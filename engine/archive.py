"""The sessions that were recorded: list them, find one, clean up after those that were cut off."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine import journal, paths
from targets.errors import unknown
from targets.runtime import guard

OUTCOME_OF_THE_CUT_OFF = "interrupted"


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
    """`running` while a front holds its journal, `interrupted` where it has no end and nobody does."""
    journal: Path


def recorded() -> list[Recorded]:
    """Every recorded session, the newest last. Folders without a readable journal are passed over."""
    found = [_recorded(path) for path in paths.sessions().glob(f"*/{journal.FILE_NAME}")]
    return sorted((each for each in found if each), key=lambda each: each.started_at)


def find(name: str) -> Path:
    """The journal of a session: by its id, a beginning of it that fits one alone, `last`, or a path.

    Raises UsageError.
    """
    if "/" in name or name.endswith(".jsonl"):
        path = Path(name)
        return path / journal.FILE_NAME if path.is_dir() else path
    sessions = recorded()
    if name == "last" and sessions:
        return sessions[-1].journal
    matching = [each for each in sessions if each.id.startswith(name)]
    if len(matching) != 1:
        known = [each.id for each in sessions[-8:]] or ["none yet"]
        raise unknown("session", name, known, hint="see: abreast sessions")
    return matching[0].journal


def clean() -> dict[str, int]:
    """Ends what interrupted sessions left behind; how many processes that were, by session. Running sessions are
    left alone. Blocks; run it in a thread."""
    ended: dict[str, int] = {}
    for session_id, processes in guard.all_leftovers().items():
        if not _is_running(session_id):
            guard.end_all(partial(guard.leftovers, session_id))
            ended[session_id] = len(processes)
    return ended


def _is_running(session_id: str) -> bool:
    return journal.is_locked(paths.sessions() / session_id / journal.FILE_NAME)


def _recorded(path: Path) -> Recorded | None:
    header = journal.header_of(path)
    if header is None:
        return None
    end = journal.end_of(path)
    running = end is None and journal.is_locked(path)
    return Recorded(
        id=header.id,
        title=header.plan["title"],
        preset=header.plan["preset"],
        targets=tuple(choice["name"] for choice in header.plan["targets"]),
        started_at=header.started_at,
        ended_at=end.at if end else None,
        outcome=end.outcome if end else "running" if running else OUTCOME_OF_THE_CUT_OFF,
        journal=path,
    )
