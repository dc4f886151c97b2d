"""The screen of a comparison."""

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from engine.comparison.comparison import Comparison, Side, compared
from engine.machine import paths
from tests.engine.comparison.conftest import run_like
from tests.support.live_screen import SMALL, WIDE
from tests.support.made_comparisons import AFTER, BEFORE, QUEUE, both, profiled, searched
from tests.support.made_sessions import Shape, write
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import eventually
from tui.app import CompareApp, ScreenApp
from tui.screens.compare import CompareScreen
from tui.screens.help import OverlayScreen

pytestmark = pytest.mark.anyio

SHAPE = Shape(seconds=60, targets=("fastapi", "django-wsgi"), rps=30)


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Two sessions of two targets; B has another processor, and another load in its plan."""
    a = run_like(SHAPE)
    b = run_like(replace(SHAPE, seed=2, slowness=(1.5, 2.0), session_id="20250101-130000-hello-0002"))
    b = replace(
        b, plan={**b.plan, "workload": "tasks"}, environment={**b.environment, "cpu_model": "Other CPU"}
    )
    return compared(Side(a, a.subjects), Side(b, b.subjects))


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_comparison_fits_the_terminal(found: Comparison, size: tuple[int, int]) -> None:
    app = CompareApp(found)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(app, f"compare-{size[0]}x{size[1]}")


async def test_keys_choose_what_is_shown(found: Comparison) -> None:
    app = CompareApp(found)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "10 users · A 17 s, B 17 s" in text_of(app)
        for key, text in (
            ("down", "50 users · A 17 s"),
            ("up", "10 users · A 17 s"),
            ("up", "level 3 of 3"),
            ("right", "╭─ django-wsgi ─"),
            ("left", "╭─ fastapi ─"),
            ("tab", "╭─ p50 latency ─"),
            ("shift+tab", "╭─ goodput, ok/s ─"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert text in text_of(app), key
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, OverlayScreen)
        assert "the plan's workload: A hello, B tasks" in text_of(app)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert app.return_code == 0


async def test_a_key_shows_verdicts_capacity_profiles_and_hints() -> None:
    a = profiled(BEFORE, hints=(QUEUE,))
    app = CompareApp(both(a, profiled(AFTER, session_id="b")))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, OverlayScreen)
        assert "Profile: fastapi" in text_of(app)
        assert "+43.8 pt" in text_of(app)
        await pilot.press("end")
        await eventually(lambda: "A  fastapi  fastapi has 8 threads and 20 users" in text_of(app))
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert app.return_code == 0


async def test_of_two_searches_it_shows_how_many_users_each_target_serves() -> None:
    app = CompareApp(both(searched(), searched(session_id="b")))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "users within the SLO" in text_of(app)
        assert "the ranges overlap" in text_of(app)
        assert "no common level" not in text_of(app)


async def test_without_any_of_these_the_key_says_so() -> None:
    app = CompareApp(both(profiled(), profiled(session_id="b")))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await eventually(lambda: len(app._notifications) > 0)
        (toast,) = app._notifications
        assert toast.message == "neither session has verdicts, a capacity, a profile or hints"
        assert not isinstance(app.screen, OverlayScreen)


async def test_a_terminal_that_is_too_small_says_so(found: Comparison) -> None:
    app = CompareApp(found)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert "at least 60×16" in text_of(app)


class _Words(ScreenApp):
    """Opens the screen on words, as a list of sessions does."""

    CSS_PATH = str(Path(inspect.getfile(ScreenApp)).with_name("app.tcss"))

    def __init__(self, a: str, b: str) -> None:
        super().__init__("ascii")
        self._words = (a, b)
        self.trouble = ""

    def on_mount(self) -> None:
        """Shows the screen."""
        self.push_screen(CompareScreen(*self._words, self._charts))

    def on_compare_screen_left(self, left: CompareScreen.Left) -> None:
        """Keeps why it left."""
        self.trouble = left.trouble


async def test_the_screen_reads_sessions_by_their_names() -> None:
    write(paths.sessions(), SHAPE)
    app = _Words(SHAPE.session_id, "last:fastapi")
    async with app.run_test(size=SMALL) as pilot:
        await eventually(lambda: "10 users" in text_of(app))
        await eventually(lambda: "the same session" in text_of(app))
        await pilot.pause()


async def test_sessions_that_cannot_be_read_are_left_with_the_reason() -> None:
    app = _Words("none", "last")
    async with app.run_test(size=SMALL):
        await eventually(lambda: app.trouble != "")
        assert "no session was recorded yet" in app.trouble
