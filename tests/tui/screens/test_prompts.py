"""Pages that ask for a value, or yes or no."""

import pytest
from textual.widgets import Input

from engine.plan import commands
from engine.plan.faults import Fault
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, Live, settle
from tests.support.screen_text import assert_same_screen, text_of
from tui.screens.live import LiveScreen
from tui.widgets.choices import Choices

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("u minus 1 enter", "is not a number of virtual users"),
        ("u 9 9 9 9 9 enter", "is not a number of virtual users"),
        ("t x enter", "is not a duration"),
        ("w n o p e enter", "unknown workload"),
        ("w down enter", "django-asgi cannot serve 'tasks'"),
        ("a f a s t p i enter", "did you mean 'fastapi'?"),
        ("a d j a n g o enter", "unknown target 'django'"),
        ("n enter", "a note cannot be empty"),
    ],
)
async def test_a_prompt_says_what_is_wrong_and_keeps_the_text(
    session_api: FakeSessionApi, live: Live, keys: str, complaint: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys.split())
        await pilot.pause()
        assert complaint in text_of(pilot.app)
        kept = pilot.app.screen.query_one(Input).value
        typed = "".join(key for key in keys.split()[1:] if len(key) == 1)
        assert typed in kept
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == []


async def test_a_question_can_be_answered_with_no(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("k", "n", "escape", "escape")
        await pilot.pause()
        assert session_api.sent == []
        assert session_api.stopped == 0
        assert isinstance(pilot.app.screen, LiveScreen)


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("a f a s enter", commands.AddTarget("fastapi")),
        ("a f a s tab enter", commands.AddTarget("fastapi")),
        ("a d j a n g o - a tab enter", commands.AddTarget("django-asgi")),
        ("a d j a n down down enter", commands.AddTarget("django-asgi")),
        ("a f a s tab down down enter", commands.AddTarget("fastapi:workers=")),
        ("a f a s t a p i : w tab 4 enter", commands.AddTarget("fastapi:workers=4")),
        ("w h e tab enter", commands.SetWorkload("health")),
        ("i p a u s e enter", commands.InjectFault("fastapi", Fault("pause"))),
        ("i p a u tab enter", commands.InjectFault("fastapi", Fault("pause", lasts_s=5.0))),
        ("i p a u enter", commands.InjectFault("fastapi", Fault("pause", lasts_s=5.0))),
    ],
)
async def test_suggestions_follow_what_is_typed_and_complete_it(
    session_api: FakeSessionApi, live: Live, keys: str, command: commands.Command
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys.replace(":", "colon").replace("-", "minus").split())
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen), text_of(pilot.app)
    assert session_api.sent == [command]


async def test_a_prompt_shows_only_what_matches(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await pilot.pause()
        choices = pilot.app.screen.query_one(Choices)
        assert choices.option_count == 3
        await pilot.press(*"fa")
        await pilot.pause()
        assert choices.option_count == 1
        await pilot.press("x")
        await pilot.pause()
        assert not choices.display
        await pilot.press("backspace", "backspace", "backspace")
        await pilot.pause()
        assert choices.option_count == 3


async def test_a_click_takes_a_suggestion_and_a_double_click_answers(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await pilot.pause()
        await pilot.click("Choices", offset=(3, 1))
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "django-wsgi"
        await pilot.double_click("Choices", offset=(3, 2))
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
    assert session_api.sent == [commands.AddTarget("django-asgi")]


@pytest.mark.parametrize(("word", "sent"), [("y yes", 1), ("n no", 0)])
async def test_answers_can_be_clicked(session_api: FakeSessionApi, live: Live, word: str, sent: int) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("k")
        await pilot.pause()
        lines = text_of(pilot.app).splitlines()
        row = next(at for at, line in enumerate(lines) if word in line)
        await pilot.click(offset=(lines[row].index(word), row))
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
    assert len(session_api.sent) == sent


@pytest.mark.parametrize(
    ("keys", "name"), [("a d j", "add"), ("i", "fault"), ("w", "workload"), ("k", "kill")]
)
async def test_prompts_look_as_they_did(
    session_api: FakeSessionApi, live: Live, keys: str, name: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(*keys.split())
        await pilot.pause()
        assert_same_screen(pilot.app, f"prompt-{name}-80x24", within=".dialog")
