"""Cleans up after interrupted sessions: ends processes, removes containers, worktrees and folders, drops
databases."""

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
from typing import Any

import anyio

from engine.hosting.database_choice import chosen
from engine.hosting.row_store import RowStore, names_of
from engine.machine import git_worktrees, paths, ray_folder
from engine.recording import archive, journal
from targets.database import SQLITE, Database, parse
from targets.errors import AbreastError, UsageError, in_a_line
from targets.runtime import guard
from targets.runtime.containers import cleanup, image_prune
from targets.runtime.containers.connection import TIMEOUT_S
from targets.runtime.containers.database_makes import MAKES

_DROPPED = "databases-dropped"
"""A file next to the journal: on which servers the session's databases have been dropped, one a line."""

AT_START_ANSWERS_WITHIN_S = 2.0
"""How long to wait, before a new session starts, for a response from an engine that may hold leftovers."""

AT_START_REMOVED_WITHIN_S = 5.0
"""How long to keep trying to remove leftovers before a new session starts."""

SETTLED_AFTER_S = 60.0
"""This long after the last write to a session's journal, an engine creates nothing more for it."""

FOLDER_SETTLED_AFTER_S = 2.0
"""This long after creating its folder, a running session has created and locked its journal."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed of an interrupted session."""

    processes: int = 0
    """Processes that were ended."""
    things: int = 0
    """Containers, networks and volumes that were removed."""
    trouble: str = ""
    """Why some containers, networks or volumes may be left; empty if none are."""
    worktrees: int = 0
    """Working trees of revisions that were removed."""
    worktree_trouble: str = ""
    """Why some worktrees may be left; empty if none are."""
    ray: bool = False
    """Whether the folder of a Ray that abreast had started was removed."""
    folder: bool = False
    """Whether the session's folder was removed too, because nothing had been recorded."""

    def __str__(self) -> str:
        parts = [f"ended {self.processes} process{'es' if self.processes > 1 else ''}"] * (self.processes > 0)
        if self.folder:
            parts.append("removed its folder: nothing was recorded")
        if self.things:
            parts.append(f"removed {self.things} of its containers, networks and volumes")
        if self.worktrees:
            parts.append(f"removed {self.worktrees} worktree{'s' if self.worktrees > 1 else ''}")
        if self.ray:
            parts.append("removed Ray's folder")
        if self.worktree_trouble:
            parts.append(f"worktrees may be left: {self.worktree_trouble}")
        if self.trouble:
            parts.append(f"containers may be left: {self.trouble}")
        return ", ".join(parts)


def clean(*, at_start: bool = False) -> dict[str, Cleaned]:
    """Removes what interrupted sessions left behind; returns what was removed, by session ID. Blocks; run it
    in a thread.

    Skips running sessions, and those of another `ABREAST_HOME`, since they may be running. With `at_start`
    (before a new session), it waits only briefly for an engine that is slow to respond or to remove
    something; the next cleanup tries again.
    """
    folder = paths.sessions()
    ended: dict[str, Cleaned] = {}
    for session_id, processes in guard.all_left_processes().items():
        if _is_cut_off(folder / session_id / journal.FILE_NAME):
            guard.end_all(partial(guard.leftovers, session_id))
            ended[session_id] = Cleaned(len(processes))
    with cleanup.Engines(AT_START_ANSWERS_WITHIN_S if at_start else TIMEOUT_S) as engines:
        for session in _cut_off_with(cleanup.NOTE):
            before = ended.get(session.name, Cleaned())
            ended[session.name] = _without_containers(before, session, engines, at_start=at_start)
    for session in _cut_off_with(git_worktrees.NOTE):
        removed, trouble = git_worktrees.remove_noted(session)
        before = ended.get(session.name, Cleaned())
        ended[session.name] = replace(before, worktrees=removed, worktree_trouble=trouble)
    for session in filter(ray_folder.remove_noted, _cut_off_with(ray_folder.NOTE)):
        ended[session.name] = replace(ended.get(session.name, Cleaned()), ray=True)
    for never_begun in filter(_never_began, sorted(folder.iterdir())):
        shutil.rmtree(never_begun, ignore_errors=True)
        if not never_begun.exists():
            ended[never_begun.name] = replace(ended.get(never_begun.name, Cleaned()), folder=True)
    return {session_id: cleaned for session_id, cleaned in ended.items() if str(cleaned)}


async def clean_at_start() -> dict[str, Cleaned]:
    """Runs `clean` in a daemon thread before a new session starts. Cancelling this call returns at once: the
    thread carries on, but does not keep the process alive."""
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
    """Returns what was removed and what may be left, as lines for the user. Sessions with the same result
    share a line."""
    sessions: dict[str, list[str]] = {}
    for session_id, cleaned in ended.items():
        sessions.setdefault(str(cleaned), []).append(session_id)
    return [f"{', '.join(ids)}: {text}" for text, ids in sessions.items()]


def _without_containers(
    cleaned: Cleaned, folder: Path, engines: cleanup.Engines, *, at_start: bool
) -> Cleaned:
    try:
        options = _cleanup_options(folder / journal.FILE_NAME, at_start=at_start)
        return replace(cleaned, things=cleanup.remove_noted(folder, folder.name, engines, options))
    except AbreastError as error:
        return replace(cleaned, trouble=in_a_line(error))
    except OSError as error:  # another front is cleaning up at the same time
        return replace(cleaned, trouble=str(error))


def _cleanup_options(path: Path, *, at_start: bool) -> cleanup.CleanupOptions:
    """Chooses the cleanup options for a session from the age of its journal: if the session was interrupted
    a moment ago, its engine may still be creating things. `at_start` does not wait for that: it keeps the
    note, and the next cleanup looks again."""
    is_fresh = time.time() - path.stat().st_mtime < SETTLED_AFTER_S
    if at_start:
        return cleanup.CleanupOptions(within_s=AT_START_REMOVED_WITHIN_S, takes_note=not is_fresh)
    return cleanup.AFTER_A_DEATH if is_fresh else cleanup.DEFAULT


def clean_images() -> list[str]:
    """Removes old target images that are no longer used; returns a line that says so, or an empty list if
    there were none. Blocks.

    Returns an empty list, too, if the engine cannot be reached or fails."""
    try:
        removed, freed_bytes = image_prune.remove_superseded()
    except AbreastError:
        return []
    images = "image" if removed == 1 else "images"
    return [f"removed {removed} old {images} of the targets ({freed_bytes / 1e6:.0f} MB)"] * (removed > 0)


def check_server(url: str) -> None:
    """Raises UsageError if this cannot be a server that sessions left databases on."""
    if chosen(url).kind == SQLITE:
        raise UsageError(
            "sqlite is not a database server",
            why="rows in files are removed with their session",
            hint="name a server, such as mysql://user:password@host:3306, or leave --database out",
        )


def drop_databases(url: str) -> list[str]:
    """Drops the databases that interrupted sessions left on servers: on the one at `url`, or else on those
    in the environment variables that the plan names, if they are set. Returns lines that say what was done or
    what you still have to do. Blocks.

    Raises UsageError for an invalid URL.
    """
    lines: list[str] = []
    for session in archive.recorded():
        header = None if session.trouble else journal.header_of(session.journal)
        if not header or session.ended_at or session.outcome != archive.OUTCOME_OF_THE_CUT_OFF:
            continue
        marker = session.journal.parent / _DROPPED
        dropped = marker.read_text().splitlines() if marker.exists() else []
        servers = _servers_of(header.plan)
        for said in [each for each in servers if each not in dropped]:
            server = _server_of(said, url, is_only=len(servers) == 1)
            if server is None:
                lines.append(
                    f"{session.id}: may have left databases at {said}; drop them with --database URL"
                )
                continue
            store = RowStore(server, session.id, server.shown, names_of(session.id, servers[said]))
            trouble = anyio.run(store.drop)
            lines.append(f"{session.id}: {trouble or f'dropped its databases at {server.shown}'}")
            if not trouble:
                dropped.append(said)
                marker.write_text("\n".join(dropped))
    return lines


def _servers_of(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """The user's servers that targets of a recorded plan were given, as it names them, with the targets'
    names. Rows in files and in the session's own containers are gone with it."""
    found: dict[str, list[str]] = {}
    for target in plan["targets"]:
        said = str(target["options"].get("database") or plan.get("database", ""))
        if said and said not in {*MAKES, SQLITE}:
            found.setdefault(said, []).append(target["name"])
    return found


def _server_of(said: str, url: str, *, is_only: bool) -> Database | None:
    """A server that a recorded plan names: the one at `url` if that is meant, or that of the variable. None
    if its credentials are not known, since a recorded URL has none. Raises UsageError for an invalid URL."""
    given = chosen(url) if url else None
    if given and (is_only or ("://" in said and parse(said).place == given.place)):
        return given
    return chosen(said) if "://" not in said and said in os.environ else None


def _cut_off_with(note: str) -> list[Path]:
    """The folders of interrupted sessions that have this note of what may be left."""
    notes = sorted(paths.sessions().glob(f"*/{note}"))
    return [each.parent for each in notes if _is_cut_off(each.parent / journal.FILE_NAME)]


def _is_cut_off(path: Path) -> bool:
    try:
        return path.exists() and not journal.is_locked(path)
    except OSError:  # the path is invalid, e.g. the name is too long
        return False


def _never_began(folder: Path) -> bool:
    """Whether a session was interrupted before it recorded anything: its folder is empty, or holds a blank
    journal that no process has locked."""
    path = folder / journal.FILE_NAME
    try:
        names = {each.name for each in folder.iterdir()}
        changed_s = max(each.stat().st_mtime for each in (folder, path) if each.exists())
        if {
            cleanup.NOTE,
            git_worktrees.NOTE,
            ray_folder.NOTE,
        } & names or time.time() - changed_s < FOLDER_SETTLED_AFTER_S:
            return False
        return not names or (path.name in names and not journal.is_locked(path) and journal.is_blank(path))
    except (OSError, UsageError):
        return False
