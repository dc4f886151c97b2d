"""How a session ends: on request, by an error, or because something broke."""

import anyio

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.interleaving import Bounds, Searches
from engine.metrics.outcomes import NO_LOAD, UNTRUSTED
from engine.metrics.timeline import Timeline
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, innermost


class Ending:
    """The first request decides how the session ends; a later error can still make that worse. Only `wait`
    waits."""

    def __init__(self, recorder: Recorder) -> None:
        self.error: AbreastError | None = None
        """Why the session could not go on, if an error ended it."""
        self._recorder = recorder
        self._asked = anyio.Event()
        self._outcome = "completed"
        self._is_by_hand = False

    @property
    def is_asked(self) -> bool:
        """Whether the session has been asked to end."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Returns once the session has been asked to end."""
        await self._asked.wait()

    def ask(self, outcome: str, *, by_hand: bool = False) -> None:
        """Ends the session with this outcome, unless it is ending already; `by_hand`: before its plan has
        ended."""
        if not self.is_asked:
            self._outcome, self._is_by_hand = outcome, by_hand
            self._asked.set()

    def fail(self, error: AbreastError) -> None:
        """Ends the session because of an error; if it was about to complete, it has failed instead."""
        self.error = error
        self._recorder.event("trouble", "", str(error))
        self.ask("failed")
        if self._outcome == "completed":
            self._outcome = "failed"

    def break_off(self, errors: BaseExceptionGroup) -> None:
        """Ends the session because of an error in abreast, or because of a signal if there is no error."""
        self._recorder.event("trouble", "", f"the session broke off: {innermost(errors)}")
        self._outcome = "interrupted" if errors.split(Exception)[0] is None else "failed"
        self._asked.set()

    def outcome(self, timeline: Timeline, *, any_target_failed: bool) -> str:
        """How the session ended, in one word: the worst that applies."""
        if self._outcome != "completed":
            return self._outcome
        never_answered = any(target.never_answered for target in timeline.targets.values())
        if any_target_failed or never_answered:
            return "failed"
        if not timeline.began_at:
            return NO_LOAD
        if not self._is_by_hand and _nothing_measured(timeline):
            return UNTRUSTED
        missed = any(not threshold.passed for threshold in timeline.thresholds())
        return "threshold" if missed or _nothing_served(timeline) else "completed"


def _nothing_measured(timeline: Timeline) -> bool:
    """Whether no target was sent a single request that counts, as with a think time longer than the run."""
    return not (timeline.trials or timeline.rounds) and not any(
        target.whole.ended or target.whole.in_flight for target in timeline.targets.values()
    )


def _nothing_served(timeline: Timeline) -> bool:
    """Whether a search for capacity found a target that does not even serve one user."""
    if not timeline.trials or timeline.header is None:
        return False
    plan = timeline.header.plan
    criteria, bounds = Criteria.of_slo(plan["slo"]), Bounds.of_plan(plan)
    searches = Searches(timeline.trials, tuple(timeline.targets), criteria, bounds, 0.0)
    return any(search.ended == "none" for search in searches.by_target.values())
