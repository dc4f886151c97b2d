"""The page of one target."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.metrics.target_snapshot import Launch
from engine.plan import commands
from engine.recording.log_tail import LINES_KEPT, LogTail
from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.scripted_figures import request_stats
from tests.support.waiting import WITHIN_S, eventually
from tui.screens.focus import FocusScreen
from tui.screens.live import LiveScreen
from tui.screens.prompts import ConfirmScreen
from tui.widgets.load_bar import LoadBar

pytestmark = pytest.mark.anyio


@pytest.fixture
def api(tmp_path: Path) -> FakeSessionApi:
    """A session whose targets have a log, a command and two requests."""
    log = tmp_path / "log.txt"
    log.write_text("".join(f"GET /test {200 if at % 50 else 500} [b]{at}\n" for at in range(200)))
    (first, *_) = snapshot().targets
    requests = (request_stats("read", 888, 12, first.whole), request_stats("create", 300, 0, first.whole))
    launch = Launch(
        ("python", "-m", "uvicorn", "shop:app"), {"TOKEN": "***"}, {"cpus": 0.5}, {"uvicorn": "0.30.1"}
    )
    picture = with_target(snapshot(), "fastapi", requests=requests, launch=launch)
    return FakeSessionApi(after_start=picture, log=log)


async def focused(pilot: Pilot[None]) -> FocusScreen:
    """Presses enter, and waits for the log."""
    await settle(pilot)
    await pilot.press("enter")
    await eventually(lambda: isinstance(pilot.app.screen, FocusScreen))
    screen = pilot.app.screen
    assert isinstance(screen, FocusScreen)
    await eventually(lambda: bool(screen._view.lines or screen._trouble))
    await drawn(pilot)
    return screen


async def drawn(pilot: Pilot[None]) -> None:
    """Lets the screen lay out and draw."""
    for _ in range(3):
        await pilot.pause()
    if isinstance(pilot.app.screen, FocusScreen):
        pilot.app.screen.redraw()
    await pilot.pause()


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_page_fits_the_terminal(api: FakeSessionApi, live: Live, size: tuple[int, int]) -> None:
    async with live(api).run_test(size=size) as pilot:
        await focused(pilot)
        assert_same_screen(pilot.app, f"focus-{size[0]}x{size[1]}")


async def test_a_wide_page_shows_figures_how_it_runs_and_the_log(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        shown = text_of(pilot.app)
        for part in ("python -m uvicorn shop:app", "TOKEN=***", "0.5 CPU", "uvicorn 0.30.1", "create"):
            assert part in shown, part
        assert "GET /test 200 [b]199" in shown, "the log is never markup"
        assert "4.22 k ok/s" in shown, "the lane"


async def test_on_a_small_page_a_key_goes_from_part_to_part(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=SMALL) as pilot:
        await focused(pilot)
        assert "by name" in text_of(pilot.app)
        assert "shop:app" not in text_of(pilot.app)
        await pilot.press("tab")
        await drawn(pilot)
        assert "shop:app" in text_of(pilot.app)
        await pilot.press("tab")
        await drawn(pilot)
        assert "[b]199" in text_of(pilot.app)
        await pilot.press("home")
        await drawn(pilot)
        assert "[b]0" in text_of(pilot.app)


async def test_the_log_follows_and_is_searched(api: FakeSessionApi, live: Live) -> None:
    assert api.log is not None
    async with live(api).run_test(size=WIDE) as pilot:
        screen = await focused(pilot)
        assert "follows" in text_of(pilot.app)
        with api.log.open("a") as log:
            log.write("the newest line\n")
        await eventually(lambda: screen._view.lines[-1] == "the newest line")
        await drawn(pilot)
        assert "the newest line" in text_of(pilot.app)
        await pilot.press("slash", *"test", "space", *"500")
        await drawn(pilot)
        assert "“test 500”: 4 of 4 lines · line 151 of 201" in text_of(pilot.app)
        await pilot.press("enter", "N")
        await drawn(pilot)
        assert "3 of 4 lines · line 101" in text_of(pilot.app)
        await pilot.press("n", "n")
        await drawn(pilot)
        assert "1 of 4 lines · line 1 of" in text_of(pilot.app)


async def test_the_line_that_is_read_stays_however_much_is_written(api: FakeSessionApi, live: Live) -> None:
    assert api.log is not None
    async with live(api).run_test(size=WIDE) as pilot:
        screen = await focused(pilot)
        await pilot.press("slash", *"150", "enter")
        assert screen._view.lines[screen._view.shown_last] == "GET /test 500 [b]150"
        with api.log.open("a") as log:
            log.writelines(f"line {number}\n" for number in range(LINES_KEPT - 100))
        await eventually(lambda: screen._view.lines[-1] == f"line {LINES_KEPT - 101}")
        assert screen._view.lines[screen._view.shown_last] == "GET /test 500 [b]150"


class SlowLog(LogTail):
    """A log whose reading takes until a test lets it go on."""

    begun = 0
    may_go_on = threading.Event()

    def read(self) -> bool:
        """Reads it, after a while."""
        SlowLog.begun += 1
        assert self.may_go_on.wait(WITHIN_S)
        return super().read()


async def test_a_log_is_read_by_one_thread_at_a_time(
    api: FakeSessionApi, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.focus.LogTail", SlowLog)
    async with live(api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await eventually(lambda: SlowLog.begun)
        screen = pilot.app.screen
        assert isinstance(screen, FocusScreen)
        for _ in range(3):
            screen._read()
            await pilot.pause()
        begun = SlowLog.begun
        SlowLog.may_go_on.set()
        assert begun == 1
        await eventually(lambda: SlowLog.begun > 1, "it is read again once the first reading has ended")
        assert screen._view.lines


async def test_escape_leaves_the_search_and_then_the_page(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=SMALL) as pilot:
        screen = await focused(pilot)
        await pilot.press("slash", "q")
        await drawn(pilot)
        assert screen._view.search == "q", "a letter is text here"
        await pilot.press("escape")
        await drawn(pilot)
        assert screen._view.search == ""
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await eventually(lambda: isinstance(pilot.app.screen, LiveScreen))


async def test_another_target_stays_selected_below(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        await pilot.press("right")
        await drawn(pilot)
        assert "log of ▲ django-wsgi" in text_of(pilot.app)
        await pilot.press("enter")
        await eventually(lambda: isinstance(pilot.app.screen, LiveScreen))
        assert isinstance(pilot.app.screen, LiveScreen)
        assert pilot.app.screen.selected == "django-wsgi"


async def test_its_target_can_be_steered(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        await pilot.press("right", "r")
        assert api.sent == [commands.RestartTarget("django-wsgi")]
        await pilot.press("k")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmScreen))


async def test_where_there_is_no_log_it_says_why(api: FakeSessionApi, live: Live, tmp_path: Path) -> None:
    api.log = tmp_path / "none" / "log.txt"
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        assert "there is no log of this target on this machine" in text_of(pilot.app)
    assert api.after_start is not None
    api.after_start = with_target(api.after_start, "fastapi", runtime="attached")
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        assert "abreast did not start this target" in text_of(pilot.app)
        await pilot.press("k")
        await drawn(pilot)
        assert any("do this where it was started" in each.message for each in pilot.app._notifications)


async def test_the_screen_below_is_drawn_again_only_when_it_is_seen(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        below = pilot.app.screen
        assert isinstance(below, LiveScreen)
        await focused(pilot)
        before = below.query_one("#load", LoadBar).rows
        api.picture = snapshot(90)
        await eventually(lambda: "01:30" in text_of(pilot.app))
        below.pull()
        assert below.query_one("#load", LoadBar).rows is before
        await pilot.press("escape")
        await eventually(lambda: pilot.app.screen is below and "01:30" in text_of(pilot.app))


async def test_a_target_that_is_removed_takes_its_page_along(api: FakeSessionApi, live: Live) -> None:
    async with live(api).run_test(size=WIDE) as pilot:
        await focused(pilot)
        picture = api.picture
        assert picture is not None
        api.picture = replace(picture, targets=picture.targets[1:])
        await eventually(lambda: isinstance(pilot.app.screen, LiveScreen))
