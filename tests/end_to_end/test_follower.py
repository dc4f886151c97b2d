"""Followers beside a running session: what was shown live at the end of a second, they show too."""

from contextlib import AsyncExitStack

import pytest

import presets
from engine.metrics.records import last_tick_of
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.recording import journal
from engine.session.session import Session, opened
from tests.support.live_sessions import begun, finished, until
from tests.support.waiting import eventually
from tui.recorded_host import RecordedHost

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


class Shown:
    """Keeps what is shown live at the end of each second, once it is complete."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.at: dict[int, Snapshot] = {}

    def has(self, seconds: int) -> bool:
        """Looks once; whether so many seconds are kept. One that is looked at late, when ticks of the next
        second are there, is not kept."""
        timeline = self.session.recorder.timeline
        newest = [target.blocks[-1].tick for target in timeline.targets.values() if target.blocks]
        if timeline.generator and newest:
            second = timeline.generator[-1].second
            if second + 1 not in self.at and max(newest) == last_tick_of(second):
                self.at[second + 1] = timeline.snapshot(float(second + 1), View())
        return len(self.at) >= seconds


async def shown_by(follower: RecordedHost, second: int) -> Snapshot:
    """What a follower shows at a second, once there is one."""
    await eventually(lambda: follower.playback().player.newest >= second)
    follower.play(follower.playback().player.jump_to(second))
    await eventually(lambda: follower.playback().player.second == second and follower.playback().is_shown)
    snapshot = follower.snapshot()
    assert snapshot is not None
    return snapshot


async def test_every_follower_shows_what_was_shown_live() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",), users=2, seconds=4.0)
    async with opened(plan) as session, AsyncExitStack() as stack:
        await begun(session)
        path = session.recorder.journal.path
        followers = []
        for _ in range(2):
            file = stack.enter_context(journal.opened(path))
            followers.append(await stack.enter_async_context(RecordedHost.opened(file, path)))
        shown = Shown(session)
        await until(session, lambda: shown.has(3))
        for follower in followers:
            assert follower.playback().state.is_running
            for second, live in shown.at.items():
                replayed = await shown_by(follower, second)
                assert (replayed.targets, replayed.health) == (live.targets, live.health)
                # An event of the next second may be on the live screen already.
                assert replayed.events == live.events[: len(replayed.events)]
        await finished(session)
        await eventually(lambda: all(each.playback().is_over for each in followers))
        for follower in followers:
            last = await shown_by(follower, follower.playback().player.newest)
            assert last == session.recorder.timeline.snapshot(session.now_s(), View())
