"""Carries out what a person asks of a running session: who steers, what is sent, which targets take part.

Rules of this file:
- commands are carried out one after another; what takes long runs beside them;
- a command that cannot be carried out changes nothing and becomes a notice.
"""

from collections.abc import Callable
from typing import assert_never

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from engine import commands
from engine.arena import Arena
from engine.commands import Notice, RunCommand
from engine.faults import Fault
from engine.load_control import LoadControl
from engine.logbook import Logbook
from engine.plan import Plan
from engine.provider import KNOBS, knob_of_model
from engine.roster import Roster
from engine.striking import Striker
from targets.errors import AbreastError
from targets.runtime.containers.target import DockerTarget


class Helm:
    """One session's helm."""

    def __init__(
        self,
        plan: Plan,
        *,
        load: LoadControl,
        arena: Arena,
        striker: Striker,
        roster: Roster,
        logbook: Logbook,
        export: Callable[[], str],
    ) -> None:
        self._plan = plan
        self._load = load
        self._arena = arena
        self._logbook = logbook
        self._striker = striker
        self._roster = roster
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
                await self._load.steer(command.target, lambda _: command.users)
            case commands.ChangeUsers():
                await self._load.steer(command.target, lambda users: users + command.by)
            case commands.HandBack():
                await self._load.hand_back(command.target)
            case commands.Pause():
                await self._load.pause(command.target)
            case commands.Resume():
                await self._load.resume(command.target)
            case commands.SetThinkTime():
                await self._load.set_think_time(command.target, command.text)
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

    async def give_up(self, name: str) -> None:
        """A target is gone: so are its users, and what was done to it."""
        if place := self._arena.places.get(name):
            self._striker.forget(place)
        await self._load.drop_load(name, grace_s=0.0)

    async def _set_model_time(self, target: str | None, seconds: float) -> None:
        self._striker.check_untouched("the model's time")
        for name in self._load.steered(target):
            place = self._roster.place(name)
            if isinstance(place.running, DockerTarget):
                await place.running.put({KNOBS: knob_of_model(seconds)})
            else:
                await self._arena.provider.set_model_time(place.site.folder, seconds)
        self._logbook.event("model", target or "", f"model takes {seconds:g} s")

    def _inject(self, fault: Fault, target: str) -> None:
        place = None if fault.traits.is_shared else self._roster.own_place(target, "struck")
        self._striker.strike(fault, place, self._load.workload)

    async def _set_workload(self, workload: str) -> None:
        self._load.steered(None)
        self._striker.check_untouched("the workload")
        self._plan.check_served(workload, (place.choice for place in self._arena.places.values()))
        await self._arena.provide(workload)
        await self._arena.prepare_for(workload)
        self._arena.workload = workload
        await self._load.set_workload(workload)

    async def _write_export(self) -> None:
        path = await anyio.to_thread.run_sync(self._export)
        self._logbook.event("export", "", f"exported to {path}")
        self._logbook.notices.append(Notice("information", "exported", f"to {path}; the run goes on"))
