"""Runs a plan: targets, load, commands, records. The outermost block of a front; a screen runs inside it.

Rules of this file:
- a session ends by its own `ending` event alone, whatever happened outside: `_run` is shielded from cancellation, so
  that load stops first, then targets, then the journal is closed, however the block is left;
- every change of state is a record, and a record goes to the journal and to the timeline, in that order;
- commands are carried out one after another; only what takes long (starting a target) runs beside them.
"""

import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns


import anyio
from anyio.abc import TaskGroup

from engine import commands, environment, health, messages, paths
from engine.arena import Arena, Place
from engine.collector import Advance, ClosedSecond, Collector
from engine.commands import Command, Notice
from engine.fleet import Fleet, launched
from engine.histogram import Histogram
from engine.journal import FILE_NAME, JournalWriter
from engine.load_shape import Steering, ThinkTime
from engine.messages import TICK_S
from engine.plan import MAX_USERS, Plan, TargetChoice, check_served, name_apart, parse_think_time
from engine.records import (
    SCHEMA,
    Began,
    Bucket,
    Ended,
    Event,
    GeneratorSecond,
    Header,
    LoadChanged,
    Record,
    Steered,
    TargetChanged,
)
from engine.snapshot import Snapshot
from engine.timeline import Timeline, View, stage_text
from engine.workload import templates_of
from targets.errors import AbreastError, UsageError, unknown
from targets.runtime.guard import Guard

BEGIN_AFTER_S = 0.1
"""Load begins this long after every worker knows the epoch."""
SETTLE_S = 0.05
"""A tick's samples are looked for this long after its end."""
GRACE_S = 2.0
"""Requests in flight at the end of the session get this long."""


class Session:
    """One run of a plan. Made by `opened`; everything public may be called from the same event loop."""

    def __init__(
        self, plan: Plan, *, open_ended: bool, session_id: str, folder: Path, journal: JournalWriter
    ) -> None:
        self.plan = plan
        self.id = session_id
        self.folder = folder
        self.journal = journal
        self.open_ended = open_ended
        """The last stage holds until somebody ends the session."""
        self.finished = anyio.Event()
        self.began = anyio.Event()
        """Set when load flows, or when it is clear that it never will."""
        self.error: AbreastError | None = None
        """Why the session could not run at all."""
        self.outcome = "running"
        self.cores = environment.plan_cores(environment.available_cores(), plan.load_workers)
        self.timeline = Timeline()
        self.view = View(baseline=plan.targets[0].name)
        self._record(self._header())
        self.snapshot: Snapshot = self.timeline.snapshot(0.0, self.view)
        """The newest picture; another object every tick."""
        self._notices: deque[Notice] = deque(maxlen=50)
        self._ending = anyio.Event()
        self._wanted_outcome = "completed"
        self._commands, self._inbox = anyio.create_memory_object_stream[Command](256)
        self._collector = Collector()
        self._epoch_ns = 0
        self._steerings: dict[str, Steering] = {}
        self._workload = plan.workload
        self._think_time: ThinkTime = plan.think_time
        self._stage_text = ""
        self._fleet: Fleet
        self._arena: Arena
        self._group: TaskGroup

    # ------------------------------------------------------------ what a front may ask

    def send(self, command: Command) -> None:
        """Hands a command over; never waits. What comes of it is seen in snapshots and notices."""
        try:
            self._commands.send_nowait(command)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self._notices.append(Notice("warning", "not done", "the session is ending"))

    def notices(self) -> list[Notice]:
        """Messages since the last call; each is given once."""
        found = list(self._notices)
        self._notices.clear()
        return found

    def end(self, outcome: str = "completed") -> None:
        """Asks the session to end; the first to ask says how. Never waits: `finished` tells."""
        if not self._ending.is_set():
            self._wanted_outcome = outcome
            self._ending.set()

    def now_s(self) -> float:
        """Session time: 0 until load flows."""
        return max(0.0, (monotonic_ns() - self._epoch_ns) / 1e9) if self._epoch_ns else 0.0

    @property
    def any_target_failed(self) -> bool:
        """Whether a target did not start, or died by itself."""
        return self._arena.any_failed if hasattr(self, "_arena") else False

    # ------------------------------------------------------------ the life of a session

    async def run(self) -> None:
        """Runs the plan until its end or until `end` is called, then takes everything down. Never raises an
        AbreastError: it is kept in `error`."""
        with anyio.CancelScope(shield=True):
            try:
                await self._live()
            except* AbreastError as errors:
                self._fail(_first_of(errors))
            finally:
                self._finish()

    async def _live(self) -> None:
        async with (
            launched(
                self.plan.load_workers,
                folder=self.folder,
                session_id=self.id,
                take=self._collector.take,
                lost=self._worker_lost,
            ) as self._fleet,
            anyio.create_task_group() as self._group,
        ):
            self._arena = Arena(
                group=self._group,
                folder=self.folder,
                session_id=self.id,
                cores=self.cores,
                ready_within_s=self.plan.ready_within,
                record=self._record,
                now_s=self.now_s,
                died=self._target_died,
            )
            try:
                if await self._start_targets():
                    await self._begin()
                    self._group.start_soon(self._arena.read_meters)
                    self._group.start_soon(self._serve_commands)
                    await self._drive()
            finally:
                self.began.set()
                await self._take_down()
                self._group.cancel_scope.cancel()

    async def _start_targets(self) -> bool:
        """Starts all targets at once; True where at least one is ready and nobody ended the session meanwhile."""
        places = [self._arena.add(choice) for choice in self.plan.targets]
        self._publish()
        async with anyio.create_task_group() as group:
            group.start_soon(self._publish_while_starting)
            async with anyio.create_task_group() as starting:
                for place in places:
                    starting.start_soon(self._arena.start, place)
                self._group.start_soon(_cancel_when, self._ending, starting.cancel_scope)
            group.cancel_scope.cancel()
        if not self._ending.is_set() and not any(place.state == "ready" for place in places):
            self.end("failed")
        return not self._ending.is_set()

    async def _publish_while_starting(self) -> None:
        while True:
            self._publish()
            await anyio.sleep(TICK_S)

    async def _begin(self) -> None:
        for number, pid in enumerate(self._fleet.pids):
            if self.cores.workers:
                environment.pin_tree(pid, (self.cores.workers[number % len(self.cores.workers)],))
            self._collector.worker_joined(number)
        self._epoch_ns = monotonic_ns() + round(BEGIN_AFTER_S * 1e9)
        await self._fleet.begin(self._epoch_ns, self.plan.seed)
        for place in self._arena.places.values():
            if place.state == "ready":
                await self._add_load(place, Steering(self.plan.shape, began_s=0.0))
        self._record(Began(_now_text()))
        self._event("start", "", f"load begins: {self._workload}, think time {self._think_time}")
        self._publish()
        self.began.set()

    async def _drive(self) -> None:
        """Ticks until the plan is over or somebody ends the session."""
        tick = 0
        while not self._ending.is_set():
            tick = max(tick, int(self.now_s() / TICK_S)) + 1
            with anyio.move_on_after(max(0.0, tick * TICK_S + SETTLE_S - self.now_s())):
                await self._ending.wait()
            self._fold(self._collector.advance(self.now_s()))
            self._note_stage()
            self._publish()
            if not self.open_ended and self.now_s() >= self.plan.length_s:
                self.end("completed")

    async def _take_down(self) -> None:
        self._commands.close()
        for name in list(self._steerings):
            self._steerings[name] = self._steerings[name].steer(0, self.now_s())
        await self._fleet.stop(GRACE_S)
        self._fold(self._collector.flush(), winding_down=True)
        self._publish()
        with anyio.move_on_after(30):
            await self._arena.stop_all()

    def _finish(self) -> None:
        outcome = self._wanted_outcome
        if outcome == "completed" and self.any_target_failed:
            outcome = "failed"
        self.outcome = outcome
        self._record(Ended(self.now_s(), _now_text(), outcome))
        self._publish()
        self.finished.set()

    def _fail(self, error: AbreastError) -> None:
        """The session cannot go on."""
        self.error = error
        self._event("trouble", "", str(error))
        self.end("failed")

    def _worker_lost(self, worker: int, why: str) -> None:
        self._collector.worker_left(worker)
        self._fail(
            AbreastError("a load worker ended by itself", why=why, hint=f"its log is in {self.folder}")
        )

    def _target_died(self, name: str) -> None:
        """A target ended by itself: its users end too, the other targets go on."""
        self._notices.append(
            Notice("error", f"{name} ended by itself", "r starts it again; the others go on")
        )
        self._group.start_soon(self._fleet.send, messages.RemoveTarget(name, grace_s=0.0))
        if not self.open_ended and all(place.state != "ready" for place in self._arena.places.values()):
            self.end("failed")

    # ------------------------------------------------------------ records

    def _record(self, record: Record) -> None:
        had_trouble = bool(self.journal.trouble)
        self.journal.write(record)
        self.timeline.apply(record)
        if self.journal.trouble and not had_trouble:
            self.timeline.apply(Event(self.now_s(), "trouble", "", self.journal.trouble))
            self._notices.append(Notice("error", "not recorded", self.journal.trouble))

    def _event(self, kind: str, target: str, text: str) -> None:
        self._record(Event(self.now_s(), kind, target, text))

    def _publish(self) -> None:
        self.snapshot = self.timeline.snapshot(self.now_s(), self.view)

    def _fold(self, advance: Advance, *, winding_down: bool = False) -> None:
        for stretch in advance.ticks:
            self.timeline.apply_tick(stretch)
        for second in advance.seconds:
            for stretch in second.stretches.values():
                self._record(self._bucket(second, stretch.target, winding_down=winding_down))
            self._record(self._generator_second(second))

    def _bucket(self, second: ClosedSecond, target: str, *, winding_down: bool) -> Bucket:
        stretch = second.stretches[target]
        reading = self._arena.readings.get(target)
        steering = self._steerings.get(target)
        return Bucket(
            second=second.second,
            stretch=stretch,
            users_wanted=steering.users(second.second + 1) if steering else stretch.users,
            warm_up=second.second < self.plan.warm_up,
            winding_down=winding_down,
            missing_workers=second.missing_workers,
            cpu_pct=reading.cpu_pct if reading else None,
            memory_bytes=reading.memory_bytes if reading else None,
            processes=reading.processes if reading else None,
            threads=reading.threads if reading else None,
        )

    def _generator_second(self, second: ClosedSecond) -> GeneratorSecond:
        recent = list(self.timeline.generator)[1 - health.WINDOW_S :]
        lag = Histogram.of([*(each.lag for each in recent), second.lag])
        p50s = [target.window.p50.value_ms for target in self.snapshot.targets]
        findings = health.judge(
            cpu_pct=sum([*(each.cpu_pct for each in recent), second.cpu_pct]) / (len(recent) + 1),
            lag_p99_ms=lag.quantile_us(0.99) / 1000,
            p50_ms=min((p50 for p50 in p50s if p50 is not None), default=None),
            missing_workers=second.missing_workers,
        )
        light = health.worst("green", *(finding.light for finding in findings))
        reasons = tuple(finding.reason for finding in findings)
        return GeneratorSecond(second.second, second.cpu_pct, second.lag, second.workers, light, reasons)

    def _note_stage(self) -> None:
        """An event each time the stages move on."""
        text = next(
            (stage_text(each, self.now_s(), self.plan.warm_up) for each in self._steerings.values()), ""
        )
        if text != self._stage_text:
            self._stage_text = text
            self._event("stage", "", text)

    def _header(self) -> Header:
        return Header(
            schema=SCHEMA,
            id=self.id,
            started_at=_now_text(),
            plan=self.plan.model_dump(mode="json"),
            environment=environment.describe() | {"cores": self.cores.text},
            think_time=str(self.plan.think_time),
            think_time_mean_s=self.plan.think_time.mean_s,
            warm_up_s=self.plan.warm_up,
            length_s=None if self.open_ended else self.plan.length_s,
            contended=len(self.plan.targets) > 1,
        )

    # ------------------------------------------------------------ commands

    async def _serve_commands(self) -> None:
        async for command in self._inbox:
            try:
                await self._obey(command)
            except AbreastError as error:
                self._notices.append(Notice("error", error.what, error.hint or error.why))

    async def _obey(self, command: Command) -> None:  # noqa: C901  (one arm a command, each of a line or two)
        match command:
            case commands.SetUsers():
                await self._steer(command.target, lambda _: command.users, "by hand")
            case commands.ChangeUsers():
                await self._steer(command.target, lambda users: users + command.by, "by hand")
            case commands.HandBack():
                await self._hand_back(command.target)
            case commands.Pause() | commands.Resume():
                await self._pause(command.target, pause=isinstance(command, commands.Pause))
            case commands.SetThinkTime():
                await self._set_think_time(command.target, command.text)
            case commands.SetWorkload():
                await self._set_workload(command.name)
            case commands.AddTarget():
                self._add_target(command.name)
            case commands.RemoveTarget():
                self._group.start_soon(self._remove_target, self._place(command.target))
            case commands.RestartTarget():
                self._group.start_soon(self._restart_target, self._place(command.target))
            case commands.KillTarget():
                await self._kill_target(self._place(command.target))
            case commands.SetBaseline():
                self.view = replace(self.view, baseline=self._place(command.target).choice.name)
            case commands.SetLinked():
                self.view = replace(self.view, linked=command.linked)
            case commands.SetWindow():
                self._set_window(command.seconds)
            case commands.Note():
                self._event("note", "", command.text)
            case commands.Export():
                await self._export()

    def _place(self, name: str) -> Place:
        if name not in self._arena.places:
            raise unknown("target", name, list(self._arena.places))
        return self._arena.places[name]

    def _steered(self, target: str | None) -> list[str]:
        """The ready targets a command means. Raises UsageError where there is none."""
        names = [name for name, place in self._arena.places.items() if place.state == "ready"]
        if target is not None and target not in names:
            raise UsageError(f"{target} takes no load now", why="it is not ready", hint="r starts it again")
        return names if target is None else [target]

    async def _apply_steering(self, name: str, steering: Steering, order: messages.Order) -> None:
        self._steerings[name] = steering
        self._record(Steered(self.now_s(), name, steering))
        await self._fleet.send(order)

    async def _steer(self, target: str | None, users_from: Callable[[int], int], how: str) -> None:
        names = self._steered(target)
        changes: dict[tuple[int, int], list[str]] = {}
        for name in names:
            now_s = self.now_s()
            before = self._steerings[name].users(now_s)
            users = min(max(0, users_from(before)), MAX_USERS)
            steering = self._steerings[name].steer(users, now_s)
            await self._apply_steering(name, steering, messages.SetUsers(name, users, now_s))
            changes.setdefault((before, users), []).append(name)
        for (before, users), changed in changes.items():
            who = "" if len(changed) == len(names) > 1 else ", ".join(changed)
            self._event("users", who, f"users {before} → {users} ({how})")

    async def _hand_back(self, target: str | None) -> None:
        for name in self._steered(target):
            now_s = self.now_s()
            steering = self._steerings[name].hand_back(now_s)
            await self._apply_steering(name, steering, messages.HandBack(name, now_s))
        self._event("users", target or "", "the plan steers again")

    async def _pause(self, target: str | None, *, pause: bool) -> None:
        for name in self._steered(target):
            now_s = self.now_s()
            before = self._steerings[name]
            steering = before.pause(now_s) if pause else before.resume(now_s)
            order = messages.Pause(name, now_s) if pause else messages.Resume(name, now_s)
            await self._apply_steering(name, steering, order)
        self._event("pause", target or "", "paused" if pause else "goes on")

    async def _set_think_time(self, target: str | None, text: str) -> None:
        try:
            think_time = parse_think_time(text)
        except ValueError as error:
            raise UsageError("no such think time", why=str(error), hint=str(error)) from error
        for name in self._steered(target):
            await self._fleet.send(messages.SetThinkTime(name, think_time))
        if target is None:
            self._think_time = think_time
        self._load_changed(target, think_time)
        self._event("think", target or "", f"think time {think_time}")

    async def _set_workload(self, workload: str) -> None:
        names = self._steered(None)
        check_served(workload, (self._place(name).choice for name in names))
        self._workload = workload
        for name in names:
            await self._fleet.send(messages.SetWorkload(name, self._templates(self._place(name))))
        self._load_changed(None, self._think_time)
        self._event("workload", "", f"workload {workload}")

    def _load_changed(self, target: str | None, think_time: ThinkTime) -> None:
        self._record(
            LoadChanged(self.now_s(), target or "", self._workload, str(think_time), think_time.mean_s)
        )

    def _add_target(self, text: str) -> None:
        if len(self._arena.places) >= 6:
            raise UsageError("six targets are the most", why="there are six colours", hint="remove one first")
        choice = name_apart([TargetChoice.parse(text)], taken=self._arena.places)[0]
        check_served(self._workload, [choice])
        place = self._arena.add(choice)
        self._event("target", choice.name, "joins")
        self._group.start_soon(self._start_with_load, place, self._shared_steering())

    def _shared_steering(self) -> Steering:
        """How a newcomer is steered: as the first target that takes load."""
        ready = (self._steerings[name] for name, p in self._arena.places.items() if p.state == "ready")
        return next(ready, Steering(self.plan.shape, began_s=self.now_s()))

    async def _start_with_load(self, place: Place, steering: Steering) -> None:
        if await self._arena.start(place):
            await self._add_load(place, steering)

    async def _remove_target(self, place: Place) -> None:
        name = place.choice.name
        await self._fleet.send(messages.RemoveTarget(name, GRACE_S))
        await self._arena.stop(place)
        if place.state != "stopped":
            self._record(TargetChanged(self.now_s(), name, "stopped"))
        del self._arena.places[name]
        self._steerings.pop(name, None)
        self._event("target", name, "leaves")

    async def _restart_target(self, place: Place) -> None:
        name = place.choice.name
        self._event("target", name, "restarts")
        await self._fleet.send(messages.RemoveTarget(name, 0.5))
        steering = self._steerings.get(name) or self._shared_steering()
        if await self._arena.restart(place):
            await self._add_load(place, steering)
            self._event("target", name, "is ready again")

    async def _kill_target(self, place: Place) -> None:
        self._arena.kill(place)
        await self._fleet.send(messages.RemoveTarget(place.choice.name, 0.0))
        self._event("target", place.choice.name, "killed by hand")

    def _set_window(self, seconds: float) -> None:
        self.view = replace(self.view, window_s=seconds)
        for line in self.timeline.lines.values():
            line.window_s = seconds

    async def _export(self) -> None:
        from engine.export import write_beside  # noqa: PLC0415  (an export is rare, its imports are not needed before)

        path = await anyio.to_thread.run_sync(write_beside, self.journal.path, Path.cwd(), self.plan.preset)
        self._event("export", "", f"exported to {path}")
        self._notices.append(Notice("information", "exported", f"to {path}; the run goes on"))

    async def _add_load(self, place: Place, steering: Steering) -> None:
        """Starts users on a target that is ready, steered as they were or as all the others are."""
        name, address = place.choice.name, place.running.address
        self._steerings[name] = steering
        self._record(Steered(self.now_s(), name, steering))
        await self._fleet.send(
            messages.AddTarget(
                target=name,
                host=address.host,
                port=address.port,
                templates=self._templates(place),
                think_time=self._think_time,
                stages=steering.stages,
                at_s=steering.began_s,
                canary=templates_of("health", address.url)[0],
                timeout_s=self.plan.timeout,
            )
        )
        if steering.held_at_s is not None and steering.manual_users is not None:
            await self._fleet.send(messages.SetUsers(name, steering.manual_users, steering.held_at_s))
        if steering.held_at_s is not None and steering.paused:
            await self._fleet.send(messages.Pause(name, steering.held_at_s))

    def _templates(self, place: Place) -> tuple[messages.Template, ...]:
        return templates_of(self._workload, place.running.address.url)


@asynccontextmanager
async def opened(plan: Plan, *, open_ended: bool = False) -> AsyncIterator[Session]:
    """A session that runs while the block does; when the block is left, it ends and everything is taken down.

    Raises AbreastError where the session's folder or journal cannot be made.
    """
    session_id = new_id(plan.preset or "plan")
    folder = paths.session_folder(session_id)
    with JournalWriter(folder / FILE_NAME) as journal:
        async with Guard(session_id), anyio.create_task_group() as group:
            session = Session(
                plan, open_ended=open_ended, session_id=session_id, folder=folder, journal=journal
            )
            group.start_soon(session.run)
            try:
                yield session
            finally:
                session.end("interrupted")
                with anyio.CancelScope(shield=True):
                    await session.finished.wait()


def new_id(preset: str) -> str:
    """A session's name: when, what, and four letters so that two at the same second differ."""
    word = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in preset)[:40]
    return f"{datetime.now():%Y%m%d-%H%M%S}-{word}-{secrets.token_hex(2)}"  # noqa: DTZ005  (people read local time)


def _now_text() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")


def _first_of(errors: ExceptionGroup[AbreastError]) -> AbreastError:
    """The first error of a group, however deep it lies."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, AbreastError)
    return found


async def _cancel_when(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()
