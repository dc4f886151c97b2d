"""Every command that is offered, in every phase of a real session: none of them is refused."""

from pathlib import Path

import orjson
import pytest
from textual.pilot import Pilot

from tests.end_to_end.test_live_screen import picture, until
from tests.support.screen_text import text_of
from tests.support.servers import CountingServer, serving
from tui.app import AbreastApp
from tui.commands.live import LIVE
from tui.screens.end import EndScreen
from tui.screens.live import LiveScreen
from tui.session_api import Choice
from tui.session_host import SessionHost

pytestmark = pytest.mark.anyio
SIZE = (160, 45)
PLAN = """\
workload = "hello"
targets = ["fastapi", "theirs"]
accept_difference = true
think_time = "20 ms"
warm_up = "none"
[[target]]
name = "theirs"
url = "http://127.0.0.1:{port}"
[[stages]]
users = 2
hold = "60 s"
"""
ANSWERS = {
    "set_users": ("3", "enter"),
    "workload": ("enter",),
    "think_time": ("1", "0", "m", "s", "enter"),
    "add_target": ("down", "enter"),
    "set_options": ("enter",),
    "remove_target": ("y",),
    "kill": ("y",),
    "fault": (*"pause", "space", *"for", "space", *"0.1s", "enter"),
    "freeze": ("f",),
    "note": ("h", "i", "enter"),
    "export": ("enter",),
    "focus_target": ("escape",),
    "light": ("escape",),
    "profile": ("escape",),
    "present": ("p",),
    "zoom": ("escape",),
    "help": ("escape",),
}
"""What is pressed after a command's key."""
LEAVE = {"leave", "quit", "run_again", "interrupt"}
AT_WORK = {"users_up", "pause", "kill", "fault", "restart", "note", "export", "picture", "copy"}
"""Some that need a session that runs."""


def is_calm(session_api: SessionHost) -> bool:
    """Whether every target is ready, as no command that was tried before goes on."""
    return all(target.state == "ready" and not target.faults for target in picture(session_api).targets)


def restarts_of(session_api: SessionHost) -> int:
    """How many are over."""
    return sum(event.text == "is ready again" for event in picture(session_api).events)


async def try_all(pilot: Pilot[None], session_api: SessionHost, shown: LiveScreen | EndScreen) -> set[str]:
    """Presses the key of every command that is offered in this phase, one after another; which they were."""
    tried, phase = set(), picture(session_api).phase
    for command in sorted(shown.TABLE, key=lambda command: command.id == "remove_target"):  # it goes last
        if phase == "running":
            await until(pilot, lambda: is_calm(session_api))
        if picture(session_api).phase != phase:
            break
        if command.keys and command.id not in LEAVE and not command.why_not(shown.now()):
            restarts = restarts_of(session_api)
            await pilot.press(command.keys[0], *ANSWERS.get(command.id, ()))
            await pilot.pause()
            assert pilot.app.screen is shown, command.id
            tried.add(command.id)
            if command.id == "restart":  # unchanged options restart nothing
                await until(pilot, lambda before=restarts: restarts_of(session_api) > before)  # type: ignore[misc]
            if command.id == "kill":  # which lasts until it is undone
                await until(pilot, lambda: any(each.state == "down" for each in picture(session_api).targets))
                await pilot.press("r")
    return tried


@pytest.mark.timeout(600)  # all commands, one after another: at a load of thirteen this took three minutes
async def test_no_command_that_is_offered_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def exports() -> set[Path]:
        return set(tmp_path.glob("abreast-plan-*.json"))

    server = CountingServer()
    async with serving(server) as port, SessionHost.opened() as session_api:
        (tmp_path / "plan.toml").write_text(PLAN.format(port=port))
        app = AbreastApp(session_api, Choice("./plan.toml", ()))
        async with app.run_test(size=SIZE) as pilot:
            live = app.screen
            assert isinstance(live, LiveScreen)
            await until(
                pilot, lambda: session_api.snapshot() is not None and bool(picture(session_api).targets)
            )
            await until(pilot, lambda: live.selected == "fastapi")
            assert picture(session_api).phase == "starting"
            assert await try_all(pilot, session_api, live) <= {command.id for command in LIVE} - AT_WORK

            await until(pilot, lambda: picture(session_api).phase == "running")
            await pilot.press("1")
            mine = await try_all(pilot, session_api, live)
            assert {"users_up", "set_users", "pause", "add_target", "kill", "fault", "export"} <= mine
            await pilot.press(str(1 + [each.name for each in picture(session_api).targets].index("theirs")))
            theirs = await try_all(pilot, session_api, live)
            assert not theirs & {"restart", "kill", "fault", "set_options", "workload"}
            before_the_end = exports()

            session_api.end("completed")
            await until(pilot, lambda: picture(session_api).phase == "ended" and not session_api.is_busy)
            await until(pilot, lambda: isinstance(app.screen, EndScreen))
            end = app.screen
            assert isinstance(end, EndScreen)
            await until(pilot, lambda: "repeat it" in text_of(app))
            before = text_of(app).splitlines()[0]
            assert {"baseline", "export", "next_chart", "page_down"} <= await try_all(pilot, session_api, end)
            await until(pilot, lambda: len(exports() - before_the_end) == 1)
            (exported,) = exports() - before_the_end
            assert orjson.loads(exported.read_bytes())["outcome"] == "completed"
            await until(pilot, lambda: any(exported.name in each.message for each in app._notifications))
            assert text_of(app).splitlines()[0] == before, "the clock stands still"

            refused = [each for each in app._notifications if each.severity != "information"]
            assert [(each.title, each.message) for each in refused] == []
            assert not [each for each in app._notifications if "does nothing" in each.title]
