"""Ends what a dead front left running: `python -P -m targets.runtime.guard SESSION_ID [FOLDER]`.

Rules of this file:
- a process belongs to a session if its environment has the session's mark: process groups and parents can
  change, while every descendant inherits the environment and only loses it deliberately;
- the guard carries no mark, runs in a separate process session and ignores the terminal's signals, so that
  only the end of the front, which holds the other end of its standard input, triggers it;
- it is the first process of every session and must start quickly: it imports nothing heavier than psutil;
- containers are not processes of this user: the guard removes them if the session's folder lists any.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psutil

from targets.errors import TargetError
from targets.runtime.child_env import SESSION_MARK, child_environment
from targets.runtime.exit_status import exit_in_words

if TYPE_CHECKING:
    from anyio.abc import Process

_PAUSE_S = 0.02
_UP_WITHIN_S = 20.0
_DONE_WITHIN_S = 10.0
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)


def leftovers(session_id: str) -> list[psutil.Process]:
    """Every running process of this user that carries the session's mark, except the calling process."""
    return [process for process, environment in _marked() if environment[SESSION_MARK] == session_id]


def all_left_processes() -> dict[str, list[psutil.Process]]:
    """Every running process of this user that carries any session's mark, by session id. This includes
    healthy sessions: the caller must determine which ones have lost their front."""
    found: dict[str, list[psutil.Process]] = {}
    for process, environment in _marked():
        found.setdefault(environment[SESSION_MARK], []).append(process)
    return found


def marked_with(marks: dict[str, str]) -> list[psutil.Process]:
    """Every running process of this user that carries a session's mark and all of these variables."""
    return [process for process, environment in _marked() if marks.items() <= environment.items()]


def end(processes: Iterable[psutil.Process]) -> None:
    """Kills the processes that still run; a process that reuses the pid of a dead one is not killed."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def end_all(find: Callable[[], list[psutil.Process]], within_s: float = 5.0) -> bool:
    """Kills what `find` returns until it returns nothing twice in a row: a single search may miss a fork.

    Returns False if a process is still alive after `within_s`, stuck in the kernel. Blocks: run it in a
    thread.
    """
    deadline = time.monotonic() + within_s
    clean = 0
    while clean < 2:
        if time.monotonic() > deadline:
            return False
        found = find()
        end(found)
        clean = 0 if found else clean + 1
        time.sleep(_PAUSE_S)
    return True


def _marked() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Running processes of this user with a session's mark, each with its environment; the calling one is
    left out.

    The environment is read first: for the many processes that abreast did not start, nothing else is read.
    """
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            if SESSION_MARK not in environment or process.pid == os.getpid():
                continue
            if process.uids().real == os.getuid() and process.status() != psutil.STATUS_ZOMBIE:
                yield process, environment
        except (psutil.Error, OSError):  # it has ended, or belongs to another user
            continue


class Guard:
    """The front's handle on its guard process: an async context manager around everything else that a session
    starts."""

    def __init__(self, session_id: str, folder: Path | None = None) -> None:
        """`folder` is the session's folder; without one the guard does not look for containers."""
        self._session_id = session_id
        self._folder = folder
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The guard's process id while it runs, otherwise None."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Returns once the guard is watching. Raises TargetError if it does not start: then start nothing
        else.

        The guard's standard input is a pipe, and only this process holds the write end: it is closed on exec,
        so that no child started later keeps it open, and by the kernel when this process ends for any reason.
        """
        import anyio  # the guard process imports this file too and needs no event loop

        folder = [str(self._folder)] if self._folder else []
        from targets.runtime.front_priority import at_original_priority

        if self._process is not None:
            await self._process.aclose()  # it has ended, and a new guard replaces it
        with anyio.CancelScope(shield=True), at_original_priority():
            process = self._process = await anyio.open_process(
                [sys.executable, "-P", "-m", "targets.runtime.guard", self._session_id, *folder],
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd="/",
                env=child_environment(),
                start_new_session=True,
            )
        assert process.stdout is not None
        try:
            with anyio.fail_after(_UP_WITHIN_S):
                await process.stdout.receive(1)
        except BaseException as error:
            await self.close()
            if not isinstance(error, anyio.EndOfStream | TimeoutError):
                raise
            how = "did not report that it is up" if isinstance(error, TimeoutError) else "ended at once"
            raise TargetError(
                "the session's guard did not start",
                why=f"`{sys.executable} -P -m targets.runtime.guard` {how}",
                hint="run that command to see what it prints",
            ) from None

    async def wait(self) -> str:
        """Returns once the most recently started guard has ended; the result says how."""
        assert self._process is not None, "start it first"
        return exit_in_words(await self._process.wait())

    async def close(self) -> None:
        """Closes the guard's standard input, so that it ends the session's remaining processes, and waits for
        it, but only for a limited time. Never raises."""
        import anyio

        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with anyio.CancelScope(shield=True):
            await process.stdin.aclose()
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)  # in case it was stopped
            with anyio.move_on_after(_DONE_WITHIN_S):
                await process.wait()
            with suppress(ProcessLookupError):
                process.kill()
            await process.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def main() -> None:
    """Reads standard input until it is closed, then ends what remains of the session that `argv` names."""
    for ignored in _IGNORED:
        signal.signal(ignored, signal.SIG_IGN)
    session_id, *folders = sys.argv[1:]
    with suppress(OSError):  # the front may be dead already, and then the cleanup is needed even more
        os.write(1, b".")  # reports to the front that the guard is watching
    while os.read(0, 4096):
        continue
    end_all(lambda: leftovers(session_id))
    for folder in folders:
        _remove_containers(Path(folder), session_id)


def _remove_containers(folder: Path, session_id: str) -> None:
    """Removes the session's containers and what belongs to them from the container engine. A failure is not
    reported here: the next start of abreast tries again."""
    from targets.runtime.containers import cleanup as kept  # only sessions with containers need it

    with suppress(Exception):
        if kept.has_note(folder):
            os.environ |= kept.noted(folder)[1]
        kept.remove_noted(folder, session_id, options=kept.AFTER_A_DEATH)


if __name__ == "__main__":
    main()
