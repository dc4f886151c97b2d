"""Watches helpers: the processes, other than targets, that abreast starts for a session.

Rules of this file:
- a helper that ends is reported by name and restarted; if that fails, or it keeps ending, the session fails
  instead of continuing as if nothing had happened;
- a frozen helper counts as out, too, until it continues;
- helpers are checked before each second is recorded, so that no second counts as valid while a helper was
  out: an outage begins when the helper was last seen working;
- code that ends a helper on purpose calls `release` first.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import psutil
from anyio.abc import TaskGroup

from engine.metrics.outages import Outage
from engine.plan.commands import Notice
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, LoadError, reason_of

RESTARTS = 3
"""How many times a helper is restarted; if it ends again, something is wrong with it or with the machine."""
FAR_NEWS_S = 1.0
"""How much later abreast learns that a helper has ended if it is not a process on this machine."""


class NotReplacedError(LoadError):
    """A helper is gone for good, and the session goes on without it."""


@dataclass(frozen=True, slots=True, eq=False)
class Helper:
    """A helper to watch."""

    name: str
    """Its name as shown to users: `the delay proxy of fastapi`."""
    wait: Callable[[], Awaitable[str]]
    """Waits until it has ended; returns how (`exit code 1`). Called again after each restart."""
    restart: Callable[[], Awaitable[object]]
    """Restarts it and waits until it works again. Raises NotReplacedError if the session goes on without it,
    else AbreastError or OSError."""
    pid: Callable[[], int | None] = lambda: None
    """Returns the ID of its process; None if it has ended or is not a process on this machine."""
    is_paused: Callable[[], bool] = lambda: False
    """Returns whether it is frozen on purpose."""


@dataclass(slots=True, eq=False)
class _Watched:
    helper: Helper
    scope: anyio.CancelScope
    outage: Outage | None = None
    is_frozen: bool = False
    process: psutil.Process | None = None


class Supervisor:
    """Watches the helpers of one session. It uses a task group that its owner manages."""

    def __init__(self, group: TaskGroup, recorder: Recorder, fail: Callable[[AbreastError], None]) -> None:
        """`fail` is called with the reason if the session cannot continue."""
        self._group = group
        self._recorder = recorder
        self._fail = fail
        self._watched: list[_Watched] = []
        self._looked_s = 0.0
        """When helpers were last checked: those not known to be out were working then."""

    def watch(self, helper: Helper) -> None:
        """Watches a helper from now on, until `release` or `close`; replaces one of the same name."""
        self.release(helper.name)
        watched = _Watched(helper, anyio.CancelScope())
        self._watched.append(watched)
        self._group.start_soon(self._keep, watched)

    def is_watching(self, name: str) -> bool:
        """Returns whether a helper of this name is being watched."""
        return any(each.helper.name == name for each in self._watched)

    def release(self, name: str) -> None:
        """Stops watching a helper that is about to be ended on purpose, and ends its outage, if any; does
        nothing if it is not watched."""
        for watched in [each for each in self._watched if each.helper.name == name]:
            self._watched.remove(watched)
            watched.scope.cancel()
            self._end_outage(watched)

    def close(self) -> None:
        """Stops watching all helpers, because the session ends and they end with it."""
        for watched in tuple(self._watched):
            self.release(watched.helper.name)

    def look(self) -> None:
        """Finds helpers that have ended, are frozen or continue. Called before each second is recorded."""
        for watched in self._watched:
            state = _state(watched)
            if state == "ended" and watched.outage is None:
                self._begin_outage(watched, "ended", self._looked_s)
            elif state == "frozen" and watched.outage is None:
                watched.is_frozen = True
                self._begin_outage(watched, "is frozen", self._looked_s)
                self._report(f"{watched.helper.name} is frozen", "its process was stopped (SIGSTOP)")
            elif state == "runs" and watched.is_frozen:
                self._end_outage(watched)
                self._recorder.event("helper", "", f"{watched.helper.name} continues")
        self._looked_s = self._recorder.now_s()

    async def _keep(self, watched: _Watched) -> None:
        """Restarts a helper each time it ends, up to `RESTARTS` times; then, or if a restart fails, fails the
        session."""
        helper = watched.helper
        with watched.scope:
            for _ in range(RESTARTS):
                how = await helper.wait()
                self._note_end(watched)
                self._report(f"{helper.name} ended", f"{how}; it is being restarted")
                try:
                    await helper.restart()
                except NotReplacedError as error:
                    self._watched.remove(watched)  # it stays ended, and that is no outage
                    self._end_outage(watched)
                    self._report(error.what, error.why)
                    return
                except (AbreastError, OSError) as error:
                    why = f"{how}; then {_reason(error)}"
                    self._give_up(f"{helper.name} ended and could not be started again", why)
                    return
                self._end_outage(watched)
                self._recorder.event("helper", "", f"{helper.name} works again")
            self._give_up(f"{helper.name} keeps ending", await helper.wait())

    def _note_end(self, watched: _Watched) -> None:
        if watched.is_frozen:
            self._end_outage(watched)
        if watched.outage is None:
            heard_late_s = FAR_NEWS_S if watched.process is None else 0.0
            self._begin_outage(watched, "ended", max(0.0, self._looked_s - heard_late_s))

    def _begin_outage(self, watched: _Watched, what: str, from_s: float) -> None:
        watched.outage = self._recorder.outages.begin(f"{watched.helper.name} {what}", from_s)

    def _end_outage(self, watched: _Watched) -> None:
        if watched.outage is not None:
            watched.outage.end(self._recorder.now_s())
        watched.outage, watched.is_frozen = None, False

    def _report(self, what: str, why: str) -> None:
        self._recorder.event("trouble", "", f"{what}: {why}")
        self._recorder.notices.append(Notice("error", what, why))

    def _give_up(self, what: str, why: str) -> None:
        self._fail(LoadError(what, why=why, hint="see the session's logs; abreast sessions lists its folder"))


def _reason(error: AbreastError | OSError) -> str:
    if isinstance(error, AbreastError):
        return ": ".join(filter(None, [error.what, error.why]))
    return reason_of(error)


def _state(watched: _Watched) -> str:
    """Returns `runs`, `frozen` or `ended`; also `runs` if the state cannot be checked from this machine."""
    pid = watched.helper.pid()
    try:
        if pid is None:
            return "runs" if watched.process is None else "ended"
        if watched.process is None or watched.process.pid != pid:
            watched.process = psutil.Process(pid)
        status = watched.process.status()
    except psutil.NoSuchProcess:
        return "ended"
    except psutil.Error:
        return "runs"
    if status in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
        return "ended"
    is_frozen = status == psutil.STATUS_STOPPED and not watched.helper.is_paused()
    return "frozen" if is_frozen else "runs"
