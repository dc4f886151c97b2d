"""Carries out the commands of a running session, each with its own handler.

Rules of this file:
- commands are carried out one after another; slow work continues in the background;
- a command that cannot be carried out changes nothing and is reported as a notice.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from engine.hosting.dependencies import LIVE_SETTINGS, model_settings
from engine.hosting.manager import TargetManager
from engine.metrics.records import ByHand
from engine.plan import commands
from engine.plan.commands import Notice, RunCommand
from engine.plan.plan import Plan
from engine.plan.rounds import OF_ROUNDS
from engine.recording.recorder import Recorder
from engine.session.duel import Duels
from engine.session.export_notice import export_notice, files_text
from engine.session.fault_injector import FaultInjector
from engine.session.load_control import LoadControl
from engine.session.membership import Membership
from engine.session.profiler import Profiler
from targets.errors import AbreastError, UsageError


class Controller:
    """The command handlers of one session."""

    def __init__(
        self,
        plan: Plan,
        *,
        load: LoadControl,
        manager: TargetManager,
        injector: FaultInjector,
        membership: Membership,
        profiler: Profiler,
        duels: Duels,
        recorder: Recorder,
        export: Callable[[Sequence[str]], list[Path]],
    ) -> None:
        self._plan = plan
        self._load = load
        self._manager = manager
        self._recorder = recorder
        self._injector = injector
        self._membership = membership
        self._profiler = profiler
        self._duels = duels
        self._export = export
        """Writes the session as recorded so far in these formats, and returns the files' paths. Blocks."""

    async def serve(self, inbox: MemoryObjectReceiveStream[RunCommand]) -> None:
        """Carries out commands until the stream of commands is closed."""
        async for command in inbox:
            try:
                self._check_rounds(command)
                self._check_search(command)
                async with self._load.changing:
                    await HANDLERS[type(command)](self, command)
            except AbreastError as error:
                self._recorder.notices.append(Notice("error", error.what, error.hint or error.why))

    def _check_rounds(self, command: RunCommand) -> None:
        """Raises UsageError if rounds decide what this command would change."""
        if self._plan.schedule in OF_ROUNDS and not isinstance(command, GOES_WITH_ROUNDS):
            raise UsageError(
                f"this does not go together with {OF_ROUNDS[self._plan.schedule]}",
                why="rounds count only if nothing changes meanwhile",
                hint="end this session first, or run a race",
            )
        if self._duels.holds_load and isinstance(command, OF_LOAD):
            raise UsageError("a duel controls the load now", hint="v ends it")

    def _check_search(self, command: RunCommand) -> None:
        """Raises UsageError for a command that would change what a search for capacity measures."""
        if self._plan.capacity and not isinstance(command, commands.Note | commands.Export):
            raise UsageError(
                "not during a search for capacity",
                why="it sets the load, and every trial is measured under the same conditions",
                hint="esc ends it",
            )

    async def give_up(self, name: str) -> None:
        """Ends the users and the faults of a target that is gone."""
        if instance := self._manager.instances.get(name):
            self._injector.void(instance)
        await self._load.drop_load(name, grace_s=0.0)

    # ------------------------------------------------------------ load

    async def _set_users(self, command: commands.SetUsers) -> None:
        await self._load.steer(command.target, lambda _: command.users)

    async def _change_users(self, command: commands.ChangeUsers) -> None:
        await self._load.steer(command.target, lambda users: users + command.by)

    async def _hand_back(self, command: commands.HandBack) -> None:
        await self._load.hand_back(command.target)

    async def _move_next_stage(self, command: commands.MoveNextStage) -> None:
        await self._load.move_next_stage(command.by_s)

    async def _change_next_users(self, command: commands.ChangeNextUsers) -> None:
        await self._load.change_next_users(command.by)

    async def _pause(self, command: commands.Pause) -> None:
        await self._load.pause(command.target)

    async def _resume(self, command: commands.Resume) -> None:
        await self._load.resume(command.target)

    async def _set_think_time(self, command: commands.SetThinkTime) -> None:
        await self._load.set_think_time(command.target, command.text)

    async def _set_workload(self, command: commands.SetWorkload) -> None:
        workload, manager = command.name, self._manager
        self._load.steered(None)
        self._injector.check_no_faults("the workload cannot be changed")
        self._plan.check_served(workload, (instance.choice for instance in manager.instances.values()))
        await manager.provide(workload)
        await manager.prepare_for(workload)
        manager.workload = workload
        await self._load.set_workload(workload)

    # ------------------------------------------------------------ the targets' dependencies

    async def _set_model_time(self, command: commands.SetModelTime) -> None:
        self._injector.check_no_faults("the model's time cannot be changed")
        settings = {LIVE_SETTINGS: model_settings(command.seconds)}
        for name in self._load.steered(command.target):
            instance = self._membership.instance(name)
            if command.target is not None or not instance.choice.is_attached:
                await instance.running.put(settings)
        self._recorder.event("model", command.target or "", f"model takes {command.seconds:g} s", ByHand())

    async def _set_upstream(self, command: commands.SetUpstream) -> None:
        now = await self._manager.dependencies.set_upstream(command.delay_s, command.error_rate)
        self._recorder.event("upstream", "", now, ByHand())

    # ------------------------------------------------------------ targets

    async def _add_target(self, command: commands.AddTarget) -> None:
        self._membership.add(command.name)

    async def _remove_target(self, command: commands.RemoveTarget) -> None:
        self._membership.remove(command.target)

    async def _restart_target(self, command: commands.RestartTarget) -> None:
        self._membership.restart(command.target)

    async def _set_options(self, command: commands.SetOptions) -> None:
        self._membership.set_options(command.target, command.text)

    # ------------------------------------------------------------ faults

    async def _inject_fault(self, command: commands.InjectFault) -> None:
        fault, instance = command.fault, None
        if not fault.traits.is_shared:
            instance = self._membership.started_instance(command.target, "the target of a fault")
        self._injector.inject(fault, instance, self._load.workload)

    async def _undo_faults(self, command: commands.UndoFaults) -> None:
        self._injector.undo(self._membership.instance(command.target))

    async def _profile_targets(self, command: commands.ProfileTargets) -> None:
        names = [command.target] if command.target else list(self._manager.instances)
        self._profiler.start(names, command.seconds)

    # ------------------------------------------------------------ duels

    async def _begin_duel(self, command: commands.BeginDuel) -> None:
        del command
        await self._duels.begin()

    async def _end_duel(self, command: commands.EndDuel) -> None:
        del command
        await self._duels.end("ended by key")

    # ------------------------------------------------------------ records

    async def _note(self, command: commands.Note) -> None:
        self._recorder.event("note", "", command.text)

    async def _write_export(self, command: commands.Export) -> None:
        written = await anyio.to_thread.run_sync(self._export, command.formats)
        self._recorder.event("export", "", f"exported to {files_text(written)}")
        self._recorder.notices.append(export_notice(written, is_running=True))


GOES_WITH_ROUNDS = (commands.Note, commands.Export)
"""Commands that change neither targets nor load."""
OF_LOAD = (
    commands.SetUsers,
    commands.ChangeUsers,
    commands.HandBack,
    commands.MoveNextStage,
    commands.ChangeNextUsers,
    commands.Pause,
    commands.Resume,
    commands.SetThinkTime,
    commands.SetWorkload,
)
"""Commands that a duel in a race does not allow."""

HANDLERS: Mapping[type[RunCommand], Callable[[Controller, Any], Awaitable[None]]] = {
    commands.SetUsers: Controller._set_users,
    commands.ChangeUsers: Controller._change_users,
    commands.HandBack: Controller._hand_back,
    commands.MoveNextStage: Controller._move_next_stage,
    commands.ChangeNextUsers: Controller._change_next_users,
    commands.Pause: Controller._pause,
    commands.Resume: Controller._resume,
    commands.SetThinkTime: Controller._set_think_time,
    commands.SetWorkload: Controller._set_workload,
    commands.SetModelTime: Controller._set_model_time,
    commands.SetUpstream: Controller._set_upstream,
    commands.AddTarget: Controller._add_target,
    commands.RemoveTarget: Controller._remove_target,
    commands.RestartTarget: Controller._restart_target,
    commands.SetOptions: Controller._set_options,
    commands.InjectFault: Controller._inject_fault,
    commands.UndoFaults: Controller._undo_faults,
    commands.ProfileTargets: Controller._profile_targets,
    commands.BeginDuel: Controller._begin_duel,
    commands.EndDuel: Controller._end_duel,
    commands.Note: Controller._note,
    commands.Export: Controller._write_export,
}
"""Command → its handler, which raises AbreastError if the command cannot be carried out."""
