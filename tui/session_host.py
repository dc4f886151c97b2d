"""Owns the running session, outside the screen, so that it outlives the screen.

`SessionHost.opened()` is the outer block; the app runs inside it. Sessions run in the block's task group, one
at a time; however the block is left, the session ends first, with everything it started.

What the lobby does not show is imported by the functions that need it, or once the lobby is drawn
(`first_drawn`): the modules of a session take half a second.
"""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

import presets
from engine.hosting.database_choice import offer_text, published_kind
from engine.machine import environment
from engine.plan.commands import Choice, Command, Export, Notice, Severity
from engine.plan.plan import Plan
from presets.folder import plans_in
from targets import catalog
from targets.errors import AbreastError, UsageError, first_of
from tui.preset_info import plan_info, preset_info
from tui.session_api import PresetInfo, TargetInfo

if TYPE_CHECKING:
    from engine.hosting.cleanup import Cleaned
    from engine.metrics.snapshot import Snapshot
    from engine.session.session import Session

NEEDED_NEXT = ("engine.session.session", "tui.screens.live")
"""Modules that are imported once the lobby is drawn, in a thread: the next session needs them."""

VISITORS_EVERY_S = 2.0
"""How often visitors are counted."""


class SessionHost:
    """A `SessionApi` for real sessions."""

    def __init__(
        self,
        group: TaskGroup,
        overrides: dict[str, Any] | None = None,
        granted_hosts: tuple[str, ...] = (),
        plan: Plan | None = None,
    ) -> None:
        self._group = group
        self._plan = plan
        """A plan that is not a preset; it is chosen by name, like presets."""
        self._granted_hosts = granted_hosts
        self._overrides = overrides or {}
        """The command line's options besides preset, targets, users and seconds."""
        self._session: Session | None = None
        self._notices: list[Notice] = []
        self._visitors = 0
        self._is_drawn = anyio.Event()
        self._closed: anyio.Event | None = None
        """Set when the last session has stopped."""
        self._choice: Choice | None = None
        """What was started last."""
        self._end_as = ""
        """The outcome it was asked to end with."""
        self.ended: list[tuple[str, str]] = []
        """Id and outcome of every session that ended, the newest last."""
        self.unrecorded = ""
        """Why a session's journal is incomplete; of the last such session."""
        self.error: AbreastError | None = None
        """Why the last session could not start, or broke off."""
        self.crash: BaseException | None = None
        """An error in abreast that ended a session; the owner raises it once the screen is closed."""
        self.on_crash: Callable[[], None] = lambda: None
        """Called then, so that the screen closes and restores its terminal."""

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        overrides: dict[str, Any] | None = None,
        granted_hosts: tuple[str, ...] = (),
        plan: Plan | None = None,
    ) -> AsyncIterator[Self]:
        """The host, while the block lasts. `granted_hosts` may get load wherever they are. `plan` can be
        chosen by name, like the presets."""
        async with anyio.create_task_group() as group:
            session_host = cls(group, overrides, granted_hosts, plan)
            group.start_soon(session_host._catch_up)
            try:
                yield session_host
            finally:
                with anyio.CancelScope(shield=True):
                    await session_host.stop()
            group.cancel_scope.cancel()

    def snapshot(self) -> "Snapshot | None":
        """The newest snapshot of the session."""
        return self._session.snapshot if self._session else None

    @property
    def session(self) -> "Session | None":
        """The newest session; None before the first."""
        return self._session

    def presets(self) -> list[PresetInfo]:
        """All built-in presets."""
        return [preset_info(name) for name in presets.names()]

    async def folder_plans(self) -> list[PresetInfo]:
        """The plans in the current folder. They are read in a thread: a plan may take a while to check."""

        def read() -> list[PresetInfo]:
            return [preset_info(name) for name in plans_in(Path())]

        return await anyio.to_thread.run_sync(read, abandon_on_cancel=True)

    def planned(self, choice: Choice) -> PresetInfo:
        """The plan of a choice. Raises UsageError."""
        return plan_info(self._plan_of(choice), choice.preset)

    def targets(self) -> list[TargetInfo]:
        """All catalogue targets."""
        return [
            TargetInfo(each.name, each.about, each.workloads, each.server(each.defaults))
            for each in catalog.TARGETS.values()
        ]

    def doctor(self) -> list[str]:
        """This machine in short."""
        cores = environment.plan_cores(environment.available_cores())
        return [cores.text]

    @property
    def is_busy(self) -> bool:
        """Whether a session runs, or has not stopped completely."""
        return self._closed is not None and not self._closed.is_set()

    def start(self, choice: Choice) -> None:
        """Starts a session in the background. Raises UsageError for a wrong choice, or if one is running."""
        if self.is_busy:
            raise UsageError("a session is already running", hint="stop it first: esc on its screen")
        from engine.preflight.requirements import check_all_requirements

        plan = self._plan_of(choice)
        check_all_requirements(plan.targets, plan.runtime)
        self._choice = choice
        self._session, self._end_as, self._closed, self.error = None, "", anyio.Event(), None
        self._group.start_soon(self._run, plan, choice.seconds is None, self._closed)

    def start_again(self) -> None:
        """Starts the last choice again. Raises UsageError as `start` does, or if nothing was started."""
        if self._choice is None:
            raise UsageError("nothing was started yet")
        self.start(self._choice)

    def _plan_of(self, choice: Choice) -> Plan:
        """The plan of a choice. Raises UsageError."""
        changes = {"runtime": choice.runtime, "database": choice.database}
        overrides = self._overrides | {name: value for name, value in changes.items() if value}
        attached = self._plan if self._plan and self._plan.preset == choice.preset else None
        return (attached or presets.load(choice.preset)).changed(
            targets=choice.targets or None, users=choice.users, seconds=choice.seconds, **overrides
        )

    async def docker_answers(self) -> bool:
        """Whether a Docker Engine answers."""
        from engine.hosting.database_servers import engine_answers

        return await anyio.to_thread.run_sync(engine_answers, abandon_on_cancel=True)

    def offer_database(self, choice: Choice) -> None:
        """Looks for Docker in the background if the choice keeps rows in files and its source did not, and
        says how to start the source's kind of server. For a session that starts without the lobby, which
        offers it by a key."""
        self._group.start_soon(self._offer_database, choice)

    async def _offer_database(self, choice: Choice) -> None:
        with suppress(UsageError):  # `start` reports it
            kind = published_kind(self._plan_of(choice))
            if kind and await self.docker_answers():
                title = "rows are in SQLite files"
                self._notices.append(Notice("information", title, offer_text(kind)))

    def send(self, command: Command) -> None:
        """Sends a command to the session; an ended session can still be exported."""
        session = self._session
        if session is None:
            return
        if isinstance(command, Export) and session.finished.is_set():
            self._group.start_soon(session.export, command.formats)
        else:
            session.send(command)

    def notices(self) -> list[Notice]:
        """Messages since the last call."""
        found = self._notices + (self._session.notices() if self._session else [])
        self._notices = []
        return found

    def warn(self, title: str, text: str) -> None:
        """Shows a warning."""
        self._notices.append(Notice("warning", title, text))

    def visitors(self) -> int:
        """How many people watch the session in a browser."""
        return self._visitors

    def trouble(self) -> str:
        """Why the last session could not start."""
        return str(self.error) if self.error and self._session is None else ""

    def log_of(self, target: str) -> Path | None:
        """Where a target's log is."""
        from engine.recording.log_tail import log_path

        return log_path(self._session.folder, target) if self._session else None

    def public_text(self, text: str) -> str:
        """A text of the session without values of environment variables."""
        return self._session.public_text(text) if self._session else text

    def end(self, outcome: str) -> None:
        """Asks the session to end: `completed`, or `interrupted` after a signal. Never waits."""
        self._end_as = self._end_as or outcome
        if self._session:
            self._session.end(outcome)

    async def stop(self) -> None:
        """Ends the session and waits until everything has stopped."""
        self.end("completed")
        if self._closed is not None:
            await self._closed.wait()

    async def _run(self, plan: Plan, open_ended: bool, closed: anyio.Event) -> None:
        from engine.session.session import opened

        try:
            async with opened(plan, open_ended=open_ended, granted_hosts=self._granted_hosts) as session:
                self._session = session
                if self._end_as:
                    session.end(self._end_as)
                async with anyio.create_task_group() as group:
                    group.start_soon(self._count_visitors, session.folder)
                    await session.finished.wait()
                    group.cancel_scope.cancel()
                self._visitors = 0
        except* AbreastError as errors:
            self.error = first_of(errors)
        except* Exception as errors:
            self._break(errors)
        else:
            self.error = session.error
            self.ended.append((session.id, session.outcome))
            self.unrecorded = session.recorder.journal.trouble or self.unrecorded
        finally:
            closed.set()

    async def _count_visitors(self, folder: Path) -> None:
        """Says how many watch the session in a browser, whenever that changes (`abreast serve`)."""
        from engine.recording.visitors_file import counted

        self._visitors = 0
        while True:
            await anyio.sleep(VISITORS_EVERY_S)
            before, self._visitors = self._visitors, await anyio.to_thread.run_sync(counted, folder)
            if self._visitors != before:
                text = f"{self._visitors or 'no'} visitor{'' if self._visitors == 1 else 's'} now"
                self._notices.append(Notice("information", "in a browser", text))

    def first_drawn(self) -> None:
        """The first screen is drawn: what was put off for it begins."""
        self._is_drawn.set()

    async def _catch_up(self) -> None:
        """Imports what a session needs, and ends what interrupted ones left behind, once."""
        await self._is_drawn.wait()
        for module in NEEDED_NEXT:
            await anyio.to_thread.run_sync(import_module, module)
        gc.freeze()  # a full pass of the garbage collector over all modules holds the screen up for 70 ms
        await self._reap()

    async def _reap(self) -> None:
        from engine.hosting.cleanup import clean_at_start

        try:
            ended = await clean_at_start()
        except AbreastError as error:
            self._notices.append(Notice("warning", "not cleaned up", str(error)))
        except Exception as error:
            self._break(error)
        else:
            self._notify_of(ended)

    def _break(self, error: BaseException) -> None:
        if self._session:
            self.ended.append((self._session.id, self._session.outcome))
        self.crash = self.crash or error
        self.on_crash()

    def _notify_of(self, ended: "Mapping[str, Cleaned]") -> None:
        from engine.hosting.cleanup import in_lines

        if ended:
            is_left = any(cleaned.trouble or cleaned.worktree_trouble for cleaned in ended.values())
            severity: Severity = "warning" if is_left else "information"
            self._notices.append(Notice(severity, "cleaned up", "; ".join(in_lines(ended))))
