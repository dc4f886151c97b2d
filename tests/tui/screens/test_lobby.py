"""The lobby over a fake desk: choose, search, check, start."""

import asyncio
import re
from typing import Any

import pytest
from textual.widgets import Input, OptionList

import presets
from tests.support.fakes import PRESETS, FakeSessionApi
from tests.support.live_screen import SMALL, WIDE
from tests.support.planning_api import Planning
from tests.support.screen_text import assert_same_screen, text_of
from tui.app import AbreastApp
from tui.look import Settings, Signs, look_of
from tui.preset_info import preset_info
from tui.screens.live import LiveScreen
from tui.screens.prompts import PromptScreen
from tui.session_api import Choice, PresetInfo
from tui.widgets.panel import Panel

pytestmark = pytest.mark.anyio

ALL = ("fastapi", "django-wsgi", "django-asgi")


@pytest.mark.parametrize("size", [SMALL, (120, 35), WIDE, (200, 60)])
async def test_the_lobby_looks_as_it_did(session_api: FakeSessionApi, size: tuple[int, int]) -> None:
    async with AbreastApp(session_api).run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(pilot.app, f"lobby-{size[0]}x{size[1]}")


@pytest.mark.parametrize("signs", ["ascii", "narrow"])
async def test_the_lobby_has_signs_for_poor_terminals(session_api: FakeSessionApi, signs: Signs) -> None:
    look = look_of(Settings(signs=signs), Settings(), Settings(), "unicode")
    async with AbreastApp(session_api, look=look).run_test(size=SMALL) as pilot:
        await pilot.press("down")
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(pilot.app, f"lobby-{signs}-80x24")


async def test_the_lobby_is_the_same_without_colours(
    session_api: FakeSessionApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(pilot.app, "lobby-80x24")


@pytest.mark.parametrize(("name", "size"), [("faults", WIDE), ("io-intensive", WIDE), ("faults", SMALL)])
async def test_faults_and_turns_look_as_they_did(name: str, size: tuple[int, int]) -> None:
    app = AbreastApp(Planning(offered=(preset_info(name), preset_info("hello"))))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert_same_screen(app, f"lobby-{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        ("enter", Choice("hello", ())),
        ("down enter", Choice("ramp", ())),
        ("tab down space enter", Choice("hello", ("fastapi", "django-asgi"))),
        ("tab down space space enter", Choice("hello", ())),
        ("down tab down down space enter", Choice("ramp", ALL)),
        ("slash c r u d enter enter", Choice("tasks", ())),
        ("slash r a m p enter escape enter", Choice("ramp", ())),
        ("slash h e l l o down enter", Choice("ramp", ())),
        ("slash t a s k s escape enter", Choice("tasks", ())),
        ("slash t a s k s tab down space enter", Choice("tasks", ("fastapi", "django-asgi"))),
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
        ("slash z z z enter enter", "no preset matches the search"),
        ("d 9 0 q enter", "is not a duration"),
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


async def test_escape_clears_the_search_and_letters_are_keys_again(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"ra", "escape")
        await pilot.pause()
        search = app.screen.query_one("#search", Input)
        assert (search.value, search.has_focus, search.can_focus) == ("", False, False)
        shown = text_of(app)
        assert all(name in shown for name in ("hello", "ramp", "tasks"))
        assert "Up the ramp" in shown, "what was chosen stays chosen"
        await pilot.press("escape")
        await pilot.pause()
        assert [each.message for each in app._notifications] == ["there is no search to clear"]
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


async def test_a_search_prefers_names_and_follows_what_is_typed(session_api: FakeSessionApi) -> None:
    session_api.offered = (
        PresetInfo("hello", title="Does nothing, and blocks nothing"),
        PresetInfo("blocking-model", title="A slow model"),
    )
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"blo")
        await pilot.pause()
        names = [
            str(app.screen.query_one("#presets", OptionList).get_option_at_index(at).prompt) for at in (0, 1)
        ]
        assert [name.split("\n")[0] for name in names] == ["blocking-model", "hello"]
        about = app.screen.query_one("#about", Panel)
        assert "A slow model" in about.rows[0][0].text


async def test_users_and_duration_change_the_shape_that_is_drawn(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("down", "u", "5", "0", "0", "enter")
        await pilot.pause()
        await pilot.pause()
        assert "● 500" in text_of(app)
        await pilot.press("d", *"1m30s", "enter")
        await pilot.pause()
        await pilot.pause()
        assert "90 s · 500 users held" in text_of(app)
        await pilot.press("up", "down")
        await pilot.pause()
        await pilot.pause()
        assert "● 60" in text_of(app)


async def test_a_plan_of_arrivals_has_no_users_to_set() -> None:
    session_api = Planning(offered=(preset_info("open-model"), preset_info("hello")))
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("u")
        await pilot.pause()
        assert not isinstance(app.screen, PromptScreen)
        (toast,) = app._notifications
        assert toast.message == "this plan's load is arrivals a second, not users: change its stages"
        await pilot.press("enter")
        await pilot.pause()
    assert session_api.started == [Choice("open-model", ())]


async def test_faults_and_solo_turns_are_drawn() -> None:
    session_api = Planning(offered=(preset_info("faults"), preset_info("hello")))
    app = AbreastApp(session_api)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        await pilot.pause()
        shown = text_of(app)
        assert "┆" in shown
        assert re.search(r"kill-worker\s+pause for 3 s\s+kill for 3 s", shown)
        assert re.search(r"0:11 +kill-worker", shown)
    session_api = Planning(offered=(preset_info("crud-concurrency"),))
    app = AbreastApp(session_api)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "one after another: ● fastapi" in text_of(app)
        shape = app.screen.query_one("#shape", Panel)
        assert {span.style for row in shape.rows for span in row} >= {"slot0", "slot1", "slot2"}


async def test_plans_of_the_folder_are_listed_and_can_be_started(session_api: FakeSessionApi) -> None:
    session_api.in_folder = (
        PresetInfo("mine.toml", title="My own", targets=PRESETS[0].targets, stages=PRESETS[0].stages),
        PresetInfo("wrong.toml", error="wrong.toml, line 3: stages: nothing"),
    )
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.pause()
        shown = text_of(app)
        assert "2 plans here" in shown
        assert "My own" in shown
        await pilot.press("end")
        await pilot.pause()
        await pilot.pause()
        assert "wrong.toml, line 3" in text_of(app)
        await pilot.press("up", "enter")
        await pilot.pause()
    assert session_api.started == [Choice("mine.toml", ())]


async def test_plans_that_are_found_late_leave_the_choice_and_the_search_alone() -> None:
    session_api = Slow(in_folder=(PresetInfo("hello.toml", title="mine"),))
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("down", "slash", *"hel")
        await pilot.pause()
        session_api.may_answer.set()
        await pilot.pause()
        await pilot.pause()
        presets = app.screen.query_one("#presets", OptionList)
        assert (presets.option_count, presets.highlighted) == (3, 0)
        await pilot.press("enter", "enter")
        await pilot.pause()
    assert session_api.started == [Choice("hello", ())]


async def test_a_click_chooses_and_a_double_click_starts(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.click("#presets", offset=(5, 3))
        await pilot.pause()
        await pilot.pause()
        assert "Users keep coming" in text_of(app)
        assert session_api.started == []
        await pilot.click("#search")
        await pilot.press(*"tasks")
        await pilot.pause()
        assert app.screen.query_one("#search", Input).value == "tasks"
        await pilot.double_click("#presets", offset=(5, 1))
        await pilot.pause()
    assert session_api.started == [Choice("tasks", ())]


async def test_a_click_checks_a_target_and_the_keys_can_be_clicked(session_api: FakeSessionApi) -> None:
    app = AbreastApp(session_api)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.click("#targets", offset=(3, 2))
        await pilot.pause()
        assert text_of(app).count("[x]") == 2
        bar = app.screen.query_one("KeyBar")
        at = text_of(app).splitlines()[-1].index("start")
        await pilot.click(bar, offset=(at, 0))
        await pilot.pause()
    assert session_api.started == [Choice("hello", ("fastapi", "django-asgi"))]


class Slow(FakeSessionApi):
    """Reads the folder only when it may."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.may_answer = asyncio.Event()

    async def folder_plans(self) -> list[PresetInfo]:
        """The plans, late."""
        await self.may_answer.wait()
        return await super().folder_plans()
