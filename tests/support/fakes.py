"""Fakes beside the real things: a `SessionApi` with a scripted session; no clock, no processes."""

import asyncio
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path

from engine.metrics.by_hand import MANUAL
from engine.metrics.event_detail import EventDetail
from engine.metrics.snapshot import EventSnapshot, HealthSnapshot, Snapshot, Threshold
from engine.metrics.target_snapshot import (
    HealthProbe,
    TargetLoad,
    TargetSnapshot,
    TargetState,
    Totals,
)
from engine.metrics.window_stats import (
    ArrivalStats,
    Figure,
    LevelStats,
    LinkStats,
    ResourceUsage,
    WindowStats,
)
from engine.plan.commands import Choice, Command, Notice
from engine.protocol.load_shape import Stage, length_s
from targets.errors import UsageError
from targets.runtime import Reading
from tests.support.scripted_figures import (
    CAST,
    HISTORY_S,
    ramp,
    request_stats,
    series,
    signals,
    spectrum,
    wave,
    window_stats,
)
from tui.session_api import PresetInfo, TargetInfo, TargetRow


def level(stats: WindowStats, wanted: int = 20, to_s: int = 72) -> LevelStats:
    """A level that was held from the 12th second on."""
    return LevelStats(wanted, stats, ResourceUsage(), from_s=12, to_s=to_s)


def at_level(of: TargetSnapshot, stats: WindowStats, wanted: int = 20) -> TargetSnapshot:
    """The same target with these figures at the only level that it held."""
    return replace(of, steady=stats, levels=(level(stats, wanted),))


def target(slot: int, second: int, state: TargetState = "ready") -> TargetSnapshot:
    """One scripted target, `second` seconds into its session."""
    character = CAST[slot]
    seconds = tuple(range(max(second - HISTORY_S, 0) + 1, second + 1))
    window = window_stats(character, slot, second, float(min(second, 10)))
    base = window_stats(CAST[1], 1, second, float(min(second, 10)))
    total = round(character.goodput * max(second - 5, 0))
    return TargetSnapshot(
        name=character.name,
        label=character.name.replace("#2", " ×4"),
        slot=slot,
        server=character.server,
        state=state,
        trouble="",
        address=f"127.0.0.1:{18000 + slot}",
        turn="",
        load=TargetLoad(
            users=round(20 * ramp(second)),
            users_wanted=round(20 * ramp(second)),
            think_time_mean_s=0.1,
            in_flight=round(15 * ramp(second)),
            oldest_in_flight_ms=character.p50_ms * 4,
        ),
        window=window,
        steady=window,
        whole=window,
        totals=Totals(total, total),
        requests=(),
        resources=Reading(
            cpu_pct=character.cpu_pct * ramp(second),
            memory_bytes=round((character.memory_mb + 0.1 * second) * 1e6),
            processes=1,
            threads=9,
        ),
        health_probe=HealthProbe(latency_ms=1.5 * wave(second, slot)),
        little_error=None,
        ratio=character.goodput / CAST[1].goodput if slot != 1 else None,
        steady_ratio=window.goodput / base.goodput if slot != 1 and base.goodput else None,
        usage=ResourceUsage(cpu_mean_pct=character.cpu_pct, memory_max_mb=character.memory_mb),
        levels=(level(window, to_s=second),) if second >= 15 else (),
        series=series(character, slot, seconds),
        second=replace(window, seconds=1.0, requests=round(window.goodput), ok=round(window.goodput)),
        signals=signals(character, slot, seconds),
        spectrum=spectrum(character),
        whole_spectrum=spectrum(character),
    )


def _stage(t_s: float, number: str, does: str) -> EventSnapshot:
    return EventSnapshot(t_s, "stage", "", f"{number}: {does}", EventDetail("begins", does))


def snapshot(second: int = 72, targets: int = 3, events: bool = True) -> Snapshot:
    """A scripted session `second` seconds after load began to flow."""
    seconds = tuple(range(max(second - HISTORY_S, 0) + 1, second + 1))
    by_hand = (
        EventSnapshot(41.0, "think", "", "think time 100 ms → none"),
        EventSnapshot(64.0, "users", "django-wsgi", "users 10 → 20"),
    )
    happened = (
        _stage(0.0, "stage 1/2", "ramp to 20 users over 10 s"),
        _stage(10.0, "stage 2/2", "hold 20 users"),
        by_hand[0],
        replace(by_hand[1], text=f"{by_hand[1].text}{MANUAL}"),
    )
    return Snapshot(
        session_id="20250101-120000-hello",
        title="Hello, three servers",
        question="The same small JSON answer from three servers: what does the framework itself cost?",
        preset="hello",
        workload="hello",
        think_time="100 ms",
        think_time_mean_s=0.1,
        model="closed",
        schedule="race",
        runtime="local",
        phase="running",
        outcome="running",
        now_s=second + 0.4,
        length_s=210.0,
        stage_text="stage 2/2: hold 20 users",
        stage_kind="stage",
        window_asked_s=10.0,
        linked=True,
        baseline="django-wsgi",
        compared_with="django-wsgi",
        seconds=seconds,
        targets=tuple(target(slot, second) for slot in range(targets)),
        events=tuple(event for event in happened if events and event.t_s <= second),
        by_hand=tuple(event for event in by_hand if events and event.t_s <= second),
        health=HealthSnapshot("green", (), 31.0, 0.4, contended=True),
    )


def with_target(picture: Snapshot, name: str, **changes: object) -> Snapshot:
    """The same snapshot with one target changed; see `changed`."""
    targets = tuple(changed(each, **changes) if each.name == name else each for each in picture.targets)
    return replace(picture, targets=targets)


def changed(target: TargetSnapshot, **changes: object) -> TargetSnapshot:
    """The same target with other values; those of a part (`load`, `resources`, …) as a dict of its fields."""
    for name, value in changes.items():
        part = getattr(target, name)
        is_part = is_dataclass(part) and not isinstance(part, type)
        new = replace(part, **value) if is_part and isinstance(value, dict) else value
        target = replace(target, **{name: new})  # type: ignore[arg-type]  # tests name real fields
    return target


def open_snapshot(second: int = 72) -> Snapshot:
    """The same session in the open model: 200 arrivals a second, of which one target drops some."""
    picture = snapshot(second)
    targets = []
    for each in picture.targets:
        drops = 1234 if each.slot == 2 else 0
        window = replace(each.window, goodput=76.6 if drops else 199.0, arrivals=arrivals(each, drops))
        load = replace(each.load, arrivals_wanted=200)
        ratio = None if each.slot == 1 else window.goodput / 199.0
        of_window = replace(each, window=window, second=window, whole=window, load=load, steady_ratio=ratio)
        targets.append(at_level(of_window, window, wanted=200))
    return replace(
        picture, model="open", max_users=50, think_time="none", think_time_mean_s=0.0, targets=tuple(targets),
        stage_text="stage 2/2: hold 200 arrivals/s",
    )  # fmt: skip


def arrivals(of: TargetSnapshot, dropped: int) -> ArrivalStats:
    """One scripted target's arrivals: each is sent a third of the response time late."""
    figures = (of.window.p50, of.window.p95, of.window.p99)
    p50, p95, p99 = (replace(each, value_ms=(each.value_ms or 0) * 2 / 3) for each in figures)
    return ArrivalStats(2000, 200.0, 2000 - dropped, dropped, 3 if dropped else 0, p50, p95, p99)


def ended(picture: Snapshot) -> Snapshot:
    """A scripted session at its end, with all that results can say."""
    slo = (
        Threshold("fastapi", "attainment", 0.99, 20.0, 0.9991, passed=True),
        Threshold("django-wsgi", "attainment", 0.99, 20.0, 0.991, passed=True),
        Threshold("django-asgi", "attainment", 0.99, 20.0, 0.9512, passed=False),
    )
    targets = []
    for each, threshold in zip(picture.targets, slo, strict=False):
        exact = replace(
            each.steady,
            attainment=threshold.measured,
            error_interval=(0.001, 0.004),
            p50=around(each.steady.p50),
            p95=around(each.steady.p95),
            p99=around(each.steady.p99),
        )
        if each.slot == 1:
            exact = replace(exact, links=LinkStats(40, 0.12, 0.2, 0.9, 3, 1e6, 5e5, connects_matter=True))
        read = request_stats("read", 888, 12, exact)
        made = request_stats("create", 300, 0, exact)
        requests = (made, read if each.slot == 0 else replace(read, failed=0, error_rate=0, errors=()))
        at_end = replace(each, state="stopped", requests=requests)
        targets.append(at_level(at_end, exact, each.levels[-1].wanted))
    health = HealthSnapshot("amber", ("amber for 3 s of 60 s measured",), 84.0, 1.0, contended=True)
    return replace(
        picture, phase="ended", outcome="threshold", targets=tuple(targets), thresholds=slo, health=health
    )


def around(figure: Figure) -> Figure:
    """A figure with an interval."""
    value_ms = figure.value_ms or 0.0
    return replace(figure, low_ms=value_ms * 0.97, high_ms=value_ms * 1.05)


TARGETS = (
    TargetInfo("fastapi", "FastAPI, async views", frozenset({"health", "hello", "tasks"}), "uvicorn ×1"),
    TargetInfo("django-wsgi", "Django, sync views", frozenset({"health", "hello", "tasks"}), "gthread 1×8"),
    TargetInfo("django-asgi", "Django, async views", frozenset({"health", "hello"}), "uvicorn ×1"),
)

ROWS = tuple(TargetRow(each.name, each.name, each.name, each.server, each.about) for each in TARGETS)

PRESETS = (
    PresetInfo(
        name="hello",
        title="Hello, three servers",
        question="The same small JSON answer from three servers: what does the framework itself cost?",
        targets=ROWS,
        stages=(Stage(10, 5.0), Stage(10, 25.0)),
        workload="hello",
        think_time="100 ms",
    ),
    PresetInfo(
        name="ramp",
        title="Up the ramp",
        question="Users keep coming and nobody thinks: where does each server stop getting faster?",
        source="a published comparison of three stacks",
        targets=ROWS[:2],
        stages=(
            Stage(5, 2.0),
            Stage(5, 10.0),
            Stage(20, 5.0),
            Stage(20, 10.0),
            Stage(60, 8.0),
            Stage(60, 15.0),
        ),
        workload="hello",
        length_s=50.0,
        think_time="none",
    ),
    PresetInfo(
        name="tasks",
        title="Task CRUD without a database",
        question="List, read, create, replace, change, delete: does the order hold for real requests?",
        targets=ROWS,
        stages=(Stage(20, 5.0), Stage(20, 40.0)),
        workload="tasks",
        length_s=45.0,
        think_time="50 ms to 150 ms",
    ),
    PresetInfo(
        name="broken",
        error="broken.toml: unknown key 'thnk_time'\n  why:  line 7\n  hint: did you mean think_time?",
    ),
)


@dataclass
class FakeSessionApi:
    """A session API that returns the snapshot it is given, and records its calls."""

    picture: Snapshot | None = None
    """What `snapshot` gives."""
    after_start: Snapshot | None = field(default_factory=snapshot)
    """What `picture` becomes once a session was started."""
    refuses: str = ""
    """Why `start` refuses; empty: it starts."""
    cannot_begin: str = ""
    """Why a started session does not begin."""
    started: list[Choice] = field(default_factory=list)
    offered: tuple[PresetInfo, ...] = PRESETS
    """What `presets` gives."""
    log: Path | None = None
    """Every target's log."""
    in_folder: tuple[PresetInfo, ...] = ()
    """The plans of the current folder."""
    has_docker: bool = False
    """Whether a Docker Engine answers."""
    sent: list[Command] = field(default_factory=list)
    stopped: int = 0
    waiting_notices: list[Notice] = field(default_factory=list)
    in_browsers: int = 0
    """How many people watch in a browser."""

    def snapshot(self) -> Snapshot | None:
        """The picture at hand."""
        return self.picture

    @property
    def is_busy(self) -> bool:
        """Whether there is a session that has not ended."""
        return bool(self.started) and (self.picture is None or self.picture.phase != "ended")

    def presets(self) -> list[PresetInfo]:
        """By default three that work and one that does not."""
        return list(self.offered)

    async def folder_plans(self) -> list[PresetInfo]:
        """What the folder has."""
        return list(self.in_folder)

    def planned(self, choice: Choice) -> PresetInfo:
        """The preset with the choice's users held, and its length."""
        preset = next(each for each in (*self.offered, *self.in_folder) if each.name == choice.preset)
        held_s = choice.seconds or preset.length_s or length_s(preset.stages)
        stages = preset.stages
        if choice.users is not None:
            stages = (Stage(choice.users, 0.0), Stage(choice.users, held_s))
        return replace(preset, stages=stages, length_s=choice.seconds or preset.length_s)

    def targets(self) -> list[TargetInfo]:
        """Three; one of them does not serve `tasks`."""
        return list(TARGETS)

    def doctor(self) -> list[str]:
        """What a small machine says."""
        return ["2 cores: load on 1, targets on 0", "generator not calibrated"]

    async def docker_answers(self) -> bool:
        """As the test says."""
        return self.has_docker

    def public_text(self, text: str) -> str:
        """The text as it is: nothing in it is secret."""
        return text

    def log_of(self, target: str) -> Path | None:
        """The same log for every target."""
        return self.log

    def start(self, choice: Choice) -> None:
        """Remembers the choice, or refuses it."""
        if self.refuses:
            raise UsageError(self.refuses, why="the test wants it", hint="choose another")
        self.started.append(choice)
        self.picture = self.after_start

    def send(self, command: Command) -> None:
        """Remembers the command."""
        self.sent.append(command)

    def trouble(self) -> str:
        """Why the session could not begin."""
        return self.cannot_begin

    def visitors(self) -> int:
        """As the test says."""
        return self.in_browsers

    def notices(self) -> list[Notice]:
        """Gives each notice once."""
        notices, self.waiting_notices = self.waiting_notices, []
        return notices

    def start_again(self) -> None:
        """Starts the last choice again."""
        self.start(self.started[-1])

    async def stop(self) -> None:
        """The session has ended."""
        self.stopped += 1
        if self.picture is not None and self.picture.phase != "ended":
            self.picture = replace(self.picture, phase="ended", outcome="completed")


@dataclass
class SlowToStop(FakeSessionApi):
    """One whose session has stopped once the test says so."""

    may_stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def stop(self) -> None:
        """The session has ended, after a while."""
        await self.may_stop.wait()
        await super().stop()


STREAMED = replace(
    target(0, 72).window, tokens=5000, tokens_per_s=500.0, first_byte_p50=Figure(12.0, 10.0, False)
)
"""Figures of a target that streams."""
