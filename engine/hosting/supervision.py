"""Watches helpers: the processes, other than targets, that abreast starts for a session.

Rules of this file:
- a helper that ends is reported by name and restarted, and again after growing waits if that fails, which is
  said once; if none of it helps, or it keeps ending, the session fails instead of continuing as if nothing
  had happened;
- a helper that the session goes on without is no outage, and is tried again all the same;
- one task restarts a helper, so that no two tries overlap, and it ends with `release` and `close`;
- a frozen helper counts as out, too, until it continues;
- helpers are checked before each second is recorded, so that no second counts as valid while a helper was
  out: an outage begins when the helper was last seen working;
- code that ends a helper on purpose calls `release` first.
"""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

import anyio
import psutil
from anyio.abc import TaskGroup

from engine.metrics.outages import Outage
from engine.plan.commands import Notice
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, LoadError, reason_of

RESTARTS = 3
"""How many times a helper is restarted; if it ends again, something is wrong with it or with the machine."""
TRY_AGAIN_AFTER_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How long it waits after each restart that failed, before the next one."""
NEEDED_WITHIN_S = 30.0
"""No second counts without a helper that the session needs: later than this after its end it is not tried
again."""
FAR_NEWS_S = 1.0
"""How much later abreast learns that a helper has ended if it is not a process on this machine."""
HINT = "see the session's logs; abreast sessions lists its folder"


class NotReplacedError(LoadError):
    """A helper could not be restarted, and the session goes on without it meanwhile."""


class NotAgainError(LoadError):
    """A helper cannot be restarted, and trying again would not help."""


@dataclass(frozen=True, slots=True, eq=False)
class Helper:
    """A helper to watch."""

    name: str
    """Its name as shown to users: `the delay proxy of fastapi`."""
    wait: Callable[[], Awaitable[str]]
    """Waits until it has ended; returns how (`exit code 1`). Called again after each restart."""
    restart: Callable[[], Awaitable[object]]
    """Restarts it and waits until it works again. Raises NotReplacedError if the session goes on without it,
    NotAgainError if it cannot be restarted at all, else AbreastError or OSError."""
    pid: Callable[[], int | None] = lambda: None
    """Returns the ID of its process; None if it has ended or is not a process on this machine."""
    is_paused: Callable[[], bool] = lambda: False
    """Returns whether it is frozen on purpose."""
    let_go: Callable[[LoadError], NotReplacedError | None] = lambda _: None
    """Called if it keeps ending: returns how the session goes on without it; None if it does not."""


class Outcome(Enum):
    """What becomes of a helper that could not be restarted."""

    FAIL = "the session fails"
    LEAVE = "it is not tried again, and the session goes on without it"
    AGAIN = "it is tried again"


@dataclass(slots=True, eq=False)
class _Watched:
    helper: Helper
    scope: anyio.CancelScope
    outage: Outage | None = None
    is_frozen: bool = False
    process: psutil.Process | None = None
    is_spared: bool = False
    """The session goes on without it."""
    is_told: bool = False
    """That it is tried again has been said."""
    again_s: float = math.inf
    """When it is to be tried again, on the supervisor's clock; infinite before that is known."""
    again: anyio.Event = field(default_factory=anyio.Event)
    """Set once that has come."""


class Supervisor:
    """Watches the helpers of one session. It uses a task group that its owner manages."""

    def __init__(
        self,
        group: TaskGroup,
        recorder: Recorder,
        fail: Callable[[AbreastError], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fail` is called with the reason if the session cannot continue; `clock_s` runs before load too."""
        self._clock_s = clock_s
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
        """Finds helpers that have ended, are frozen or continue, and those that are to be tried again. Called
        at each tick, before its second is recorded."""
        for watched in self._watched:
            if watched.again_s <= self._clock_s():
                watched.again.set()
            if watched.is_spared:
                continue
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
        """Restarts a helper each time it ends, up to `RESTARTS` times; then, or if it cannot be restarted,
        fails the session, unless that goes on without it."""
        helper = watched.helper
        with watched.scope:
            for _ in range(RESTARTS):
                how = await helper.wait()
                self._note_end(watched)
                self._report(f"{helper.name} ended", f"{how}; it is being restarted")
                if not await self._restart(watched, how):
                    return
                watched.is_spared = watched.is_told = False
                self._end_outage(watched)
                self._recorder.event("helper", "", f"{helper.name} works again")
            error = LoadError(f"{helper.name} keeps ending", why=await helper.wait(), hint=HINT)
            if (spared := helper.let_go(error)) is None:
                self._fail(error)
                return
            self._watched.remove(watched)
            self._end_outage(watched)
            self._report(spared.what, spared.why)

    async def _restart(self, watched: _Watched, how: str) -> bool:
        """Restarts a helper, and tries again after growing waits. Returns whether it works; if not, the
        session fails, or has been told that it goes on without it."""
        needed_by_s = self._clock_s() + NEEDED_WITHIN_S
        waits_s = iter(TRY_AGAIN_AFTER_S)
        while (error := await _error_of(watched.helper.restart)) is not None:
            again_s = self._clock_s() + next(waits_s, math.inf)
            outcome = outcome_of(error, is_spared=watched.is_spared, again_s=again_s, needed_by_s=needed_by_s)
            if outcome is Outcome.FAIL:
                what = f"{watched.helper.name} ended and could not be started again"
                self._fail(LoadError(what, why=f"{how}; then {_reason(error)}", hint=HINT))
                return False
            self._note_failure(watched, error, outcome)
            if outcome is Outcome.LEAVE:
                self._watched.remove(watched)
                return False
            watched.again_s, watched.again = again_s, anyio.Event()
            await watched.again.wait()
        return True

    def _note_failure(self, watched: _Watched, error: AbreastError | OSError, outcome: Outcome) -> None:
        """Says what becomes of a helper that could not be restarted: once, however often it is tried."""
        name, later = watched.helper.name, f"; {outcome.value}" if outcome is Outcome.AGAIN else ""
        if isinstance(error, NotReplacedError) and not watched.is_spared:
            watched.is_spared = watched.is_told = True
            self._end_outage(watched)  # others go on, and that is no outage
            self._report(error.what, f"{error.why}{later}")
        elif outcome is Outcome.LEAVE:
            self._report(f"{name} is not tried again", _reason(error))
        elif not watched.is_told:
            watched.is_told = True
            self._report(f"{name} did not start again", f"{_reason(error)}{later}")

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


def outcome_of(
    error: AbreastError | OSError, *, is_spared: bool, again_s: float, needed_by_s: float
) -> Outcome:
    """What becomes of a helper whose restart failed, and which the session went on without before if
    `is_spared`. The next try would be at `again_s`, infinite if there is none; one that the session needs is
    tried before `needed_by_s` only, on the same clock."""
    if isinstance(error, NotAgainError):
        return Outcome.FAIL
    if is_spared or isinstance(error, NotReplacedError):
        return Outcome.AGAIN if math.isfinite(again_s) else Outcome.LEAVE
    return Outcome.AGAIN if again_s < needed_by_s else Outcome.FAIL


async def _error_of(restart: Callable[[], Awaitable[object]]) -> AbreastError | OSError | None:
    """Why a restart failed; None if it did not."""
    try:
        await restart()
    except (AbreastError, OSError) as error:
        return error
    return None


def _reason(error: AbreastError | OSError) -> str:
    if isinstance(error, NotReplacedError):  # what it says of the session is known
        return error.why
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
