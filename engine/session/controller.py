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

from engine.hosting.dependencies import LIVE_SETTINGS, model_settings
from engine.hosting.manager import TargetManager
from engine.plan import commands
from engine.plan.commands import Notice, RunCommand
from engine.plan.faults import Fault
from engine.plan.plan import Plan
from engine.recording.recorder import Recorder
from engine.session.fault_injector import FaultInjector
from engine.session.load_control import LoadControl
from engine.session.membership import Membership
from targets.errors import AbreastError


class Controller:
    """One session's helm."""

    def __init__(
        self,
        plan: Plan,
        *,
        load: LoadControl,
        manager: TargetManager,
        injector: FaultInjector,
        membership: Membership,
        recorder: Recorder,
        export: Callable[[], str],
    ) -> None:
        self._plan = plan
        self._load = load
        self._manager = manager
        self._recorder = recorder
        self._injector = injector
        self._membership = membership
        self._export = export
        """Writes the session as it stands; the path. Blocks."""

    async def serve(self, inbox: MemoryObjectReceiveStream[RunCommand]) -> None:
        """Carries out commands until there are no more."""
        async for command in inbox:
            try:
                await self._obey(command)
            except AbreastError as error:
                self._recorder.notices.append(Notice("error", error.what, error.hint or error.why))

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
                how = await self._manager.dependencies.set_upstream(command.delay_s, command.error_rate)
                self._recorder.event("upstream", "", how)
            case commands.SetWorkload():
                await self._set_workload(command.name)
            case commands.AddTarget():
                self._membership.add(command.name)
            case commands.RemoveTarget():
                self._membership.remove(command.target)
            case commands.RestartTarget():
                self._membership.restart(command.target)
            case commands.SetOptions():
                self._membership.set_options(command.target, command.text)
            case commands.InjectFault():
                self._inject(command.fault, command.target)
            case commands.UndoFaults():
                self._injector.undo(self._membership.instance(command.target))
            case commands.Note():
                self._recorder.event("note", "", command.text)
            case commands.Export():
                await self._write_export()
            case _:
                assert_never(command)

    async def give_up(self, name: str) -> None:
        """A target is gone: so are its users, and what was done to it."""
        if instance := self._manager.instances.get(name):
            self._injector.forget(instance)
        await self._load.drop_load(name, grace_s=0.0)

    async def _set_model_time(self, target: str | None, seconds: float) -> None:
        self._injector.check_untouched("the model's time")
        for name in self._load.steered(target):
            instance = self._membership.instance(name)
            if target is not None or not instance.choice.is_attached:
                await instance.running.put({LIVE_SETTINGS: model_settings(seconds)})
        self._recorder.event("model", target or "", f"model takes {seconds:g} s")

    def _inject(self, fault: Fault, target: str) -> None:
        instance = None if fault.traits.is_shared else self._membership.own_instance(target, "struck")
        self._injector.strike(fault, instance, self._load.workload)

    async def _set_workload(self, workload: str) -> None:
        self._load.steered(None)
        self._injector.check_untouched("the workload")
        self._plan.check_served(workload, (instance.choice for instance in self._manager.instances.values()))
        await self._manager.provide(workload)
        await self._manager.prepare_for(workload)
        self._manager.workload = workload
        await self._load.set_workload(workload)

    async def _write_export(self) -> None:
        path = await anyio.to_thread.run_sync(self._export)
        self._recorder.event("export", "", f"exported to {path}")
        self._recorder.notices.append(Notice("information", "exported", f"to {path}; the run goes on"))
