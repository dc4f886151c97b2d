"""The lobby over a fake desk: choose, search, check, start."""

import re

import pytest

import presets
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, WIDE
from tests.support.screen_text import assert_same_screen, text_of
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.session_api import Choice
from tui.session_host import preset_info
from tui.widgets.panel import Panel

pytestmark = pytest.mark.anyio

ALL = ("fastapi", "django-wsgi", "django-asgi")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_lobby_looks_as_it_did(session_api: FakeSessionApi, size: tuple[int, int]) -> None:
    async with AbreastApp(session_api).run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(pilot.app, f"lobby-{size[0]}x{size[1]}")


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        ("enter", Choice("hello", ())),
        ("down enter", Choice("ramp", ())),
        ("tab down space enter", Choice("hello", ("fastapi", "django-asgi"))),
        ("tab down space space enter", Choice("hello", ())),
        ("down tab down down space enter", Choice("ramp", ALL)),
        ("slash c r u d enter", Choice("tasks", ())),
        ("u 7 enter d 9 0 enter enter", Choice("hello", (), users=7, seconds=90.0)),
        ("u 7 enter u backspace enter enter", Choice("hello", ())),
        ("c enter", Choice("hello", (), runtime="docker")),
        ("c c enter", Choice("hello", ())),
        ("u 7 enter down up enter", Choice("hello", ())),
    ],
)
async def test_enter_starts_what_is_chosen(session_api: FakeSessionApi, keys: str, choice: Choice) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.pause()
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
        assert session_api.started == [choice]
        assert isinstance(pilot.app.screen, LiveScreen)


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("up enter", "broken cannot be started"),
        ("slash z z z enter", "no preset matches the search"),
        ("tab space down space down space enter", "no target is checked"),
        ("d x enter", "is not a duration"),
    ],
)
async def test_what_cannot_start_says_why(session_api: FakeSessionApi, keys: str, complaint: str) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.pause()
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
        assert complaint in text_of(pilot.app)
        assert session_api.started == []


async def test_the_database_of_the_source_is_a_key_away_where_docker_answers() -> None:
    session_api = FakeSessionApi(offered=(preset_info("io-intensive"), preset_info("hello")), has_docker=True)
    async with AbreastApp(session_api).run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "published with MySQL: b starts it in a container" in text_of(pilot.app)
        assert "b database" in text_of(pilot.app)
        await pilot.press("b")
        await pilot.pause()
        assert "rows in MySQL, as published, in a container" in text_of(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
    assert session_api.started == [Choice("io-intensive", (), database="mysql")]


async def test_without_docker_the_lobby_says_what_the_database_of_the_source_needs() -> None:
    session_api = FakeSessionApi(offered=(preset_info("io-intensive"), preset_info("hello")))
    async with AbreastApp(session_api).run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "published with MySQL, which needs Docker here" in text_of(pilot.app)
        assert "b database" not in text_of(pilot.app)
        await pilot.press("b")
        await pilot.pause()
        (toast,) = pilot.app._notifications
        assert toast.message == "no Docker Engine answers; a server of yours: --database URL"
        await pilot.press("down")
        await pilot.pause()
        assert "published with" not in text_of(pilot.app)


async def test_a_refused_start_is_explained_and_the_choice_stays() -> None:
    session_api = FakeSessionApi(refuses="target 'fastapi' cannot serve 'classify'")
    async with AbreastApp(session_api).run_test(size=WIDE) as pilot:
        await pilot.press("down", "tab", "down", "down", "space", "enter")
        await pilot.pause()
        shown = text_of(pilot.app)
        assert "cannot serve 'classify'" in shown
        assert "hint: choose another" in shown
        assert shown.count("[x]") == 3
        session_api.refuses = ""
        await pilot.press("enter")
        await pilot.pause()
        assert session_api.started == [Choice("ramp", ALL)]


@pytest.mark.parametrize("name", presets.names())
async def test_a_preset_that_is_started_as_it_stands_is_its_plan(name: str) -> None:
    session_api = FakeSessionApi(offered=(preset_info(name),))
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.press("enter")
        await pilot.pause()
    (choice,) = session_api.started
    plan = presets.load(name)
    assert plan.changed(targets=choice.targets or None, users=choice.users, seconds=choice.seconds) == plan


async def test_a_target_that_is_there_twice_is_shown_and_started_with_its_options() -> None:
    session_api = FakeSessionApi(offered=(preset_info("crud-concurrency"),))
    async with AbreastApp(session_api).run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.pause()
        shown = text_of(pilot.app)
        assert "solo · 1 h 3 min" in shown
        assert re.search(r"\[x\] django-asgi \S.* +uvicorn ×4 sync views", shown)
        assert "#2" not in shown
        await pilot.press("tab", "space", "enter")
        await pilot.pause()
    others = tuple(each.text for each in presets.load("crud-concurrency").targets[1:])
    assert others[:2] == ("fastapi:workers=4", "django-asgi:views=sync")
    assert session_api.started == [Choice("crud-concurrency", others)]


async def test_a_broken_preset_shows_its_error(session_api: FakeSessionApi) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.press("up")
        await pilot.pause()
        await pilot.pause()
        assert "unknown key 'thnk_time'" in text_of(pilot.app)


async def test_targets_that_do_not_serve_the_workload_are_not_offered(session_api: FakeSessionApi) -> None:
    session_api.presets()
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.press("down")
        await pilot.pause()
        await pilot.pause()
        assert text_of(pilot.app).count("[ ]") == 1


async def test_the_load_shape_fills_its_place_at_every_size(session_api: FakeSessionApi) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        for size in ((120, 34), WIDE, SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.pause()
            shape = pilot.app.screen.query_one("#shape", Panel)
            assert len(shape.rows) == shape.size.height
            assert {sum(len(span.text) for span in row) for row in shape.rows} == {shape.size.width}


async def test_the_lobbys_footer_follows_the_part_that_has_the_keys(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "space check" not in text_of(app)
        assert "tab targets" in text_of(app)
        await pilot.press("tab")
        await pilot.pause()
        assert "space check" in text_of(app)
        assert "tab presets" in text_of(app)
        await pilot.press("slash")
        await pilot.pause()
        assert "q quit" not in text_of(app), "it is a letter"
        await pilot.press("r", "a", "m", "escape")
        await pilot.pause()
        assert "q quit" in text_of(app)
        await pilot.press("space")
        await pilot.pause()
        assert [each.message for each in app._notifications] == ["press tab to go to the targets first"]
        await pilot.press("enter")
        await pilot.pause()
    assert session_api.started == [Choice("ramp", ())]
