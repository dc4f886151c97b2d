"""The newest state as messages: what a visitor lacks, and never a queue."""

from typing import Any

import anyio
import orjson
import pytest

from tests.tui.serve.test_view import at_second
from tui.serve.feed import Feed, Sent
from tui.serve.view import Source

pytestmark = pytest.mark.anyio


def read(feed: Feed, sent: Sent) -> tuple[dict[str, Any], Sent]:
    text, now = feed.message(sent)
    return orjson.loads(text), now


async def test_before_there_is_anything_to_see_the_message_says_so() -> None:
    feed = Feed()
    feed.publish(None, Source(trouble="it cannot be read"))
    message, sent = read(feed, Sent())
    assert message == {"view": None, "trouble": "it cannot be read"}
    assert sent.second == -1


async def test_a_new_visitor_gets_everything_and_later_only_what_is_new() -> None:
    feed = Feed()
    feed.publish(at_second(20), Source())
    whole, sent = read(feed, Sent())
    assert whole["charts"]["whole"]
    assert whole["charts"]["seconds"] == list(range(1, 21))
    assert [len(line) for line in whole["charts"]["values"]["goodput"]] == [20, 20]
    assert "events" in whole
    feed.publish(at_second(23), Source())
    more, after = read(feed, sent)
    assert not more["charts"]["whole"]
    assert more["charts"]["seconds"] == [21, 22, 23]
    assert more["view"]["clock"] == "00:23"
    assert "events" not in more
    assert after.second == 23


async def test_a_visitor_who_is_late_gets_one_message_with_all_that_was_missed() -> None:
    feed = Feed()
    feed.publish(at_second(10), Source())
    _, slow = read(feed, Sent())
    for second in range(11, 31):
        feed.publish(at_second(second), Source())
    message, now = read(feed, slow)
    assert message["charts"]["seconds"] == list(range(11, 31))
    assert now.version == feed.version


async def test_visitors_who_lack_the_same_get_the_same_bytes() -> None:
    feed = Feed()
    feed.publish(at_second(20), Source())
    assert feed.message(Sent())[0] is feed.message(Sent())[0]


async def test_the_same_state_is_published_once() -> None:
    feed, snapshot = Feed(), at_second(20)
    feed.publish(snapshot, Source())
    feed.publish(snapshot, Source())
    assert feed.version == 1
    feed.publish(snapshot, Source(is_over=True))
    assert feed.version == 2


async def test_those_who_wait_are_woken_by_news_and_by_the_end() -> None:
    feed = Feed()
    woken: list[int] = []

    async def wait() -> None:
        await feed.newer_than(0)
        woken.append(feed.version)
        await feed.newer_than(1)
        woken.append(feed.version)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        feed.publish(at_second(1), Source())
        await anyio.wait_all_tasks_blocked()
        assert woken == [1, 1, 1]
        feed.close()
    assert woken == [1] * 6
