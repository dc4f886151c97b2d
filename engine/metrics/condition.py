"""What keeps a target from answering, if anything does. Pure.

Lanes, scoreboard and the lines of headless runs show it in place of figures, and ratios are not taken of or
against such a target (`engine.metrics.ratios`).

Rules of this file:
- it takes more than a moment: a single failure, or an answer that is late, is no condition; nor are failures
  that no live window shows any more;
- an answer that succeeds ends it.
"""

from dataclasses import dataclass
from typing import Literal

from engine.metrics import formatting
from engine.metrics.silence import is_silent
from engine.metrics.target_snapshot import TargetSnapshot

FAILS_S = 2.0
"""Errors are a condition from this on."""
ENOUGH_FAILURES = 10
"""Fewer say something only if the whole live window has nothing else."""
REFUSED = "refused"
"""The kind of failure that says that nothing listens."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Why a target does not answer now."""

    kind: Literal["down", "errors", "silent"]
    """`down`: it does not run, or nothing listens. `errors`: all its answers are failures. `silent`: it does
    not answer."""
    lasts_s: float
    """For how long."""
    reason: str
    """More of it; may be empty. A foreign text."""

    @property
    def word(self) -> str:
        """What it is, in a word."""
        return "100 % errors" if self.kind == "errors" else self.kind

    @property
    def text(self) -> str:
        """The same, and for how long unless it is errors, whose kind matters more: `down 6 s`."""
        return self.word if self.kind == "errors" else f"{self.word} {formatting.stretch(self.lasts_s)}"

    @property
    def sentence(self) -> str:
        """All of it, in a line: `100 % errors: status 404`."""
        return f"{self.text}: {self.reason}" if self.reason else self.text


def condition_of(target: TargetSnapshot) -> Condition | None:
    """What is wrong with a target now; None if it answers, has no load, or is not known about."""
    if target.state in ("down", "died"):
        return Condition("down", target.state_s, target.trouble or _faults(target))
    if target.state != "ready" or target.load.paused or target.missing_s or target.turn in ("waits", "done"):
        return None
    return _failing(target) or _silent(target)


def _failing(target: TargetSnapshot) -> Condition | None:
    streak = target.streak
    is_sure = streak.failed >= ENOUGH_FAILURES or (streak.failed > 1 and not target.window.ok)
    if streak.failing_s < FAILS_S or not target.window.failed or not is_sure:
        return None
    if streak.failure == REFUSED:
        return Condition("down", streak.failing_s, "connections are refused")
    return Condition("errors", streak.failing_s, streak.failure)


def _silent(target: TargetSnapshot) -> Condition | None:
    streak, oldest_ms = target.streak, target.load.oldest_in_flight_ms
    if not is_silent(streak.silent_s, is_overdue=target.window.unanswered > 0):
        return None
    waiting = f"no answer {formatting.count(target.window.unanswered)}"
    if oldest_ms is not None:
        waiting += f", longest wait {formatting.duration(oldest_ms)}"
    return Condition("silent", streak.silent_s, _faults(target) or waiting)


def _faults(target: TargetSnapshot) -> str:
    return f"fault: {', '.join(target.faults)}" if target.faults else ""
