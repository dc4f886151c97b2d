"""Watches the helpers: every process that abreast starts for a session and that is not a target of it.

Rules of this file:
- a helper that ends is reported by name and restarted; where that fails, or it keeps ending, the session has
  failed: nothing goes on as if nothing had happened;
- a helper that is frozen is out as well, until it goes on;
- helpers are looked at before a second is written down, so that no second is taken for good whose helpers
  were out: an outage begins when the helper was last seen at work;
- who ends a helper on purpose says so first (`release`).
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
"""So often a helper that ends is started again; then something is wrong with it, or with the machine."""
FAR_NEWS_S = 1.0
"""The end of what is no process of this machine is heard of later."""


@dataclass(frozen=True, slots=True, eq=False)
class Helper:
    """What is watched."""

    name: str
    """As people read it: `the delay proxy of fastapi`."""
    wait: Callable[[], Awaitable[str]]
    """Returns once it has ended, with how (`exit code 1`). Asked again after each new start."""
    restart: Callable[[], Awaitable[object]]
    """Returns once it works again. Raises AbreastError or OSError."""
    pid: Callable[[], int | None] = lambda: None
    """Its process while it lives; None for what is no process of this machine."""
    is_paused: Callable[[], bool] = lambda: False
    """Whether it is frozen on purpose."""


@dataclass(slots=True, eq=False)
class _Watched:
    helper: Helper
    scope: anyio.CancelScope
    outage: Outage | None = None
    is_frozen: bool = False
    process: psutil.Process | None = None


class Supervisor:
    """One session's. Lives within a task group that its owner keeps."""

    def __init__(self, group: TaskGroup, recorder: Recorder, fail: Callable[[AbreastError], None]) -> None:
        """`fail` gets why the session cannot go on."""
        self._group = group
        self._recorder = recorder
        self._fail = fail
        self._watched: list[_Watched] = []
        self._looked_s = 0.0
        """All helpers that are not known to be out were at work then."""

    def watch(self, helper: Helper) -> None:
        """From now on, until `release` or `close`."""
        self.release(helper.name)
        watched = _Watched(helper, anyio.CancelScope())
        self._watched.append(watched)
        self._group.start_soon(self._keep, watched)

    def watches(self, name: str) -> bool:
        """Whether there is a helper of this name."""
        return any(each.helper.name == name for each in self._watched)

    def release(self, name: str) -> None:
        """A helper is about to be ended on purpose; does nothing where it is not watched."""
        for watched in [each for each in self._watched if each.helper.name == name]:
            self._watched.remove(watched)
            watched.scope.cancel()
            self._is_back(watched)

    def close(self) -> None:
        """The session ends, and all helpers with it."""
        for watched in tuple(self._watched):
            self.release(watched.helper.name)

    def look(self) -> None:
        """Finds helpers that have ended or are frozen. Called before each second is written down."""
        for watched in self._watched:
            state = _state(watched)
            if state == "ended" and watched.outage is None:
                self._is_out(watched, "ended", self._looked_s)
            elif state == "frozen" and watched.outage is None:
                watched.is_frozen = True
                self._is_out(watched, "is frozen", self._looked_s)
                self._tell(f"{watched.helper.name} is frozen", "its process was stopped (SIGSTOP)")
            elif state == "runs" and watched.is_frozen:
                self._is_back(watched)
                self._recorder.event("helper", "", f"{watched.helper.name} goes on")
        self._looked_s = self._recorder.now_s()

    async def _keep(self, watched: _Watched) -> None:
        """Starts a helper again whenever it has ended."""
        helper = watched.helper
        with watched.scope:
            for _ in range(RESTARTS):
                how = await helper.wait()
                self._has_ended(watched)
                self._tell(f"{helper.name} ended", f"{how}; it is being restarted")
                try:
                    await helper.restart()
                except (AbreastError, OSError) as error:
                    why = f"{how}; then {_reason(error)}"
                    self._give_up(f"{helper.name} ended and could not be started again", why)
                    return
                self._is_back(watched)
                self._recorder.event("helper", "", f"{helper.name} works again")
            self._give_up(f"{helper.name} keeps ending", await helper.wait())

    def _has_ended(self, watched: _Watched) -> None:
        if watched.is_frozen:
            self._is_back(watched)
        if watched.outage is None:
            heard_late_s = FAR_NEWS_S if watched.process is None else 0.0
            self._is_out(watched, "ended", max(0.0, self._looked_s - heard_late_s))

    def _is_out(self, watched: _Watched, what: str, from_s: float) -> None:
        watched.outage = self._recorder.outages.begin(f"{watched.helper.name} {what}", from_s)

    def _is_back(self, watched: _Watched) -> None:
        if watched.outage is not None:
            watched.outage.end(self._recorder.now_s())
        watched.outage, watched.is_frozen = None, False

    def _tell(self, what: str, why: str) -> None:
        self._recorder.event("trouble", "", f"{what}: {why}")
        self._recorder.notices.append(Notice("error", what, why))

    def _give_up(self, what: str, why: str) -> None:
        self._fail(LoadError(what, why=why, hint="see the session's logs; abreast sessions names its folder"))


def _reason(error: AbreastError | OSError) -> str:
    if isinstance(error, AbreastError):
        return ": ".join(filter(None, [error.what, error.why]))
    return reason_of(error)


def _state(watched: _Watched) -> str:
    """`runs`, `frozen` or `ended`; `runs` too for what cannot be checked from here."""
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
