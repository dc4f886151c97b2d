"""Ends automatic warm-ups once the figures are steady: checks at each tick, moves the load shape forward."""

import math

from engine.metrics.event_detail import EventDetail
from engine.metrics.records import WarmUpEnded
from engine.metrics.steadiness import AGREE_WITHIN, WINDOW_S, agrees
from engine.plan.plan import Plan
from engine.plan.warm_up import AUTO_S, PRIMER_S
from engine.protocol.load_shape import Steering
from engine.recording.recorder import Recorder
from engine.session.load_control import LoadControl


class AutoWarmUp:
    """A session's warm-ups: one for all targets in a race, otherwise one for each target when its turn comes.

    While a target is steered manually or paused, its load shape's clock is stopped, and the warm-up waits.
    """

    def __init__(self, plan: Plan, load: LoadControl, recorder: Recorder) -> None:
        self._load = load
        self._recorder = recorder
        self._is_auto = plan.warm_up == "auto"
        self._is_race = plan.schedule != "solo"
        self._over: set[str] = set()
        """Targets whose warm-up has ended."""

    async def look(self) -> None:
        """Ends the warm-up if two windows agree or its time is up."""
        if not self._is_auto:
            return
        now_s = self._recorder.now_s()
        auto_warm_up = {name: each for name, each in self._load.following().items() if name not in self._over}
        if not auto_warm_up:
            return
        ends_s = math.ceil(now_s)
        saved_s = min(each.began_s + AUTO_S - ends_s for each in auto_warm_up.values())
        if saved_s <= 0:
            self._end(list(auto_warm_up), ends_s, 0.0, "though no two windows agreed")
        elif all(self._is_warm(name, each) for name, each in auto_warm_up.items()):
            await self._load.bring_forward(list(auto_warm_up), saved_s)
            why = f"two windows of {WINDOW_S} s agree within {100 * AGREE_WITHIN:.0f} %"
            self._end(list(auto_warm_up), ends_s, saved_s, why)

    def _is_warm(self, name: str, steering: Steering) -> bool:
        buckets = self._recorder.timeline.targets[name].buckets
        return steering.held_at_s is None and agrees(buckets, steering.began_s + PRIMER_S)

    def _end(self, names: list[str], ends_s: int, saved_s: float, why: str) -> None:
        self._over.update(names)
        whose = "" if self._is_race else names[0]
        self._recorder.record(WarmUpEnded(self._recorder.now_s(), whose, ends_s, saved_s))
        over = EventDetail("over", "warm-up", why)
        text = f"warm-up over after {AUTO_S - saved_s:.0f} s: {why}"
        self._recorder.event("stage", whose, text, detail=over)
