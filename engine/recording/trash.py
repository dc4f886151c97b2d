"""Deletes sessions so that they can be brought back: their folders move to a folder of abreast's home.

What one command deletes is one folder of the trash, named by the time, and is brought back as a whole. Rules
of this file:
- moving a folder is one step: another process sees a session whole, or not at all;
- a session that runs, or that left something behind which its folder is needed to clean up, is not deleted.
"""

import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.machine import paths
from engine.recording import disk_use, journal
from targets.errors import AbreastError, UsageError, reason_of
from targets.runtime import guard
from targets.runtime.containers import cleanup

KEPT_DAYS = 7
_KEPT_S = KEPT_DAYS * 24 * 3600.0

BEGINS_WITHIN_S = 2.0
"""This long after its folder was made, a session that runs has written and locked its journal."""

_TIME = "%Y%m%d-%H%M%S-%f"

RUNS = "it is running"
GONE = "it is not there any more"
LEFT_SOMETHING = "it left containers or processes behind; clean up first: abreast clean"


@dataclass(slots=True)
class Deletion:
    """What came of deleting or bringing back."""

    done: list[str] = field(default_factory=list)
    """The ids of sessions."""
    refused: dict[str, str] = field(default_factory=dict)
    """The others, and why."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was removed from the trash for good."""

    sessions: int = 0
    size_bytes: int = 0
    trouble: str = ""
    """Why something is left; empty if nothing is."""


def delete(folders: Iterable[Path]) -> Deletion:
    """Moves sessions to the trash. Raises UsageError if there can be no trash."""
    batch = paths.trash() / f"{datetime.now(UTC):{_TIME}}-{secrets.token_hex(2)}"
    result = Deletion()
    with_processes = guard.all_left_processes()
    for folder in folders:
        if why := why_kept(folder, with_processes):
            result.refused[folder.name] = why
            continue
        try:
            batch.mkdir(mode=paths.PRIVATE, exist_ok=True)
            folder.rename(batch / folder.name)
        except FileNotFoundError:
            result.refused[folder.name] = GONE
        except OSError as error:
            result.refused[folder.name] = f"it cannot be moved to {batch.parent}: {reason_of(error)}"
        else:
            result.done.append(folder.name)
    with suppress(OSError):  # it is there, and empty, if nothing was moved
        batch.rmdir()
    return result


def why_kept(folder: Path, with_processes: Mapping[str, object]) -> str:
    """Why a session cannot be deleted now; empty if it can. `with_processes`: the sessions that have any."""
    path = folder / journal.FILE_NAME
    if not folder.is_dir():
        return GONE
    if journal.is_locked(path) or _may_begin(folder, path):
        return RUNS
    return LEFT_SOMETHING if folder.name in with_processes or cleanup.has_note(folder) else ""


def undo() -> Deletion:
    """Brings back what was deleted last. Raises UsageError if there is nothing."""
    for batch in sorted(_batches(), reverse=True):
        result = Deletion()
        for folder in sorted(batch.iterdir()):
            place = paths.sessions() / folder.name
            try:
                if place.exists():
                    result.refused[folder.name] = "there is another session of this name"
                else:
                    folder.rename(place)
                    result.done.append(folder.name)
            except FileNotFoundError:  # another process brings it back
                continue
            except OSError as error:
                result.refused[folder.name] = reason_of(error)
        with suppress(OSError):
            batch.rmdir()
        if result.done or result.refused:
            return result
    raise UsageError(
        "there is nothing to bring back",
        why=f"deleted sessions are kept for {KEPT_DAYS} days, or until --prune",
    )


def contents() -> tuple[int, int]:
    """How many sessions the trash holds, and their bytes."""
    batches = _batches()
    return sum(_count(batch) for batch in batches), sum(map(disk_use.of, batches))


def empty(*, older_than_s: float = 0.0) -> Emptied:
    """Removes for good what was deleted so long ago."""
    sessions = size_bytes = 0
    trouble = ""
    for batch in _batches():
        if _age_s(batch) < older_than_s:
            continue
        count, room = _count(batch), disk_use.of(batch)
        try:
            shutil.rmtree(batch)
        except FileNotFoundError:  # another process empties it, too
            continue
        except OSError as error:
            trouble = f"{error.filename or batch}: {reason_of(error)}"
            continue
        sessions, size_bytes = sessions + count, size_bytes + room
    return Emptied(sessions, size_bytes, trouble)


def empty_old() -> None:
    """Removes for good what was deleted long ago. Never raises: it can wait for the next time."""
    with suppress(AbreastError, OSError):
        empty(older_than_s=_KEPT_S)


def _may_begin(folder: Path, path: Path) -> bool:
    """Whether a session may be about to lock its journal."""
    try:
        is_blank = not path.exists() or journal.is_blank(path)
        return is_blank and time.time() - folder.stat().st_mtime < BEGINS_WITHIN_S
    except (OSError, UsageError):
        return False


def _batches() -> list[Path]:
    return [each for each in paths.trash().iterdir() if each.is_dir()]


def _count(batch: Path) -> int:
    with suppress(OSError):
        return sum(1 for _ in batch.iterdir())
    return 0


def _age_s(batch: Path) -> float:
    """How long ago its sessions were deleted."""
    try:
        at = datetime.strptime(batch.name.rpartition("-")[0], _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        try:
            at = batch.stat().st_mtime
        except OSError:
            return 0.0
    return time.time() - at
