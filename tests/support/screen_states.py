"""Every screen in every state, over a scripted session, a made recording or the demo: for tests that hold
everywhere, and for pictures (`python -m tests.looks`)."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from engine.comparison.comparison import Comparison, Side, compared
from engine.machine import paths
from engine.metrics.duels import DuelBegan
from engine.metrics.event_detail import EventDetail
from engine.metrics.profiles import Profiled
from engine.metrics.records import Trial
from engine.metrics.rounds import Round
from engine.metrics.snapshot import EventSnapshot, Recovery, ShapePosition, Snapshot
from engine.metrics.streak import Streak
from engine.metrics.target_snapshot import Launch
from engine.metrics.timeline import Timeline
from engine.playback import demo
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.next_stage import next_stage
from tests.engine.comparison.conftest import run_like
from tests.support.fakes import FakeSessionApi, SlowToStop, ended, open_snapshot, snapshot, with_target
from tests.support.made_profiles import DJANGO, FASTAPI
from tests.support.made_rounds import MadeTarget, turns
from tests.support.made_searches import MadeSearch, search_records
from tests.support.made_sessions import Shape, write
from tests.support.refusals import of_all
from tests.support.scripted_figures import request_stats
from tests.support.waiting import eventually
from tui.app import AbreastApp, CompareApp, ScreenApp, WatchApp
from tui.look import Look
from tui.recorded_host import RecordedHost
from tui.screens.end import EndScreen
from tui.screens.focus import SteeringFocusScreen
from tui.screens.sessions import SessionsScreen
from tui.session_api import Choice
from tui.themes import Depth

SIZES = ((80, 24), (120, 35), (160, 45), (200, 60))

SMALLEST = (60, 16)
"""What every screen fits in; names are shortened there, and some parts are left out."""

NAMES = ("fastapi", "django-wsgi", "django-asgi")


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal is like, and how abreast draws there."""

    depth: Depth = "truecolor"
    look: Look = field(default_factory=Look)


Opened = AbstractAsyncContextManager[Pilot[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """A screen in a state."""

    open: Callable[[Terminal, tuple[int, int]], Opened]
    shows: tuple[str, ...] = ()
    """Texts that are seen at every size: of a session, the labels of its targets."""


async def settled(pilot: Pilot[Any]) -> None:
    """Lets the screen pull, lay out and draw, whatever screen it is."""
    for _ in range(3):
        await pilot.pause()
        pull = getattr(pilot.app.screen, "pull", None)
        if pull is not None:
            pull()
    if not pilot.app.screen.has_class("-leaving"):
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


def _of_depth(kind: type[ScreenApp], depth: Depth) -> Any:
    """The app on a terminal with so many colours."""
    return type(kind.__name__, (kind,), {"DEPTH": depth})


# ---------------------------------------------------------------- what is shown


def _shaped(picture: Snapshot) -> Snapshot:
    """Stages, of which one is to come."""
    stages = (Stage(20, 0.0), Stage(20, 100.0), Stage(300, 0.0), Stage(300, 100.0))
    position = ShapePosition(stages, 72.4, 0.0, next_stage(Steering(stages, 0.0), 72.4))
    return replace(picture, shape=position, length_s=200.0)


def _starting() -> Snapshot:
    picture = replace(of_all(snapshot(1, events=False), state="starting"), phase="starting", now_s=0.0)
    built = EventSnapshot(0.0, "image", "", "building the targets' image (once; some minutes)")
    return replace(picture, seconds=(), stage_text="", events=(built,))


def _paused() -> Snapshot:
    picture = replace(_shaped(snapshot()), stage_text="paused", stage_kind="paused")
    for name in NAMES:
        picture = with_target(picture, name, load={"paused": True})
    return picture


def _solo() -> Snapshot:
    picture = replace(snapshot(), schedule="solo", stage_text="fastapi alone, 1/3 · level 1/3: 20 users")
    for at, (name, turn) in enumerate(zip(NAMES, ("done", "on", "waits"), strict=True)):
        picture = with_target(picture, name, turn=turn, turn_began_s=24.0 * at)
    return picture


def _rounds(rounds: list[Round]) -> Snapshot:
    text = "turns · round 24/40"
    return replace(
        snapshot(),
        schedule="turns",
        rounds=tuple(rounds),
        stage_text=text,
        stage_kind="turns",
        think_time_mean_s=0.0,
    )


def _broken() -> Snapshot:
    """One target is down, one answers nothing, every request of the third fails."""
    picture = snapshot()
    failing = replace(picture.targets[0].window, ok=0, failed=500, goodput=0.0)
    picture = with_target(picture, "fastapi", window=failing, streak=Streak(3.0, 500, "status 404"))
    picture = with_target(picture, "django-wsgi", state="down", state_s=6.0, faults=("kill",))
    silent = replace(picture.targets[2].window, ok=0, unanswered=20, goodput=0.0)
    picture = with_target(picture, "django-asgi", window=silent, streak=Streak(silent_s=8.0))
    return replace(picture, events=(*picture.events, _fault()))


def _fault(at_s: float = 66.0) -> EventSnapshot:
    return EventSnapshot(at_s, "fault", "django-wsgi", "kill", EventDetail("injected", "kill"))


def _moment() -> Snapshot:
    picture = _shaped(snapshot(73))
    return replace(picture, now_s=73.4, events=(*picture.events, _fault(72.5)))


def _recovered() -> Snapshot:
    first = Recovery(1, "fastapi", "pause", 60.0, 63.0, 70.0, 0.0, 5.0, 0.0, 5.1, 0, load_changed=False)
    second = replace(first, number=2, target="django-wsgi", recovered_s=66.0)
    return replace(snapshot(), recoveries=(first, second))


def _search(*, is_over: bool) -> Snapshot:
    timeline, last_s = Timeline(), 0.0
    made = MadeSearch() if is_over else MadeSearch(trials=7, outcome="running")
    for record in search_records(made):
        timeline.apply(record)
        last_s = record.to_s if isinstance(record, Trial) else last_s
    return timeline.snapshot(last_s)


def _comparison() -> Comparison:
    shape = Shape(seconds=60, targets=NAMES[:2], rps=30)
    a = run_like(shape)
    b = run_like(replace(shape, seed=2, slowness=(1.5, 2.0), session_id="20250101-130000-hello-0002"))
    return compared(Side(a, a.subjects), Side(b, b.subjects))


# ---------------------------------------------------------------- how it is opened


def _session(
    picture: Callable[[], Snapshot],
    keys: str = "",
    *,
    shows: tuple[str, ...] = NAMES,
    stops: bool = True,
    then: Callable[[], Snapshot] | None = None,
) -> State:
    """A session on the live screen (its end card if it has ended), after these keys. `stops`: once it is
    asked to. `then`: what comes after the first picture."""

    @asynccontextmanager
    async def opened(terminal: Terminal, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
        with tempfile.TemporaryDirectory() as folder:
            api = (FakeSessionApi if stops else SlowToStop)(after_start=picture(), log=_log(Path(folder)))
            app = _of_depth(AbreastApp, terminal.depth)(api, Choice("hello", ()), look=terminal.look)
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                if api.picture is not None and api.picture.phase == "ended":
                    await eventually(lambda: isinstance(app.screen, EndScreen))
                if then is not None:
                    api.picture = then()
                    await settled(pilot)
                await _press(pilot, keys)
                if isinstance(app.screen, SteeringFocusScreen):
                    focus = app.screen
                    await eventually(lambda: bool(focus._view.lines))
                await settled(pilot)
                yield pilot
                if isinstance(api, SlowToStop):
                    api.may_stop.set()

    return State(opened, shows)


def _log(folder: Path) -> Path:
    path = folder / "log.txt"
    path.write_text("".join(f"GET /test {200 if at % 50 else 500} [b]{at}\n" for at in range(200)))
    return path


async def _press(pilot: Pilot[Any], keys: str) -> None:
    for key in keys.split():
        await pilot.press(key)
        await pilot.pause()


def _lobby(keys: str = "", shows: tuple[str, ...] = ("hello", "ramp")) -> State:
    @asynccontextmanager
    async def opened(terminal: Terminal, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
        app = _of_depth(AbreastApp, terminal.depth)(FakeSessionApi(), look=terminal.look)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await _press(pilot, keys)
            await settled(pilot)
            yield pilot

    return State(opened, shows)


def _library(keys: str = "", count: int = 3) -> State:
    """The list of so many recorded sessions."""

    @asynccontextmanager
    async def opened(terminal: Terminal, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
        for number in range(count):
            day = f"2025-01-0{number + 1}T12:00:00.000+01:00"
            outcome = ("completed", "threshold", "no-load")[number % 3]
            key = f"2025010{number + 1}-hello"
            if not (paths.sessions() / key).exists():
                made = Shape(seconds=9, rps=20, session_id=key, started_at=day, outcome=outcome)
                write(paths.sessions(), made)
        app = _of_depth(AbreastApp, terminal.depth)(FakeSessionApi(), look=terminal.look)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await pilot.press("s")
            await eventually(lambda: isinstance(app.screen, SessionsScreen))
            listed = app.screen
            assert isinstance(listed, SessionsScreen)
            await eventually(
                lambda: (
                    listed._sessions is not None
                    and not listed._is_reading
                    and not any(each.needs_summary for each in listed._sessions)
                )
            )
            await _press(pilot, keys)
            await settled(pilot)
            yield pilot

    return State(opened, ("2025-01-03 12:00", "before load") if count else ())


def _watched(at: int, keys: str = "", shows: tuple[str, ...] = ("fastapi-sync",)) -> State:
    """The demo at a second."""

    @asynccontextmanager
    async def opened(terminal: Terminal, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
        kind = _of_depth(WatchApp, terminal.depth)
        with demo.opened() as file:
            async with (
                RecordedHost.opened(file, demo.PATH, at) as host,
                kind(host, look=terminal.look).run_test(size=size) as pilot,
            ):
                await eventually(lambda: host.playback().is_shown and host.playback().state.loaded == 1)
                await settled(pilot)
                await _press(pilot, keys)
                await settled(pilot)
                yield pilot

    return State(opened, shows)


@asynccontextmanager
async def _compared(terminal: Terminal, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
    app = _of_depth(CompareApp, terminal.depth)(_comparison(), look=terminal.look)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


def _focus() -> Snapshot:
    (first, *_) = snapshot().targets
    requests = (request_stats("read", 888, 12, first.whole), request_stats("create", 300, 0, first.whole))
    launch = Launch(
        ("python", "-m", "uvicorn", "shop:app"), {"TOKEN": "***"}, {"cpus": 0.5}, {"uvicorn": "0.30.1"}
    )
    return with_target(snapshot(), "fastapi", requests=requests, launch=launch)


def _profiled() -> Snapshot:
    return replace(snapshot(), profiles=(Profiled(10.2, 15.3, 100, (FASTAPI, DJANGO)),))


def _over() -> Snapshot:
    return replace(ended(snapshot()), repeat_command="abreast run hello")


_CAST = {
    "fastapi": MadeTarget(rps=900, cpu_ms=1.0, latency_ms=9),
    "django-wsgi": MadeTarget(),
    "django-asgi": MadeTarget(rps=300, cpu_ms=2.7, latency_ms=26),
}
_STORY = (
    "Three servers, one small answer. First nothing is wrong; then one of them loses a worker, and we look."
)
_IN_FRONT: Sequence[tuple[str, str]] = (
    ("users", "u"),
    ("think time", "t"),
    ("workload", "w"),
    ("add a target", "a"),
    ("fault", "i"),
    ("options", "2 o"),
    ("kill", "k"),
    ("note", "n"),
    ("remove", "x"),
    ("export", "e"),
    ("question to stop", "escape"),
)
"""Pages that ask, and the keys that open them."""

STATES: dict[str, State] = {
    "starting": _session(_starting),
    "running": _session(lambda: _shaped(snapshot())),
    "running, one target": _session(lambda: snapshot(targets=1), shows=("fastapi",)),
    "running, seven targets": _session(lambda: snapshot(targets=7), shows=("fastapi", "django-asgi")),
    "running, a caption": _session(lambda: replace(_shaped(snapshot()), caption=_STORY), shows=("Three",)),
    "paused": _session(_paused, shows=(*NAMES, "paused")),
    "solo turns": _session(_solo),
    "turns with verdicts": _session(lambda: _rounds(turns(_CAST, 24))),
    "a duel": _session(
        lambda: replace(snapshot(), duel=DuelBegan(3.0, 1, 0, 10, NAMES[:1], in_race=True), stage_text="duel")
    ),
    "open model": _session(open_snapshot, shows=(*NAMES, "200 arrivals/s")),
    "broken targets": _session(_broken, shows=(*NAMES, "DOWN", "SILENT", "ERRORS")),
    "stopping": _session(lambda: replace(snapshot(), phase="stopping")),
    "leaving": _session(snapshot, "q q", shows=("stopping load and targets",), stops=False),
    "a moment": _session(lambda: _shaped(snapshot()), shows=("killed: watch ",), then=_moment),
    "presenter, a podium": _session(_recovered, "p", shows=("recovered from",)),
    "frozen": _session(snapshot, "f", shows=(*NAMES, "FROZEN")),
    "percentiles": _session(snapshot, "h", shows=NAMES),
    "a heat map": _session(snapshot, "h h", shows=NAMES),
    "presenter": _session(snapshot, "p", shows=NAMES),
    "presenter, broken targets": _session(_broken, "p", shows=NAMES),
    "zoom: second chart": _session(snapshot, "z", shows=("p95 latency",)),
    "zoom: first chart": _session(snapshot, "z z", shows=("goodput",)),
    "zoom: a lane": _session(snapshot, "z z z", shows=("fastapi",)),
    "zoom: events": _session(snapshot, "z z z z", shows=("stage 1/2", "users 10")),
    "one target": _session(_focus, "enter", shows=("fastapi", "by name")),
    "help": _session(snapshot, "question_mark", shows=("esc close",)),
    "the light": _session(snapshot, "exclamation_mark", shows=("the generator",)),
    "profile": _session(_profiled, "y", shows=("fastapi",)),
    **{f"ask: {name}": _session(snapshot, keys, shows=()) for name, keys in _IN_FRONT},
    "ended": _session(_over, shows=(*NAMES, "served")),
    "ended, one target": _session(
        lambda: replace(snapshot(targets=1), phase="ended", outcome="completed"), shows=("fastapi",)
    ),
    "ended, in turns": _session(lambda: ended(_rounds(turns(_CAST, 24))), shows=NAMES),
    "ended, export": _session(_over, "e", shows=()),
    "capacity, searching": _session(lambda: _search(is_over=False), shows=NAMES[:2]),
    "capacity, found": _session(lambda: _search(is_over=True), shows=NAMES[:2]),
    "lobby": _lobby(),
    "lobby, targets": _lobby("tab down"),
    "lobby, a search": _lobby("slash r a m p", shows=("ramp",)),
    "lobby, no match": _lobby("slash z z z", shows=("zzz",)),
    "lobby, a broken plan": _lobby("up", shows=("broken",)),
    "lobby, ask for users": _lobby("u", shows=()),
    "sessions": _library(),
    "sessions, none": _library(count=0),
    "sessions, a search": _library("slash 0 3"),
    "comparison": State(_compared, ("A", "B")),
    "watched": _watched(48),
    "watched, the result": _watched(10_000),
    "watched, presenter": _watched(48, "P"),
}
"""By name."""
