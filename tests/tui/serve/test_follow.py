"""The site of a real journal: one that grows while it is served, and one that is complete."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import orjson
import pytest

from engine.machine.environment import available_cores
from engine.playback import demo
from engine.recording import journal
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tests.support.recording import Recording, sample
from tests.support.visitors import Visitor, served, visiting
from tests.support.waiting import WITHIN_S, eventually
from tui.recorded_host import RecordedHost
from tui.serve.feed import Feed, Sent
from tui.serve.follow import Reporter, followed, spare_cores
from tui.serve.site import Site

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def following(path: Path, *, reports: bool = False) -> AsyncIterator[tuple[RecordedHost, Feed]]:
    feed = Feed()
    with journal.opened(path) as file:
        async with followed(file, path, feed, reports=reports) as host:
            yield host, feed


async def until_shows(visitor: Visitor, second: int) -> dict[str, Any]:
    """Reads until the charts have this second."""
    with anyio.fail_after(WITHIN_S):
        while True:
            message = await visitor.next()
            if message["view"] and second in message["charts"]["seconds"]:
                return message


async def test_a_session_that_runs_is_followed_to_its_result(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", "b", warm_up_s=0) as recording:
        async with following(path) as (host, feed):
            site = Site(feed, report=Reporter(path, host, feed).report)
            async with served(site) as client, visiting(client) as visitor:
                for tick in range(10):
                    recording.tick(tick, sample(tick, ok_us=[1000]), sample(tick, "b", ok_us=[2000]))
                message = await until_shows(visitor, 2)
                assert message["view"]["phase"] == "running"
                assert [each["label"] for each in message["view"]["targets"]] == ["a", "b"]
                for tick in range(10, 15):
                    recording.tick(tick, sample(tick, ok_us=[1000]), sample(tick, "b", ok_us=[2000]))
                message = await until_shows(visitor, 3)
                assert message["charts"]["seconds"] == [3]
                assert message["charts"]["values"]["goodput"] == [[5.0], [5.0]]
                assert (await client.get("report")).status_code == 404
                recording.end(at_s=3.0)
                while message["view"]["phase"] != "ended":
                    message = await visitor.next()
                assert message["view"]["result"]["facts"].startswith("completed after 3 s")
                assert message["view"]["targets"] == []


async def test_a_session_that_is_over_is_shown_with_its_result_and_its_report(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=30, rps=40, title="<i>over</i>"))
    async with (
        following(path, reports=True) as (host, feed),
        served(Site(feed, report=Reporter(path, host, feed).report)) as client,
    ):
        async with visiting(client) as visitor:
            message = await visitor.next()
            while not (message["view"] and message["view"]["result"]["report"]):
                message = await visitor.next()
        assert feed_seconds(feed) == list(range(1, 31))
        report = await client.get("report")
    assert report.status_code == 200
    assert "&lt;i&gt;over&lt;/i&gt;" in report.text
    assert "<i>over</i>" not in report.text


def feed_seconds(feed: Feed) -> list[int]:
    seconds: list[int] = orjson.loads(feed.message(Sent())[0])["charts"]["seconds"]
    return seconds


async def test_the_session_that_ships_with_abreast_has_a_report_too() -> None:
    feed = Feed()
    async with followed(demo.opened(), demo.PATH, feed, reports=True) as host:
        await eventually(lambda: host.snapshot() is not None)
        report = await Reporter(demo.PATH, host, feed).report()
    assert report is not None
    assert b"fastapi-sync" in report


async def test_a_report_that_cannot_be_made_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=3, rps=4))
    async with following(path, reports=True) as (host, feed):
        path.unlink()
        assert await Reporter(path, host, feed).report() is None


async def test_a_report_is_tried_again_after_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.export import loaded

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = write(tmp_path, Shape(seconds=3, rps=4))
    async with following(path, reports=True) as (host, feed):
        crashes: list[BaseException] = []
        site = Site(feed, report=Reporter(path, host, feed).report, on_crash=crashes.append)
        async with served(site) as client, visiting(client) as visitor:
            while not ((view := (await visitor.next())["view"]) and view["result"]["report"]):
                pass
            with monkeypatch.context() as patched:
                patched.setattr(loaded, "load", full)
                assert (await client.get("report")).status_code == 404
            while (await visitor.next())["view"]["result"]["report"]:
                pass
            assert (await client.get("report")).status_code == 200
            while not (await visitor.next())["view"]["result"]["report"]:
                pass
        assert crashes == []


async def test_a_recording_that_is_deleted_is_said_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", warm_up_s=0) as recording:
        async with following(path) as (_, feed), served(Site(feed)) as client, visiting(client) as visitor:
            for tick in range(5):
                recording.tick(tick, sample(tick, ok_us=[1000]))
            message = await until_shows(visitor, 1)
            assert message["trouble"] == ""
            path.unlink()
            while not message["trouble"]:
                message = await visitor.next()
            assert message["view"]["remark"] == "The recording is not whole: the journal was deleted."


@pytest.mark.parametrize("load_workers", [1, 2])
def test_the_cores_of_the_load_workers_are_left_to_them(tmp_path: Path, load_workers: int) -> None:
    shape = Shape(seconds=2, rps=1, environment=(("load_workers", load_workers),))
    path = write(tmp_path, shape)
    cores = available_cores()
    with journal.opened(path) as file:
        spare = spare_cores(file, path)
    if len(cores) < 2:
        assert spare == ()
    else:
        taken = min(load_workers, len(cores) - 1)
        assert spare == tuple(sorted(cores)[:-taken])


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"hello\n")
    with path.open("rb") as file, pytest.raises(UsageError, match="is no journal"):
        spare_cores(file, path)
