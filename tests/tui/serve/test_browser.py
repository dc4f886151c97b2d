"""The page in a real browser: a session that runs, its end, what it looks like, and lost connections."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from anyio import to_thread
from PIL import ImageColor

from engine.metrics.palette import DARK, LIGHT
from engine.metrics.records import Event
from engine.playback import demo
from engine.recording import journal
from tests.support.browser import Browser, opened_browser
from tests.support.made_sessions import TARGETS, Shape, write
from tests.support.recording import Recording, sample
from tests.support.waiting import WITHIN_S
from tests.tui.serve.test_view import at_second
from tui.serve.access import Access
from tui.serve.feed import Feed
from tui.serve.follow import Reporter, followed
from tui.serve.server import bound, serving
from tui.serve.site import Site
from tui.serve.view import Source

pytestmark = pytest.mark.anyio

HOSTILE = "</script><script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
PICTURES = os.environ.get("ABREAST_TESTS_PICTURES")
"""A folder for pictures of the page, for people to look at."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(autouse=True)
def left(browser: Browser) -> Iterator[None]:
    """A page goes on looking for its server, which has ended with its test."""
    yield
    browser.leave()


@asynccontextmanager
async def at_address(site: Site, port: int = 0) -> AsyncIterator[str]:
    """The address of a site's page while the block lasts."""
    listening = bound("127.0.0.1", port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}{site.access.root}"
    async with serving(site, listening):
        yield address


class Page:
    """A browser at a page, for coroutines."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def open(self, address: str) -> None:
        """Opens it."""
        await to_thread.run_sync(self.browser.open, address)

    async def run(self, script: str) -> Any:
        """The value of an expression."""
        return await to_thread.run_sync(self.browser.run, script)

    async def text(self, selector: str) -> str:
        """What a reader sees there."""
        text: str = await self.run(f"document.querySelector({selector!r}).innerText")
        return " ".join(text.split())

    async def until(self, script: str, what: str) -> Any:
        """Waits until an expression is true."""
        with anyio.move_on_after(WITHIN_S):
            while True:
                try:
                    if found := await self.run(script):
                        return found
                except AssertionError as error:
                    if "navigated" not in str(error):  # the page loads itself again
                        raise
                await anyio.sleep(0.05)
        pytest.fail(f"waited in vain until {what}: {await self.text('body')}")

    async def until_text(self, selector: str, text: str) -> None:
        """Waits until a text is there."""
        script = f"document.querySelector({selector!r}).innerText.includes({text!r})"
        await self.until(script, f"{selector} has {text!r}")

    async def show(self, width: int, scheme: Literal["light", "dark"] = "light") -> None:
        """Sets the width and the preferred colours."""
        await to_thread.run_sync(partial(self.browser.show, width=width, scheme=scheme))

    async def keep_picture(self, name: str) -> None:
        """Writes a picture where somebody asked for them."""
        if PICTURES:
            taken = await to_thread.run_sync(self.browser.picture)
            (Path(PICTURES) / f"{name}.png").write_bytes(taken)


@asynccontextmanager
async def growing(path: Path) -> AsyncIterator[tuple[Recording, Feed]]:
    """A recording that grows, and the feed of its site."""
    feed = Feed()
    with Recording(path, "fastapi", "django", warm_up_s=0) as recording, journal.opened(path) as file:
        async with followed(file, path, feed, reports=False):
            yield recording, feed


def record(recording: Recording, ticks: range) -> None:
    for tick in ticks:
        recording.tick(
            tick,
            sample(tick, "fastapi", users=5, ok_us=[1000 + 10 * tick] * 20),
            sample(tick, "django", users=5, ok_us=[3000] * (5 + tick % 7)),
        )


async def test_a_session_is_followed_live_to_its_end(browser: Browser, tmp_path: Path) -> None:
    page = Page(browser)
    await page.show(1280)
    async with growing(tmp_path / "journal.jsonl") as (recording, feed), at_address(Site(feed)) as address:
        record(recording, range(20))
        await page.open(address)
        await page.until_text("#clock", "00:04")
        assert await page.text("#connection") == "live"
        assert await page.text("#phase") == "load runs"
        assert await page.run("[...document.querySelectorAll('.lane .name b')].map(e => e.innerText)") == [
            "● fastapi",
            "▲ django",
        ]
        before = await page.run("document.querySelector('#chart-goodput path').getAttribute('d')")
        record(recording, range(20, 50))
        await page.until_text("#clock", "00:10")
        after = await page.run("document.querySelector('#chart-goodput path').getAttribute('d')")
        assert len(after) > len(before)
        assert await page.run("document.title") == "00:10 · Test · abreast"
        recording.end(at_s=10.0)
        await page.until_text("#phase", "the session has ended")
        await page.until_text("#sentence", "fastapi served")
        assert await page.text("#connection") == "ended"
        assert await page.run("document.getElementById('targets').hidden")
        assert await page.run("document.querySelectorAll('#scoreboard tbody tr').length") == 2
        assert browser.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_it_fits_phones_and_wide_windows_in_both_colours(
    browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    page, feed = Page(browser), Feed()
    await page.show(width, scheme)
    events = [
        Event(9.0, "users", "fastapi", "50 users"),
        Event(12.0, "fault", "django-wsgi", "pause for 2 s"),
    ]
    feed.publish(at_second(40, events=events), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until("document.querySelectorAll('#chart-p95 path').length === 2", "both lines are drawn")
        assert await page.run("document.documentElement.scrollWidth") == width
        palette = DARK if scheme == "dark" else LIGHT
        pixels = await to_thread.run_sync(browser.colours, "#chart-p95")
        assert {ImageColor.getrgb(palette[slot]) for slot in ("slot0", "slot1")} <= pixels
        assert await page.run("document.querySelectorAll('#chart-goodput .mark').length") == 2
        await page.keep_picture(f"live-{width}-{scheme}")
        feed.publish(at_second(10_000, events=events), Source(is_over=True, has_report=True))
        await page.until_text("#sentence", "fastapi served")
        assert await page.run("document.documentElement.scrollWidth") == width
        assert await page.text("#report a") == "Open the report"
        await page.keep_picture(f"ended-{width}-{scheme}")
        assert browser.messages == []


async def test_hostile_texts_stay_texts_and_nothing_else_is_requested(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    events = [Event(3.0, "note", "fastapi", HOSTILE)]
    feed.publish(at_second(20, hostile=HOSTILE, events=events), Source(trouble=HOSTILE))
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until_text("#events", HOSTILE)
        assert await page.text("h1") == HOSTILE
        assert HOSTILE in await page.text("#remark")
        assert HOSTILE in await page.text(".lane .name")
        assert await page.run("document.querySelectorAll('script, img').length") == 1
        assert {each for each in browser.requests if each != "data:,"} == {address, f"{address}events"}
        assert browser.messages == []


async def test_a_lost_connection_is_said_and_made_again(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    feed.publish(at_second(20), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until_text("#clock", "00:20")
    await page.until_text("#connection", "not connected, trying again")
    again = Feed()
    again.publish(at_second(30), Source())
    async with at_address(Site(again), int(address.rsplit(":", 1)[1].strip("/"))):
        await page.until_text("#clock", "00:30")
        assert await page.text("#connection") == "live"


async def test_another_session_at_the_same_address_is_shown_from_its_beginning(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    feed.publish(at_second(40), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until_text("#clock", "00:40")
        feed.publish(at_second(10, session_id="another", title="Another"), Source())
        await page.until_text("h1", "Another")
        await page.until_text("#session", "Session another")
        assert "M" in await page.run("document.querySelector('#chart-goodput path').getAttribute('d')")


async def test_with_a_token_the_link_is_enough(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    feed.publish(at_second(20), Source())
    async with at_address(Site(feed, Access("0123456789abcdefghijkl"))) as address:
        await page.open(address)
        await page.until_text("#clock", "00:20")
        await page.open(address.rsplit("/", 2)[0] + "/")
        assert "This link is not complete" in await page.text("body")


async def test_who_finds_no_place_is_told_and_gets_the_next_one(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.serve.site.AGAIN_S", 1)
    page, feed = Page(browser), Feed()
    feed.publish(at_second(20), Source())
    site = Site(feed, most=1, watching=1)
    async with at_address(site) as address:
        await page.open(address)
        assert "Too many visitors" in await page.text("h1")
        site.watching = 0
        await page.until("!!document.getElementById('clock')", "the page is loaded again")
        await page.until_text("#clock", "00:20")


async def test_spans_and_the_crosshair_work(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    await page.show(1280)
    feed.publish(at_second(58), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until("document.querySelectorAll('#chart-p95 path').length === 2", "both lines are drawn")
        await page.run(
            "[...document.querySelectorAll('#spans button')].find(e => e.innerText === '30 s').click()"
        )
        points = "document.querySelector('#chart-goodput path').getAttribute('d').split(/[ML]/).length - 1"
        assert await page.run(points) == 31
        move = (
            "(plot => { const box = plot.getBoundingClientRect();"
            " plot.dispatchEvent(new PointerEvent('pointermove', {clientX: box.right - 12})) })"
            "(document.querySelector('#chart-p95'))"
        )
        await page.run(move)
        assert (await page.text("#chart-p95 .tip")).startswith("0:58 ● fastapi")
        assert await page.run("document.querySelectorAll('.hair').length") == 2


async def test_all_of_a_long_session_is_there_for_who_comes_late(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    await page.show(1280)
    feed.publish(at_second(1300, seconds=1300, rps=40), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until("document.querySelectorAll('#chart-p95 path').length === 2", "both lines are drawn")
        await page.run(
            "[...document.querySelectorAll('#spans button')].find(e => e.innerText === 'all').click()"
        )
        move = (
            "(plot => { const box = plot.getBoundingClientRect();"
            " plot.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + 52})) })"
            "(document.querySelector('#chart-goodput'))"
        )
        await page.run(move)
        assert (await page.text("#chart-goodput .tip")).startswith("0:04 ● fastapi")
        assert browser.messages == []


async def test_the_page_gets_all_of_it_again_before_it_has_too_much(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    feed.publish(at_second(20), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until("seconds.length === 20", "the charts are there")
        # as after an hour: the page has more than it keeps
        await page.run("seconds.unshift(...Array(KEPT).fill(0))")
        feed.publish(at_second(21), Source())
        await page.until("seconds.length === 21", "it has begun again")
        assert await page.run("seconds[0]") == 1
        assert browser.messages == []


async def test_a_band_says_which_target_was_silent_and_in_which_chart(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    await page.show(1280)
    picture = at_second(58)
    first, *others = picture.targets
    signals = replace(first.signals, silent_s=(*(0.0,) * 55, 2.0, 3.0, 4.0))
    view = replace(picture.chosen_view, charts=("health",))
    picture = replace(picture, chosen_view=view, targets=(replace(first, signals=signals), *others))
    feed.publish(picture, Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.until(
            "document.querySelectorAll('#chart-p95 .broken').length === 1", "the silence is drawn"
        )
        for chart in ("goodput", "p95"):
            titles = f"[...document.querySelectorAll('#chart-{chart} .broken title')].map(e => e.textContent)"
            assert await page.run(titles) == [f"{first.label}: silent"]
            assert await page.run(f"document.querySelector('#chart-{chart} .whose').textContent") == "●"
        assert await page.run("document.querySelectorAll('#chart-health .broken').length") == 0


async def test_the_button_changes_the_colours(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    await page.show(1280, "light")
    feed.publish(at_second(20), Source())
    async with at_address(Site(feed)) as address:
        await page.open(address)
        await page.run("document.getElementById('theme').click()")
        assert await page.run("getComputedStyle(document.body).backgroundColor") == "rgb(11, 15, 23)"
        assert await page.text("#theme") == "Light"


async def test_the_demo_leads_to_its_report(browser: Browser) -> None:
    page, feed = Page(browser), Feed()
    async with (
        followed(demo.opened(), demo.PATH, feed, reports=True) as host,
        at_address(Site(feed, report=Reporter(demo.PATH, host, feed).report)) as address,
    ):
        await page.open(address)
        await page.until("!document.getElementById('report').hidden", "there is a report")
        await page.keep_picture("demo")
        await page.open(f"{address}report")
        assert "abreast report" in await page.text(".kicker")
        assert browser.messages == []


async def test_an_hour_is_drawn_whole(browser: Browser, tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=3600, targets=TARGETS[:4], rps=20, patterns=5))
    page, feed = Page(browser), Feed()
    with journal.opened(path) as file:
        async with followed(file, path, feed, reports=False), at_address(Site(feed)) as address:
            await page.open(address)
            await page.until_text("#phase", "the session has ended")
            await page.run("[...document.querySelectorAll('#spans button')].at(-1).click()")
            assert await page.run("document.querySelectorAll('#chart-goodput path').length") == 4
            await page.keep_picture("hour")
