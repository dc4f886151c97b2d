"""A recorded session is read in a thread, and shown where the player is."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Self

import anyio
import anyio.lowlevel
import pytest

from engine.metrics.timeline import View
from engine.plan import commands
from engine.playback.recorded_session import snapshot_at
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tests.support.recording import Recording, sample
from tests.support.waiting import WITHIN_S, eventually
from tui.recorded_host import RecordedHost

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def watched(path: Path, at: int | None = None) -> AsyncIterator[RecordedHost]:
    with path.open("rb") as file:
        async with RecordedHost.opened(file, path, at) as host:
            yield host


class BreaksOnDemand(io.BytesIO):
    """A file that can be read until it has an error."""

    error: Exception | None = None

    @classmethod
    def of(cls, path: Path) -> Self:
        """The content of this file."""
        return cls(path.read_bytes())

    def read(self, size: int | None = -1) -> bytes:
        """Reads, or fails."""
        if self.error is not None:
            raise self.error
        return super().read(size)


def is_shown(host: RecordedHost, second: int) -> Callable[[], bool]:
    return lambda: host.playback().player.second == second and host.playback().is_shown


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of a minute."""
    return write(tmp_path_factory.mktemp("made"), Shape(seconds=60, rps=10))


async def test_it_shows_every_second_that_is_asked_for(path: Path) -> None:
    async with watched(path, at=20) as host:
        for second in (20, 45, 3, 61):
            host.play(host.playback().player.jump_to(second))
            await eventually(is_shown(host, second))
            assert host.snapshot() == snapshot_at(path, second)


async def test_it_plays_from_the_start_and_stays_at_the_results(path: Path) -> None:
    async with watched(path) as host:
        host.play(replace(host.playback().player, speed=20.0))
        seen: list[float] = []

        def is_over() -> bool:
            if (snapshot := host.snapshot()) is not None:
                seen.append(snapshot.now_s)
            return host.playback().player.is_at_end and is_shown(host, 61)()

        await eventually(is_over)
        assert seen == sorted(seen)
        assert len(set(seen)) > 5
        assert (shown := host.snapshot()) is not None
        assert shown.phase == "ended"


async def test_at_the_highest_speed_no_second_is_skipped(path: Path) -> None:
    async with watched(path, at=40) as host:
        await eventually(is_shown(host, 40))
        host.play(replace(host.playback().player, speed=float("inf"), paused=False))
        seen = []
        while not host.playback().player.is_at_end:
            if (snapshot := host.snapshot()) is not None and snapshot.now_s not in seen:
                seen.append(snapshot.now_s)
            await anyio.lowlevel.checkpoint()
        assert seen == [float(second) for second in range(40, 40 + len(seen))]
        assert len(seen) > 15


async def test_no_time_passes_while_a_second_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.recorded_host.SLICE_S", 0.0)  # every record is a slice
    async with watched(path, at=0) as host:
        host.play(replace(host.playback().player.jump_to(50), paused=False))
        seen: list[float | None] = []
        while not host.playback().is_shown:
            seen.append(host.playback().seeking)
            assert host.playback().player.second == 50
            await anyio.lowlevel.checkpoint()
        assert len({each for each in seen if each is not None}) > 5
        assert (shown := host.snapshot()) is not None
        assert shown.now_s == 50.0


@pytest.mark.parametrize("state", ["paused", "suspended"])
async def test_what_passed_while_nothing_moved_is_not_skipped(
    path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    now_s, seen = 100.0, [10.0]
    monkeypatch.setattr("tui.recorded_host.monotonic", lambda: now_s)

    def plays_until(position_s: float) -> bool:
        nonlocal now_s
        now_s += 0.1
        seen.append(host.playback().player.position_s)
        return seen[-1] >= position_s

    async with watched(path, at=10) as host:
        await eventually(is_shown(host, 10))
        if state == "suspended":
            host.play(replace(host.playback().player, paused=False))
            await eventually(lambda: plays_until(11))
            now_s += 30
        else:
            now_s += 30
            host.play(replace(host.playback().player, paused=False))
        await eventually(lambda: plays_until(14))
    assert max(after - before for before, after in pairwise(seen)) < 5


async def test_the_view_changes_what_is_shown(path: Path) -> None:
    async with watched(path, at=40) as host:
        host.send(commands.SetBaseline("django-wsgi"))
        host.send(commands.SetWindow(30.0))
        host.send(commands.SetUsers(None, 5))
        expected = snapshot_at(path, 40, View(baseline="django-wsgi", window_s=30.0))
        await eventually(lambda: host.snapshot() == expected)


async def test_a_session_that_runs_is_followed_and_its_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", "b", warm_up_s=0) as recording:
        async with watched(path) as first, watched(path) as second:
            for tick in range(10):
                recording.tick(tick, sample(tick, ok_us=[1000]), sample(tick, "b", ok_us=[2000]))
            live = recording.book.timeline.snapshot(2.0, View())
            for host in (first, second):
                await eventually(is_shown(host, 2))
                assert host.snapshot() == live
                assert host.playback().player.follows
            first.play(first.playback().player.step(-1))
            await eventually(is_shown(first, 1))
            recording.end(at_s=2.3)
            await eventually(is_shown(second, 3))
            (notice,) = second.notices()
            assert (notice.title, notice.text) == ("the session has ended", "completed")
            (notice,) = await eventually(first.notices)
            assert notice.text == "completed: press end for its results"
            assert second.snapshot() == recording.book.timeline.snapshot(2.3, View())
            assert first.playback().player.second == 1


async def test_a_journal_that_is_deleted_is_told_and_stays_on_the_screen(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=5, rps=10))
    with path.open("rb") as file:
        path.unlink()
        async with RecordedHost.opened(file, path, 3) as host:
            await eventually(is_shown(host, 3))
            notices = await eventually(host.notices)
            assert [each.text for each in notices] == ["the journal was deleted"]


async def test_a_fault_of_our_own_closes_the_screen_and_is_kept(path: Path) -> None:
    file = BreaksOnDemand.of(path)
    async with RecordedHost.opened(file, path, 3) as host:
        await eventually(is_shown(host, 3))
        closed = anyio.Event()
        host.on_crash = closed.set
        file.error = RuntimeError("a bug")
        host.play(host.playback().player.jump_to(1))
        with anyio.fail_after(WITHIN_S):
            await closed.wait()
        assert host.crash is file.error


async def test_a_disk_that_cannot_be_read_is_an_error_in_words(path: Path) -> None:
    file = BreaksOnDemand.of(path)
    async with RecordedHost.opened(file, path, 3) as host:
        await eventually(is_shown(host, 3))
        file.error = OSError(5, "Input/output error")
        host.play(host.playback().player.jump_to(1))
        (notice,) = await eventually(host.notices)
        assert "why:  Input/output error" in notice.text
        assert host.error is not None
        assert host.snapshot() is not None


@pytest.mark.parametrize(
    ("data", "what"), [(b"", "is empty"), (b"hello\n", "is no journal"), (b'["Header",{}', "is empty")]
)
async def test_what_is_no_session_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        async with RecordedHost.opened(io.BytesIO(data), Path("x.jsonl")):
            pass
