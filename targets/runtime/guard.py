"""Ends what a dead front left behind: `python -P -m targets.runtime.guard SESSION_ID [FOLDER]`.

Rules of this file:
- a process belongs to a session if its environment says so: process groups and parents get lost, the
  environment is inherited by every descendant and cannot be shaken off without wanting to;
- the guard carries no mark, sits in a session of its own and ignores the terminal's signals, so that only the
  end of the front, which holds the other end of its standard input, moves it;
- it is the first process of every session and must be up quickly: nothing heavier than psutil is imported;
- containers are no processes of this user: they are removed where the session's folder says that it had any.
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
    """Every living process of this user that carries the session's mark, the calling process left out."""
    return [process for process, environment in _marked() if environment[SESSION_MARK] == session_id]


def all_left_processes() -> dict[str, list[psutil.Process]]:
    """Every living process of this user that carries any session's mark, by session id. Sessions that run
    well are among them: it is for the caller to know which have no front any more."""
    found: dict[str, list[psutil.Process]] = {}
    for process, environment in _marked():
        found.setdefault(environment[SESSION_MARK], []).append(process)
    return found


def marked_with(marks: dict[str, str]) -> list[psutil.Process]:
    """Every living process of this user that carries a session's mark and all of these variables."""
    return [process for process, environment in _marked() if marks.items() <= environment.items()]


def end(processes: Iterable[psutil.Process]) -> None:
    """Kills each of them that still lives; a process that was given the number of a dead one is spared."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def end_all(find: Callable[[], list[psutil.Process]], within_s: float = 5.0) -> bool:
    """Kills what `find` finds until two looks in a row find nothing: one may miss a fork.

    False if something still lived after `within_s`, stuck in the kernel. Blocks; run it in a thread.
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
    """Living processes of this user with a session's mark, each with its environment; not the calling one.

    The environment is read first: for the many processes that are not ours it is the only thing read.
    """
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            if SESSION_MARK not in environment or process.pid == os.getpid():
                continue
            if process.uids().real == os.getuid() and process.status() != psutil.STATUS_ZOMBIE:
                yield process, environment
        except (psutil.Error, OSError):  # it vanished, or belongs to another user
            continue


class Guard:
    """The front's hold on its guard: an async context manager around everything else a session starts."""

    def __init__(self, session_id: str, folder: Path | None = None) -> None:
        """`folder` is the session's; without one it has no containers."""
        self._session_id = session_id
        self._folder = folder
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The guard's process id while it is held and lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Returns once the guard watches. Raises TargetError if it does not: nothing must be started then.

        Its standard input is a pipe of which this process alone holds the write end: it is closed on exec, so
        that no child started later keeps it open, and by the kernel when this process ends, in whichever way.
        """
        import anyio  # the guard process itself imports this file and needs no event loop

        folder = [str(self._folder)] if self._folder else []
        from targets.runtime.front_priority import at_own_priority

        if self._process is not None:
            await self._process.aclose()  # it has ended, and another takes its place
        with anyio.CancelScope(shield=True), at_own_priority():
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
            how = "did not say that it is up" if isinstance(error, TimeoutError) else "ended at once"
            raise TargetError(
                "the session's guard did not start",
                why=f"`{sys.executable} -P -m targets.runtime.guard` {how}",
                hint="run that command by hand to see what it says",
            ) from None

    async def wait(self) -> str:
        """Returns once the guard that was started last has ended, with how it did."""
        assert self._process is not None, "start it first"
        return exit_in_words(await self._process.wait())

    async def close(self) -> None:
        """Lets go of the guard, which ends what is left of the session, and waits for it, but not for ever.
        Never raises."""
        import anyio

        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with anyio.CancelScope(shield=True):
            await process.stdin.aclose()
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)  # whoever froze it
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
    """Watches standard input until its end, then ends what is left of the session that `argv` names."""
    for ignored in _IGNORED:
        signal.signal(ignored, signal.SIG_IGN)
    session_id, *folders = sys.argv[1:]
    with suppress(OSError):  # the front may be dead already: all the more reason to go on
        os.write(1, b".")  # tells it that the guard watches
    while os.read(0, 4096):
        continue
    end_all(lambda: leftovers(session_id))
    for folder in folders:
        _remove_containers(Path(folder), session_id)


def _remove_containers(folder: Path, session_id: str) -> None:
    """Removes what the session has in an engine. A failure is not reported here: the next start tries
    again."""
    from targets.runtime.containers import cleanup as kept  # for the few sessions that had containers

    with suppress(Exception):
        if kept.has_note(folder):
            os.environ |= kept.noted(folder)[1]
        kept.remove_noted(folder, session_id, manner=kept.AFTER_A_DEATH)


if __name__ == "__main__":
    main()
