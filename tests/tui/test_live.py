"""The live screen over a fake desk: keys send commands, the picture follows the snapshot."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.metrics.snapshot import HealthSnapshot, Recovery
from engine.plan import commands
from engine.plan.commands import Command, Notice
from engine.plan.faults import Fault
from tests.support.fakes import FakeSessionApi, ended, open_snapshot, snapshot, with_target
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import WITHIN_S
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.widgets.lane import Lane

pytestmark = pytest.mark.anyio

Live = Callable[[FakeSessionApi], AbreastApp]
SMALL, WIDE = (80, 24), (160, 45)


async def settle(pilot: Pilot[None]) -> None:
    """Lets the screen pull, lay out and draw again."""
    await pilot.pause()
    if isinstance(pilot.app.screen, LiveScreen):
        pilot.app.screen.pull()
    await pilot.pause()
    await pilot.pause()


KEYS: tuple[tuple[str, Command], ...] = (
    ("plus", commands.ChangeUsers(None, 1)),
    ("equals_sign", commands.ChangeUsers(None, 1)),
    ("minus", commands.ChangeUsers(None, -1)),
    ("right_square_bracket", commands.ChangeUsers(None, 10)),
    ("left_square_bracket", commands.ChangeUsers(None, -10)),
    ("m", commands.HandBack(None)),
    ("l", commands.SetLinked(False)),
    ("space", commands.Pause(None)),
    ("2 b", commands.SetBaseline("django-wsgi")),
    ("right r", commands.RestartTarget("django-asgi")),
    ("o b a c k l o g = 9 enter", commands.SetOptions("django-asgi", "backlog=9")),
    ("left k y", commands.InjectFault("django-wsgi", Fault("kill"))),
    ("3 x enter", commands.RemoveTarget("django-asgi")),
    ("e", commands.Export()),
    ("u 4 2 enter", commands.SetUsers(None, 42)),
    ("t 1 s enter", commands.SetThinkTime(None, "1s")),
    ("w up enter", commands.SetWorkload("health")),
    ("a down down enter", commands.AddTarget("django-wsgi")),
    ("n h i enter", commands.Note("hi")),
    ("s", commands.SetWindow(30.0)),
)
"""Keys, and the command that they give while all targets are linked."""


async def test_each_key_sends_its_command(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        for keys, command in KEYS:
            session_api.sent.clear()
            await pilot.press(*keys.split())
            await pilot.pause()
            assert (keys, session_api.sent) == (keys, [command])


@pytest.mark.parametrize(
    ("workload", "keys", "command"),
    [
        ("slow-model", "d 3 space s enter", commands.SetModelTime(None, 3.0)),
        ("upstream", "d 0 . 2 enter", commands.SetUpstream(0.2, None)),
        ("upstream", "d 5 0 m s comma 1 0 % enter", commands.SetUpstream(0.05, 0.1)),
        ("upstream", "d comma 2 5 enter", commands.SetUpstream(None, 0.25)),
        ("hello", "d", None),
    ],
)
async def test_what_the_workload_waits_for_can_be_delayed(
    live: Live, workload: str, keys: str, command: Command | None
) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), workload=workload))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        session_api.sent.clear()
        await pilot.press(*(key if key != "%" else "percent_sign" for key in keys.split()))
        await pilot.pause()
        assert session_api.sent == ([command] if command else [])


async def test_unlinked_keys_steer_the_selected_target_alone(live: Live) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), linked=False))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "plus", "space", "m")
        name = "django-wsgi"
        assert session_api.sent == [
            commands.ChangeUsers(name, 1),
            commands.Pause(name),
            commands.HandBack(name),
        ]


async def test_space_resumes_only_when_all_that_is_steered_is_paused(live: Live) -> None:
    session_api = FakeSessionApi(
        after_start=with_target(snapshot(targets=2), "fastapi", load={"paused": True})
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("space")
        session_api.picture = with_target(
            session_api.picture or snapshot(), "django-wsgi", load={"paused": True}
        )
        await settle(pilot)
        assert "space resume" in text_of(pilot.app)
        await pilot.press("space")
        assert session_api.sent == [commands.Pause(None), commands.Resume(None)]


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("u minus 1 enter", "is not a number of users"),
        ("u 9 9 9 9 9 enter", "is not a number of users"),
        ("t x enter", "is not a duration"),
        ("w n o p e enter", "unknown workload"),
        ("w down enter", "django-asgi cannot serve 'tasks'"),
        ("a f a s t a p enter", "did you mean 'fastapi'?"),
        ("n enter", "a note cannot be empty"),
        ("o w o r k e r = 4 enter", "did you mean 'workers'?"),
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


async def test_options_begin_with_what_is_set(live: Live) -> None:
    set_now = {"workers": 4, "threads": 8, "env.TOKEN": "(hidden)"}
    session_api = FakeSessionApi(after_start=with_target(snapshot(targets=2), "django-wsgi", options=set_now))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "o")
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "workers=4:env.TOKEN=(hidden)"


async def test_a_target_of_the_plans_own_has_no_options(live: Live) -> None:
    first, *others = snapshot().targets
    session_api = FakeSessionApi(
        after_start=replace(snapshot(), targets=(replace(first, name="node"), *others))
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("1", "o")
        await pilot.pause()
        assert [each.title for each in pilot.app._notifications] == ["o does not work now"]
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


async def test_frozen_holds_the_picture_and_the_keys_go_on(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("f")
        session_api.picture = snapshot(90)
        await settle(pilot)
        frozen = text_of(pilot.app)
        assert "FROZEN" in frozen
        assert "f unfreeze" in frozen
        assert "01:12 / 03:30" in frozen
        await pilot.press("plus")
        assert session_api.sent == [commands.ChangeUsers(None, 1)]
        await pilot.press("f")
        await settle(pilot)
        assert "01:30 / 03:30" in text_of(pilot.app)
        assert "FROZEN" not in text_of(pilot.app)


async def test_nothing_is_drawn_for_the_same_snapshot(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        lane = pilot.app.screen.query(Lane).first()
        rows = lane.rows
        await settle(pilot)
        assert lane.rows is rows


async def test_the_second_chart_has_tabs(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        titles = []
        for key in ("tab", "c", "shift+tab", "tab", "tab", "tab", "tab", "tab", "tab"):
            await pilot.press(key)
            await settle(pilot)
            titles.append(pilot.app.screen.query_one("#right").border_title)
        assert titles[0] == "p99 latency"
        assert titles[1] == titles[3] == "errors, % of requests"
        assert titles[2] == "p99 latency"
        assert titles[-1] == "p50 latency"


async def test_a_died_target_says_so_while_the_others_go_on(live: Live) -> None:
    picture = with_target(snapshot(), "django-asgi", state="died", trouble="exit 1: [b]no[/b]")
    async with live(FakeSessionApi(after_start=picture)).run_test(size=SMALL) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "✖ died" in shown
        assert "[b]no[/b]" in shown
        assert "r restart · x remove" in shown
        assert "4.22 k ok/s" in shown


async def test_a_target_that_failed_is_removed_without_a_question(live: Live) -> None:
    session_api = FakeSessionApi(
        after_start=with_target(snapshot(), "fastapi", state="failed", trouble="port taken")
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("x")
        assert session_api.sent == [commands.RemoveTarget("fastapi")]


async def test_targets_come_and_go(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("3")
        session_api.picture = snapshot(73, targets=2)
        await settle(pilot)
        assert len(pilot.app.screen.query(Lane)) == 2
        session_api.picture = snapshot(74, targets=4)
        await settle(pilot)
        assert len(pilot.app.screen.query(Lane)) == 4
        assert "fastapi ×4" in text_of(pilot.app)
        await pilot.press("k", "y")
        assert session_api.sent == [commands.InjectFault("fastapi", Fault("kill"))]


async def test_a_fault_is_chosen_or_written_and_undone_in_the_same_place(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("i")
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "inject a fault into fastapi" in shown
        assert "kill-worker    Kills one worker process." in shown
        assert "cpus" not in shown, "it is no container"
        await pilot.press("down", "enter", "i", *"cpus", "enter")
        await settle(pilot)
        assert "cpus needs a value" in text_of(pilot.app), "what is wrong is said, and nothing is lost"
        assert pilot.app.screen.query_one(Input).value == "cpus"
        await pilot.press("escape")
        assert session_api.sent == [commands.InjectFault("fastapi", Fault("kill", lasts_s=5.0))]
        session_api.picture = with_target(snapshot(74), "fastapi", faults=("pause",))
        await settle(pilot)
        assert "✖ pause" in text_of(pilot.app)
        await pilot.press("i", "enter")
        assert session_api.sent[1:] == [commands.UndoFaults("fastapi")]


async def test_a_target_that_is_down_keeps_its_figures(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        session_api.picture = with_target(snapshot(74), "django-wsgi", state="down", faults=("kill",))
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "✖ kill" in shown
        assert "r restart" not in shown


async def test_results_say_who_recovered_from_what(live: Live) -> None:
    struck = Recovery(1, "fastapi", "pause", 20.0, 23.0, 24.0, 0.0, 10.0, 0.0, 10.2, 0, load_changed=False)
    lost = replace(struck, number=2, target="django-wsgi", recovered_s=None, after_p95_ms=None, failed=7)
    picture = replace(ended(snapshot()), recoveries=(struck, lost))
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "pause: recovered within 4 s, 1 s after its end (p95 10.2 ms, before 10 ms)" in shown
        assert "pause: not recovered (7 failed)" in shown


@pytest.mark.parametrize("targets", [0, 1, 2, 6])
async def test_any_number_of_targets_fits_any_terminal(live: Live, targets: int) -> None:
    labels = [target.label for target in snapshot(targets=targets).targets]
    async with live(FakeSessionApi(after_start=snapshot(targets=targets))).run_test(size=WIDE) as pilot:
        for size in (WIDE, SMALL, (60, 16), (100, 30)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            shown = text_of(pilot.app)
            assert all(label in shown for label in labels), size
            assert "q quit" in shown, size
            assert max(map(len, shown.splitlines())) <= size[0]


async def test_a_small_terminal_gets_a_plain_page_and_recovers(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=(59, 16)) as pilot:
        await settle(pilot)
        assert "needs at least 60×16" in text_of(pilot.app)
        assert "ok/s" not in text_of(pilot.app)
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert "needs at least" not in text_of(pilot.app)
        assert "4.22 k ok/s" in text_of(pilot.app)


async def test_before_the_first_snapshot_it_says_that_it_starts(live: Live) -> None:
    session_api = FakeSessionApi(after_start=None)
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "starting the session…" in text_of(pilot.app)
        session_api.picture = snapshot(1)
        await settle(pilot)
        assert "starting the session…" not in text_of(pilot.app)


async def test_notices_are_shown_as_they_are_written(session_api: FakeSessionApi, live: Live) -> None:
    session_api.waiting_notices = [Notice("error", "export", "cannot write [/tmp/x.json]")]
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = [
            (toast.severity, toast.title, toast.message, toast.markup) for toast in pilot.app._notifications
        ]
        assert shown == [("error", "export", "cannot write [/tmp/x.json]", False)]


async def test_help_lists_every_key_and_details_say_all(session_api: FakeSessionApi, live: Live) -> None:
    reasons = (
        "fastapi's p99 of 4.1 ms may be up to 1.3 ms too high: the load worker was late to read answers",
        "of the load worker's core in the last second: the host took 3 % (steal), other programs kept 12 %",
    )
    assert session_api.after_start is not None
    session_api.after_start = replace(
        session_api.after_start, health=HealthSnapshot("amber", reasons, 9.0, 3.1, contended=False)
    )
    async with live(session_api).run_test(size=(100, 60)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Compare the other targets with the selected one." in text_of(pilot.app)
        assert "generator amber: fastapi's p99 of 4.1 ms" in text_of(pilot.app)
        await pilot.press("escape", "enter")
        await pilot.pause()
        assert "127.0.0.1:18000" in text_of(pilot.app)
        shown = " ".join(text_of(pilot.app).replace("│", " ").split())
        assert "generator amber: fastapi's p99 of 4.1 ms" in shown
        assert "(steal), other programs kept 12 %" in shown, "the last reason is there to its end"


async def test_a_click_on_the_footer_is_the_key(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        at = text_of(pilot.app).splitlines()[23].index("space")
        await pilot.click("KeyBar", offset=(at, 0))
        assert session_api.sent == [commands.Pause(None)]


async def test_escape_stops_the_session_and_goes_to_the_lobby(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("escape", "y")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session_api.stopped == 1
        assert isinstance(pilot.app.screen, LobbyScreen)


async def test_the_end_shows_results_and_escape_needs_no_question(live: Live) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), phase="ended", outcome="completed"))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "fastapi served 4.22 k ok/s, 2.4× django-wsgi" in text_of(pilot.app)
        await pilot.press("plus", "space", "e")
        assert session_api.sent == [commands.Export()]
        await pilot.press("escape")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(pilot.app.screen, LobbyScreen)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit_ends_the_app_and_leaves_stopping_to_its_owner(
    session_api: FakeSessionApi, live: Live, key: str
) -> None:
    app = live(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("u", "ctrl+c") if key == "ctrl+c" else await pilot.press(key)
        await pilot.pause()
        assert not app.is_running
    assert session_api.stopped == 0


async def test_it_runs_without_a_pilot_too(session_api: FakeSessionApi, live: Live) -> None:
    """`run_async` installs the eager task factory on Python 3.12 and newer; `run_test` does not."""
    app = live(session_api)

    async def look(pilot: Pilot[object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while "ok/s" not in text_of(app):
                await pilot.pause()
        assert "4.22 k ok/s" in text_of(app)
        app.exit()

    await app.run_async(headless=True, size=SMALL, auto_pilot=look)
    assert app.return_code == 0


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("targets", [3, 6])
async def test_the_screen_looks_as_it_did(live: Live, size: tuple[int, int], targets: int) -> None:
    async with live(FakeSessionApi(after_start=snapshot(targets=targets))).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"live-{targets}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_open_model_looks_as_it_did(live: Live, size: tuple[int, int]) -> None:
    async with live(FakeSessionApi(after_start=open_snapshot())).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"open-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("model", ["closed", "open"])
async def test_results_look_as_they_did(live: Live, size: tuple[int, int], model: str) -> None:
    picture = ended(open_snapshot() if model == "open" else snapshot())
    async with live(FakeSessionApi(after_start=picture)).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"results-{model}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(
    ("now_s", "then_s"), [(5.0, 10.0), (10.0, 30.0), (30.0, 60.0), (60.0, 5.0), (7.0, 10.0)]
)
async def test_the_window_key_goes_round_and_says_how_long_it_is(
    live: Live, now_s: float, then_s: float
) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), window_asked_s=now_s))
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert f"last {now_s:g} s · keys: all" in text_of(pilot.app)
        assert f"s last {now_s:g} s" in text_of(pilot.app).splitlines()[-1]
        await pilot.press("s")
        assert session_api.sent == [commands.SetWindow(then_s)]


@pytest.mark.parametrize("mode", ["block", "ascii"])
async def test_other_charts_look_as_they_did(session_api: FakeSessionApi, mode: str) -> None:
    session_api.start(commands.Choice("hello", ()))
    app = AbreastApp(
        session_api, commands.Choice("hello", ()), charts="block" if mode == "block" else "ascii"
    )
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert_same_screen(app, f"live-{mode}-80x24")


async def test_without_colours_signs_stand_on_the_lines(
    session_api: FakeSessionApi, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, "live-no-color-80x24")


async def test_a_session_that_cannot_begin_leads_back_to_the_lobby_with_the_reason() -> None:
    session_api = FakeSessionApi(after_start=None, cannot_begin="the journal cannot be written")
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        await settle(pilot)
        assert isinstance(pilot.app.screen, LobbyScreen)
        assert "the journal cannot be written" in text_of(pilot.app)


async def test_streams_have_tabs_once_there_are_any(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        chart = pilot.app.screen.query_one("#right")
        await pilot.press(*["tab"] * 6)
        await settle(pilot)
        assert chart.border_title == "/health answer time"
        picture = with_target(snapshot(73), "fastapi", streams=True)
        values = tuple(100.0 for _ in picture.seconds)
        series = replace(picture.targets[0].series, tokens_per_s=values, first_byte_ms=values)
        session_api.picture = with_target(picture, "fastapi", series=series)
        await settle(pilot)
        assert chart.border_title == "/health answer time", "the picture stays as it is"
        await pilot.press("tab")
        await settle(pilot)
        assert chart.border_title == "tokens/s"
        await pilot.press("tab")
        await settle(pilot)
        assert chart.border_title == "time to the first byte, median"
        session_api.picture = snapshot(74)
        await settle(pilot)
        assert chart.border_title == "p95 latency", "one that there is"
