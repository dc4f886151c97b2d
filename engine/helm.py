"""Carries out what a person asks of a running session: who steers, what is sent, which targets take part.

Rules of this file:
- commands are carried out one after another; what takes long runs beside them;
- a command that cannot be carried out changes nothing and becomes a notice;
- every change is written down before the workers hear of it, and carries the session time it counts from, so
  that all workers and a replay come to the same number of users.
"""

from collections.abc import Callable
from typing import assert_never

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream

from engine import commands, messages
from engine.arena import Arena, Place
from engine.commands import Notice, RunCommand
from engine.faults import Fault
from engine.fleet import Fleet
from engine.load_shape import Steering, ThinkTime
from engine.logbook import Logbook
from engine.plan import MAX_USERS, Plan, parse_think_time
from engine.provider import KNOBS, knob_of_model
from engine.reach import canary_of
from engine.records import LoadChanged, Steered
from engine.roster import Roster
from engine.striking import Striker
from engine.workload import Rendered, rendered
from targets.errors import AbreastError, UsageError
from targets.runtime.containers.target import DockerTarget


class Helm:
    """One session's helm."""

    def __init__(
        self,
        plan: Plan,
        *,
        fleet: Fleet,
        arena: Arena,
        striker: Striker,
        logbook: Logbook,
        group: TaskGroup,
        export: Callable[[], str],
    ) -> None:
        self.steerings: dict[str, Steering] = {}
        """By target, those that take load or did."""
        self.workload = plan.workload
        self.think_time: ThinkTime = plan.think_time
        """Of every target that has none of its own."""
        self._own_think_times: dict[str, ThinkTime] = {}
        self._still_to_send: dict[str, tuple[messages.Template, ...]] = {}
        """By target, of those whose requests went ahead of the order that starts its load."""
        self._plan = plan
        self._fleet = fleet
        self._arena = arena
        self._logbook = logbook
        self._striker = striker
        self._roster = Roster(plan, self, arena=arena, striker=striker, logbook=logbook, group=group)
        self._export = export
        """Writes the session as it stands; the path. Blocks."""

    async def serve(self, inbox: MemoryObjectReceiveStream[RunCommand]) -> None:
        """Carries out commands until there are no more."""
        async for command in inbox:
            try:
                await self._obey(command)
            except AbreastError as error:
                self._logbook.notices.append(Notice("error", error.what, error.hint or error.why))

    async def _obey(self, command: RunCommand) -> None:  # noqa: C901  one arm a command, each of a line or two
        match command:
            case commands.SetUsers():
                await self._steer(command.target, lambda _: command.users)
            case commands.ChangeUsers():
                await self._steer(command.target, lambda users: users + command.by)
            case commands.HandBack():
                await self._hand_back(command.target)
            case commands.Pause():
                await self._pause(command.target)
            case commands.Resume():
                await self._resume(command.target)
            case commands.SetThinkTime():
                await self._set_think_time(command.target, command.text)
            case commands.SetModelTime():
                await self._set_model_time(command.target, command.seconds)
            case commands.SetUpstream():
                how = await self._arena.provider.set_upstream(command.delay_s, command.error_rate)
                self._logbook.event("upstream", "", how)
            case commands.SetWorkload():
                await self._set_workload(command.name)
            case commands.AddTarget():
                self._roster.add(command.name)
            case commands.RemoveTarget():
                self._roster.remove(command.target)
            case commands.RestartTarget():
                self._roster.restart(command.target)
            case commands.SetOptions():
                self._roster.set_options(command.target, command.text)
            case commands.InjectFault():
                self._inject(command.fault, command.target)
            case commands.UndoFaults():
                self._striker.undo(self._roster.place(command.target))
            case commands.Note():
                self._logbook.event("note", "", command.text)
            case commands.Export():
                await self._write_export()
            case _:
                assert_never(command)

    # ------------------------------------------------------------ load

    async def send_ahead(self, place: Place) -> None:
        """Hands over a ready target's requests before its load begins, as far as they are many."""
        name = place.choice.name
        self._still_to_send[name] = await self._fleet.send_ahead(name, self._rendered(place).templates)

    async def add_load(self, place: Place, steering: Steering) -> None:
        """Starts users on a target that is ready; `steering` says how many, and whose hand is on them."""
        self._write_steering(place.choice.name, steering)
        await self._send_load(place, steering)

    async def reload(self, worker: int) -> None:
        """Gives a worker that took another's place its share of all users."""
        for name, place in self._arena.places.items():
            if place.takes_load and name in self.steerings:
                await self._send_load(place, self.steerings[name], worker)

    async def _send_load(self, place: Place, steering: Steering, worker: int | None = None) -> None:
        name, address = place.choice.name, place.running.address
        sent = self._rendered(place)
        templates = self._still_to_send.pop(name, sent.templates)
        await self._fleet.send(
            messages.AddTarget(
                target=name,
                host=address.host,
                port=address.port,
                ips=place.ips,
                proxy_port=place.delay_proxy.port if place.delay_proxy else 0,
                tls=place.tls,
                templates=templates,
                journey=sent.journey,
                open_model=self._plan.open_model,
                client=self._plan.client,
                think_time=self._own_think_times.get(name, self.think_time),
                stages=steering.stages,
                at_s=steering.began_s,
                canary=canary_of(place.choice, address.url),
                timeout_s=self._plan.timeout,
            ),
            worker,
        )
        if steering.held_at_s is not None and steering.manual_users is not None:
            order = messages.SetUsers(name, steering.manual_users, steering.held_at_s)
            await self._fleet.send(order, worker)
        if steering.held_at_s is not None and steering.paused:
            await self._fleet.send(messages.Pause(name, steering.held_at_s), worker)

    async def drop_load(self, name: str, grace_s: float) -> None:
        """Ends a target's users."""
        await self._fleet.send(messages.RemoveTarget(name, grace_s))

    async def give_up(self, name: str) -> None:
        """A target is gone: so are its users, and what was done to it."""
        if place := self._arena.places.get(name):
            self._striker.forget(place)
        await self.drop_load(name, grace_s=0.0)

    def forget(self, name: str) -> None:
        """A target has left for good."""
        self.steerings.pop(name, None)
        self._own_think_times.pop(name, None)

    async def _steer(self, target: str | None, users_from: Callable[[int], int]) -> None:
        names = self._at_the_wheel(target)
        await self._hold_turns(names)
        changes: dict[tuple[int, int], list[str]] = {}
        for name in names:
            now_s = self._logbook.now_s()
            before = self.steerings[name].users(now_s)
            users = min(max(0, users_from(before)), MAX_USERS)
            self._write_steering(name, self.steerings[name].steer(users, now_s))
            await self._fleet.send(messages.SetUsers(name, users, now_s))
            changes.setdefault((before, users), []).append(name)
        for (before, users), changed in changes.items():
            who = "" if len(changed) == len(names) > 1 else ", ".join(changed)
            what = "arrivals/s" if self._plan.model == "open" else "users"
            self._logbook.event("users", who, f"{what} {before} → {users} (by hand)")

    async def _hand_back(self, target: str | None) -> None:
        names = self._at_the_wheel(target)
        for name in names:
            now_s = self._logbook.now_s()
            self._write_steering(name, self.steerings[name].hand_back(now_s))
            await self._fleet.send(messages.HandBack(name, now_s))
        await self._release_turns(names)
        self._logbook.event("users", target or "", "the plan steers again")

    def following(self) -> dict[str, Steering]:
        """The targets whose load shape has begun and is not done, and how each is steered."""
        now_s = self._logbook.now_s()
        return {
            name: self.steerings[name]
            for name in self._taking_load()
            if self.steerings[name].has_begun(now_s) and not self.steerings[name].is_done(now_s)
        }

    async def hasten(self, names: list[str], by_s: float) -> None:
        """Moves the load shapes of these targets on, and with them the turns of those that come after."""
        for name in (*names, *self._turns_to_come(names)):
            now_s = self._logbook.now_s()
            moved = self.steerings[name].begun(self.steerings[name].began_s - by_s)
            self._write_steering(name, moved)
            await self._fleet.send(messages.MoveShape(name, moved.began_s, now_s))

    async def _pause(self, target: str | None) -> None:
        names = self._at_the_wheel(target)
        await self._hold_turns(names)
        for name in names:
            now_s = self._logbook.now_s()
            self._write_steering(name, self.steerings[name].pause(now_s))
            await self._fleet.send(messages.Pause(name, now_s))
        self._logbook.event("pause", target or "", "paused")

    async def _resume(self, target: str | None) -> None:
        names = self._at_the_wheel(target)
        for name in names:
            now_s = self._logbook.now_s()
            self._write_steering(name, self.steerings[name].resume(now_s))
            await self._fleet.send(messages.Resume(name, now_s))
        await self._release_turns(names)
        self._logbook.event("pause", target or "", "goes on")

    async def _hold_turns(self, names: list[str]) -> None:
        """In a `solo` schedule: while a hand keeps one target's turn, those after it wait for theirs."""
        for name in self._turns_to_come(names):
            now_s = self._logbook.now_s()
            if not self.steerings[name].paused:
                self._write_steering(name, self.steerings[name].pause(now_s))
                await self._fleet.send(messages.Pause(name, now_s))

    async def _release_turns(self, names: list[str]) -> None:
        for name in self._turns_to_come(names):
            now_s = self._logbook.now_s()
            self._write_steering(name, self.steerings[name].resume(now_s))
            await self._fleet.send(messages.Resume(name, now_s))

    def _turns_to_come(self, names: list[str]) -> list[str]:
        now_s = self._logbook.now_s()
        taking_load = self._taking_load() if self._plan.schedule == "solo" else []
        return [
            name for name in taking_load if name not in names and not self.steerings[name].has_begun(now_s)
        ]

    async def _set_think_time(self, target: str | None, text: str) -> None:
        try:
            think_time = parse_think_time(text)
        except ValueError as error:
            raise UsageError("no such think time", why=str(error), hint=str(error)) from error
        for name in self._steered(target):
            await self._fleet.send(messages.SetThinkTime(name, think_time))
        if target is None:
            self.think_time = think_time
            self._own_think_times.clear()
        else:
            self._own_think_times[target] = think_time
        self._write_load(target, think_time)
        self._logbook.event("think", target or "", f"think time {think_time}")

    async def _set_model_time(self, target: str | None, seconds: float) -> None:
        self._striker.check_untouched("the model's time")
        for name in self._steered(target):
            place = self._roster.place(name)
            if isinstance(place.running, DockerTarget):
                await place.running.put({KNOBS: knob_of_model(seconds)})
            else:
                await self._arena.provider.set_model_time(place.site.folder, seconds)
        self._logbook.event("model", target or "", f"model takes {seconds:g} s")

    def _inject(self, fault: Fault, target: str) -> None:
        place = None if fault.traits.is_shared else self._roster.own_place(target, "struck")
        self._striker.strike(fault, place, self.workload)

    async def _set_workload(self, workload: str) -> None:
        names = self._steered(None)
        self._striker.check_untouched("the workload")
        self._plan.check_served(workload, (place.choice for place in self._arena.places.values()))
        await self._arena.provide(workload)
        await self._arena.prepare_for(workload)
        self.workload = self._arena.workload = workload
        orders = []
        for name in names:
            sent = self._rendered(self._roster.place(name))
            left = await self._fleet.send_ahead(name, sent.templates)
            orders.append(messages.SetWorkload(name, left, sent.journey))
        for order in orders:
            await self._fleet.send(order)
        self._write_load(None, self.think_time)
        self._logbook.event("workload", "", f"workload {workload}")

    def _steered(self, target: str | None) -> list[str]:
        """The targets that a command means and that take load. Raises UsageError where there is none."""
        names = self._taking_load()
        wanted = names if target is None else [name for name in names if name == target]
        if not wanted:
            what = f"{target} takes no load now" if target else "no target takes load now"
            raise UsageError(what, why="it is not ready", hint="select it; r starts it again")
        return wanted

    def _at_the_wheel(self, target: str | None) -> list[str]:
        """As `_steered`; in a `solo` schedule, where no target is named, whose turn it is."""
        names = self._steered(target)
        if target is not None or self._plan.schedule == "race":
            return names
        now_s = self._logbook.now_s()
        at_turn = [
            name
            for name in names
            if self.steerings[name].has_begun(now_s) and not self.steerings[name].is_done(now_s)
        ]
        if not at_turn:
            raise UsageError("no target has its turn now", why="one has ended, the next begins soon")
        return at_turn

    def _taking_load(self) -> list[str]:
        return [
            name for name, place in self._arena.places.items() if place.takes_load and name in self.steerings
        ]

    def _write_steering(self, name: str, steering: Steering) -> None:
        self.steerings[name] = steering
        self._logbook.record(Steered(self._logbook.now_s(), name, steering))

    def _write_load(self, target: str | None, think_time: ThinkTime) -> None:
        now_s = self._logbook.now_s()
        self._logbook.record(
            LoadChanged(now_s, target or "", self.workload, str(think_time), think_time.mean_s)
        )

    def _rendered(self, place: Place) -> Rendered:
        return rendered(self._plan, self.workload, place.running.address.url)

    async def _write_export(self) -> None:
        path = await anyio.to_thread.run_sync(self._export)
        self._logbook.event("export", "", f"exported to {path}")
        self._logbook.notices.append(Notice("information", "exported", f"to {path}; the run goes on"))
