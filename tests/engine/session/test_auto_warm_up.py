"""The warm-up that lasts as long as it must: what ends it, and for whom."""

from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, cast

import pytest

from engine.metrics.records import Steered, WarmUpEnded
from engine.metrics.timeline import Timeline
from engine.plan.warm_up import AUTO_S, auto_stages
from engine.protocol.load_shape import Stage, Steering
from engine.recording import journal
from engine.session.auto_warm_up import AutoWarmUp
from tests.support.recording import Recording, header, plan, sample

if TYPE_CHECKING:
    from engine.session.load_control import LoadControl

pytestmark = pytest.mark.anyio
SHAPE = (*auto_stages(4), Stage(4, 10.0))


class FakeLoad:
    """Steers the targets of a recording."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.hastened: list[tuple[list[str], float]] = []

    def following(self) -> dict[str, Steering]:
        """All of them."""
        return self.recording.steerings

    async def bring_forward(self, names: list[str], by_s: float) -> None:
        """Moves their shapes on."""
        self.hastened.append((names, by_s))
        for name in names:
            moved = self.recording.steerings[name].moved_to(self.recording.steerings[name].began_s - by_s)
            self.recording.steer(name, moved, self.recording.book.now_s())


class Race(Recording):
    """A race of two, whose clock is the last tick that was folded."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "a", "b", warm_up_s=AUTO_S)
        self._first = header("fastapi", "fastapi", warm_up_s="auto", length_s=AUTO_S + 10)
        self.load = FakeLoad(self)

    async def run(self, until_s: int, slow_until_s: int = 0) -> None:
        """Ticks until then; `b` is slower until `slow_until_s`, and gets faster every second."""
        auto_warm_up = AutoWarmUp(plan("fastapi", warm_up="auto"), cast("LoadControl", self.load), self.book)
        for name in ("a", "b"):
            self.steer(name, Steering(SHAPE, began_s=0.0), 0.0)
        for tick in range(until_s * 5):
            latency = 1000 + 500 * max(0, slow_until_s - tick // 5)
            self.tick(
                tick,
                sample(tick, "a", users=0, ok_us=[1000] * 10),
                sample(tick, "b", users=0, ok_us=[latency] * 10),
            )
            self.book.start_clock(monotonic_ns() - (tick + 1) * 200_000_000 - 50_000_000)
            await auto_warm_up.look()


async def test_it_ends_for_all_when_all_agree_and_the_session_is_so_much_shorter(tmp_path: Path) -> None:
    with Race(tmp_path / "journal") as race:
        await race.run(until_s=26, slow_until_s=9)
        seconds = [(each.second, each.warm_up) for each in race.book.timeline.targets["b"].buckets]
        made = race.book.timeline
    ended = [each for each in journal.read(race.path) if isinstance(each, WarmUpEnded)]
    assert [(each.target, each.at_s, each.saved_s) for each in ended] == [("", 18, 17)]
    assert race.load.hastened == [(["a", "b"], 17)]
    assert seconds == [(second, second < 18) for second in range(26)]
    assert made.snapshot(26).length_s == 28
    assert any("warm-up over after 18 s: two windows" in each.text for each in made.events)
    assert made.snapshot(17.9).stage_text == "warm-up (auto): until steady"
    assert made.snapshot(18.1).stage_text == "stage 1/1: hold 4 users"
    replayed = Timeline()
    for record in journal.read(race.path):
        replayed.apply(record)
    assert replayed.snapshot(26).stage_text == made.snapshot(26).stage_text


async def test_it_ends_by_itself_where_no_windows_agree(tmp_path: Path) -> None:
    with Race(tmp_path / "journal") as race:
        await race.run(until_s=37, slow_until_s=60)
        texts = [each.text for each in race.book.timeline.events if "warm-up over" in each.text]
    assert texts == ["warm-up over after 35 s: though no two windows agreed"]
    assert race.load.hastened == []
    assert race.book.timeline.snapshot(37).length_s == 45


async def test_it_waits_while_a_hand_steers(tmp_path: Path) -> None:
    with Race(tmp_path / "journal") as race:
        held = Steering(SHAPE, began_s=0.0).set_users(3, 6.0)
        race.load.following = lambda: {"a": held}  # type: ignore[method-assign]  # a hand took over
        await race.run(until_s=20)
    assert race.load.hastened == []
    assert not [each for each in race.records() if isinstance(each, Steered) and each.steering.began_s < 0]
