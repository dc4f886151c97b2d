"""Cleans up after sessions that were cut off: processes, containers, folders, databases."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio

from engine.hosting.database_choice import SQLITE, chosen
from engine.hosting.databases import Databases, names_of
from engine.machine import paths
from engine.recording import archive, journal
from targets.errors import AbreastError, UsageError
from targets.runtime import guard
from targets.runtime.containers import cleanup, image_prune
from targets.runtime.containers.connection import TIMEOUT_S, in_a_line
from targets.runtime.containers.database_server import MAKES

_DROPPED = "databases-dropped"
"""A file beside the journal: there is nothing left to drop."""

AT_START_ANSWERS_WITHIN_S = 2.0
"""How long an engine in which something was left may take to answer, before another session begins."""

AT_START_REMOVED_WITHIN_S = 5.0

SETTLED_AFTER_S = 60.0
"""How long after a session's last word nothing of it comes into being any more."""

FOLDER_SETTLED_AFTER_S = 2.0
"""How long after its folder was made a session has a journal and holds it."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was left of a session, and is gone."""

    processes: int = 0
    things: int = 0
    """Containers, networks and volumes."""
    trouble: str = ""
    """Why some of it may still be there."""
    folder: bool = False
    """It was cut off before anything was recorded, and its folder went too."""

    def __str__(self) -> str:
        parts = [f"ended {self.processes} process{'es' if self.processes > 1 else ''}"] * (self.processes > 0)
        if self.folder:
            parts.append("removed its folder: nothing was recorded")
        if self.things:
            parts.append(f"removed {self.things} of its containers, networks and volumes")
        if self.trouble:
            parts.append(f"containers may be left: {self.trouble}")
        return ", ".join(parts)


def clean(*, at_start: bool = False) -> dict[str, Cleaned]:
    """Ends what interrupted sessions left behind, by session. Blocks; run it in a thread.

    Running sessions are left alone, and so are those of another `ABREAST_HOME`: who knows whether they run.
    `at_start` of another session, an engine that does not answer soon, or does not let go of something, is
    left to the next time.
    """
    folder = paths.sessions()
    ended: dict[str, Cleaned] = {}
    for session_id, processes in guard.all_left_processes().items():
        if _is_cut_off(folder / session_id / journal.FILE_NAME):
            guard.end_all(partial(guard.leftovers, session_id))
            ended[session_id] = Cleaned(len(processes))
    with cleanup.Engines(AT_START_ANSWERS_WITHIN_S if at_start else TIMEOUT_S) as engines:
        for note in sorted(folder.glob(f"*/{cleanup.NOTE}")):
            if _is_cut_off(note.parent / journal.FILE_NAME):
                before = ended.get(note.parent.name, Cleaned())
                ended[note.parent.name] = _without_containers(before, note.parent, engines, at_start=at_start)
    for never_begun in filter(_never_began, sorted(folder.iterdir())):
        shutil.rmtree(never_begun, ignore_errors=True)
        if not never_begun.exists():
            ended[never_begun.name] = replace(ended.get(never_begun.name, Cleaned()), folder=True)
    return {session_id: cleaned for session_id, cleaned in ended.items() if str(cleaned)}


async def clean_at_start() -> dict[str, Cleaned]:
    """As `clean`, before another session. Who is cancelled meanwhile waits for nothing: the thread goes on by
    itself, and does not keep the process."""
    done: Future[dict[str, Cleaned]] = Future()
    done.set_running_or_notify_cancel()

    def work() -> None:
        try:
            done.set_result(clean(at_start=True))
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=work, name="cleaning", daemon=True).start()
    return await asyncio.wrap_future(done)


def in_lines(ended: Mapping[str, Cleaned]) -> list[str]:
    """What was done, and what may be left, for people: sessions of which the same is to be said share a
    line."""
    sessions: dict[str, list[str]] = {}
    for session_id, cleaned in ended.items():
        sessions.setdefault(str(cleaned), []).append(session_id)
    return [f"{', '.join(ids)}: {text}" for text, ids in sessions.items()]


def _without_containers(
    cleaned: Cleaned, folder: Path, engines: cleanup.Engines, *, at_start: bool
) -> Cleaned:
    try:
        manner = _manner(folder / journal.FILE_NAME, at_start=at_start)
        return replace(cleaned, things=cleanup.remove_noted(folder, folder.name, engines, manner))
    except AbreastError as error:
        return replace(cleaned, trouble=in_a_line(error))
    except OSError as error:  # another front cleans too
        return replace(cleaned, trouble=str(error))


def _manner(path: Path, *, at_start: bool) -> cleanup.CleanupOptions:
    """How to clean after a session, by its journal: its engine may still be making things where it was cut
    off a moment ago. A start does not wait for that: the note stays for the next."""
    is_fresh = time.time() - path.stat().st_mtime < SETTLED_AFTER_S
    if at_start:
        return cleanup.CleanupOptions(within_s=AT_START_REMOVED_WITHIN_S, takes_note=not is_fresh)
    return cleanup.AFTER_A_DEATH if is_fresh else cleanup.USUAL


def clean_images() -> list[str]:
    """Removes images that targets are started from no longer; what was done, in a line, if anything. Blocks.

    Where no engine answers there is nothing to do."""
    try:
        removed, freed_bytes = image_prune.remove_superseded()
    except AbreastError:
        return []
    images = "image" if removed == 1 else "images"
    return [f"removed {removed} old {images} of the targets ({freed_bytes / 1e6:.0f} MB)"] * (removed > 0)


def drop_databases(url: str) -> list[str]:
    """Drops what sessions that were cut off left on database servers: on the one at `url`, or where their
    plans named a variable that is set. What was done, or is to do, line by line. Blocks.

    Raises UsageError for a URL that is none.
    """
    told: list[str] = []
    for session in archive.recorded():
        header = None if session.trouble else journal.header_of(session.journal)
        said = str(header.plan.get("database", "")) if header else ""
        done = session.journal.parent / _DROPPED
        is_cut_off = session.ended_at is None and session.outcome == archive.OUTCOME_OF_THE_CUT_OFF
        is_own = said in {*MAKES, SQLITE}  # went with its container
        if not said or is_own or not is_cut_off or done.exists():
            continue
        if not url and ("://" in said or said not in os.environ):
            told.append(f"{session.id}: may have left databases at {said}; drop them with --database URL")
            continue
        server = chosen(url or said)
        found = Databases(server, session.id, names_of(session.id, session.targets))
        trouble = anyio.run(found.drop)
        if not trouble:
            done.touch()
        told.append(f"{session.id}: {trouble or f'dropped its databases at {server.shown}'}")
    return told


def _is_cut_off(path: Path) -> bool:
    try:
        return path.exists() and not journal.is_locked(path)
    except OSError:  # no such name can be
        return False


def _never_began(folder: Path) -> bool:
    """Whether a session was cut off before it recorded anything: its folder holds an empty journal that
    no process writes, or nothing at all."""
    path = folder / journal.FILE_NAME
    try:
        names = {each.name for each in folder.iterdir()}
        changed_s = max(each.stat().st_mtime for each in (folder, path) if each.exists())
        if cleanup.NOTE in names or time.time() - changed_s < FOLDER_SETTLED_AFTER_S:
            return False
        return not names or (path.name in names and not journal.is_locked(path) and journal.is_blank(path))
    except (OSError, UsageError):
        return False
