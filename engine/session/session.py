"""A session runs a plan; fronts use it. It is a front's outermost block, in which the screen runs.

Rules of this file:
- a session ends only through its `Ending`, whatever happens outside: `run` is shielded from cancellation, so
  that load stops first, then the targets, and then the journal is closed, however the block is left.
"""

import shutil
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from engine.cluster.cluster import Cluster
from engine.hosting import database_choice, revisions
from engine.hosting.database_servers import check_servers
from engine.machine import ceiling, environment, paths, ray_folder
from engine.machine.open_files import raise_open_files_limit
from engine.metrics.records import Ended
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.plan.commands import Command, Notice, ViewCommand
from engine.plan.data_files import check_rows
from engine.plan.plan import Plan
from engine.plan.rounds import OF_ROUNDS
from engine.preflight.allowed_hosts import AllowedHosts, LookUp, look_up
from engine.preflight.reachability import check_limits, check_reach
from engine.preflight.requirements import check_all_requirements
from engine.protocol.histogram import Histogram
from engine.recording.disk_space import check_room, no_room
from engine.recording.journal import FILE_NAME, JournalWriter, is_blank
from engine.recording.recorder import Recorder
from engine.session.cluster_load import cluster_of, core_plan, with_workers
from engine.session.duel import check_duel
from engine.session.ending import Ending
from engine.session.export_notice import export_notice
from engine.session.header import header_of, new_id, now_text
from engine.session.parts import SessionContext
from engine.session.run import SessionRun
from targets.errors import AbreastError, UsageError, first_of, reason_of, without_values
from targets.runtime.front_priority import lowered_front_priority
from targets.runtime.guard import Guard

if TYPE_CHECKING:
    from engine.export.loaded import LoadedSession


class Session:
    """One run of a plan, created by `opened`. Call its public methods from the event loop that runs it."""

    def __init__(
        self,
        plan: Plan,
        *,
        open_ended: bool,
        session_id: str,
        folder: Path,
        journal: JournalWriter,
        guard: Guard,
        allowed: AllowedHosts,
        sources: Mapping[str, revisions.Source],
        cluster: Cluster | None,
    ) -> None:
        self.plan = plan
        self.id = session_id
        self.folder = folder
        self.open_ended = open_ended
        """Whether the last stage holds until the session is ended."""
        self.finished = anyio.Event()
        """Set when everything has stopped and the journal is complete."""
        self.outcome = "running"
        self._masker = plan.masker()
        self.cores = core_plan(plan, cluster)
        self.ceiling = ceiling.load() if cluster is None or cluster.is_here else None
        """How much this machine's load workers can send, if they send and it was measured."""
        self.recorder = Recorder(
            journal,
            header_of(
                plan,
                session_id,
                cores=self.cores,
                ceiling=self.ceiling,
                open_ended=open_ended,
                sources=sources,
                nodes=cluster.recorded() if cluster else (),
            ),
            View(),
            self.ceiling,
            self._masker,
        )
        self._ending = Ending(self.recorder)
        self._run = SessionRun(
            SessionContext(
                plan=plan,
                session_id=session_id,
                folder=folder,
                open_ended=open_ended,
                cores=self.cores,
                allowed=allowed,
                cluster=cluster,
                sources=sources,
                guard=guard,
                recorder=self.recorder,
                ending=self._ending,
                export=self._export,
            )
        )

    # ------------------------------------------------------------ for fronts

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot; a new object at every tick."""
        return self.recorder.snapshot

    @property
    def news(self) -> tuple[int, int, str]:
        """Changes when the newest snapshot has something else to print: a record, a second, a stage. What
        prints looks at this first, because a snapshot is only made if something looks at it."""
        recorder = self.recorder
        at_s = recorder.published_s
        return recorder.published_records, int(at_s), recorder.timeline.stage(at_s).text

    @property
    def latencies(self) -> dict[str, Histogram]:
        """By target: latencies of successful requests in all measured seconds. They change as it runs."""
        return {name: target.whole.ok for name, target in self.recorder.timeline.targets.items()}

    @property
    def began(self) -> anyio.Event:
        """Set when load starts, or when it is clear that it never will."""
        return self._run.began

    @property
    def error(self) -> AbreastError | None:
        """Why the session could not go on, if an error ended it."""
        return self._ending.error

    @property
    def any_target_failed(self) -> bool:
        """Whether a target did not start, or ended on its own."""
        return self._run.any_target_failed

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the load workers, once they run; empty before that."""
        return self._run.worker_pids

    def now_s(self) -> float:
        """Session time, in seconds; 0 until load starts."""
        return self.recorder.now_s()

    def send(self, command: Command) -> None:
        """Sends a command to the session; never waits. Its effect shows in snapshots and notices."""
        if isinstance(command, ViewCommand):
            self.recorder.look(command)
            return
        try:
            self._run.commands.send_nowait(command)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self.recorder.notices.append(Notice("warning", "not done", "the session takes no commands now"))

    def notices(self) -> list[Notice]:
        """The notices since the last call; each is returned only once."""
        found = [
            replace(each, title=self.public_text(each.title), text=self.public_text(each.text))
            for each in self.recorder.notices
        ]
        self.recorder.notices.clear()
        return found

    def public_text(self, text: str) -> str:
        """A text of the session, such as a line of a target's log, with the names of environment variables in
        place of their values."""
        return self._masker.with_variables(text)

    def end(self, outcome: str = "completed") -> None:
        """Asks the session to end; the first call decides how. Never waits: `finished` is set at the end."""
        self._ending.ask(outcome, by_hand=True)

    async def export(self, formats: Sequence[str]) -> None:
        """Exports a session that has ended to the folder where abreast was started; a notice names the files,
        or the reason why there are none."""
        try:
            written = await anyio.to_thread.run_sync(self._export, formats)
        except AbreastError as error:
            self.recorder.notices.append(Notice("error", error.what, error.hint or error.why))
        except OSError as error:
            self.recorder.notices.append(Notice("error", "the journal is gone", reason_of(error)))
        else:
            self.recorder.notices.append(export_notice(written))

    def document(self) -> dict[str, Any]:
        """The session JSON so far, including records that the journal could not store. Raises OSError if the
        block of `opened` was left and the journal is gone."""
        return self._loaded().document

    def _loaded(self) -> "LoadedSession":
        from engine.export.loaded import load_running  # exports are rare: import this only when needed

        return load_running(self.recorder.journal.path, self.recorder.journal.records())

    def _export(self, formats: Sequence[str]) -> list[Path]:
        from engine.export.formats import find
        from engine.export.writing import write_beside

        return write_beside(self._loaded(), find(formats), Path.cwd())

    # ------------------------------------------------------------ running and ending

    async def run(self) -> None:
        """Runs the plan until it ends or `end` is called, then takes everything down.

        An AbreastError is stored in `error`, and not raised. Any other error is recorded and raised: a
        session that broke off was not completed."""
        with anyio.CancelScope(shield=True):
            try:
                await self._run.run()
            except* AbreastError as errors:
                self._ending.fail(without_values(first_of(errors), self._masker))
            except* BaseException as errors:
                self._ending.break_off(errors)
                raise
            finally:
                self._finish()

    def _finish(self) -> None:
        """Records the end. Also if that fails, `finished` is set, which others wait for."""
        try:
            self._run.close()
            timeline = self.recorder.timeline
            self.outcome = self._ending.outcome(timeline, any_target_failed=self.any_target_failed)
            self.recorder.record(Ended(self.now_s(), now_text(), self.outcome))
            self._summarize()
            self.recorder.publish()
        finally:
            self.began.set()
            self.finished.set()

    def _summarize(self) -> None:
        """Writes the summary that lists of sessions show, unless the journal lacks something."""
        from engine.export.loaded import LoadedSession
        from engine.export.session_summary import write

        if not self.recorder.journal.trouble:
            write(LoadedSession(self.recorder.journal.path, self.recorder.timeline, self.outcome))


@asynccontextmanager
async def opened(
    plan: Plan,
    *,
    open_ended: bool = False,
    granted_hosts: Collection[str] = (),
    look_up: LookUp = look_up,
) -> AsyncIterator[Session]:
    """Runs a session while the block runs; leaving the block ends the session and takes everything down.

    Load goes to this machine and private networks, and outside them only to `granted_hosts`. Raises
    AbreastError if the plan would send load elsewhere or has more users than can be connected, if this
    machine cannot run a target, if a target's revision is not found, if the session's folder or journal
    cannot be created, or if the guard does not start.
    """
    plan = plan.for_cores(environment.usable_core_count())
    open_ended = open_ended and plan.schedule not in {*OF_ROUNDS, "capacity"}  # they end by themselves
    allowed = AllowedHosts.of(granted_hosts, look_up)
    with _errors_without_values(plan):
        if not plan.cluster:  # else how many load workers share the users is known later
            check_limits(plan)
        check_rows(plan)
        await anyio.to_thread.run_sync(check_reach, plan, allowed)
        check_all_requirements(plan.targets, plan.runtime)
        database_choice.check(plan)
        await anyio.to_thread.run_sync(check_servers, plan)
        sources = await anyio.to_thread.run_sync(revisions.look_up, plan)
    raise_open_files_limit()  # targets inherit it: like load workers, they need a file per user
    session_id = new_id(plan.preset or "plan")
    folder = paths.session_folder(session_id)
    check_room(folder)
    # The journal's lock says that the session is running, also while its cluster is connected and left.
    # Leaving the guard ends whatever is left of the session: the cluster must have been left before.
    with _removed_if_refused(folder), JournalWriter(folder / FILE_NAME) as journal:
        async with Guard(session_id, folder) as guard, cluster_of(plan, session_id, folder) as cluster:
            plan = with_workers(plan, cluster)
            if cluster is not None:
                check_limits(plan)
            cores = core_plan(plan, cluster)
            check_duel(plan, cores)
            with lowered_front_priority(cores.targets):
                async with anyio.create_task_group() as group:
                    session = Session(
                        plan,
                        open_ended=open_ended,
                        session_id=session_id,
                        folder=folder,
                        journal=journal,
                        guard=guard,
                        allowed=allowed,
                        sources=sources,
                        cluster=cluster,
                    )
                    if journal.trouble:
                        raise no_room(folder, journal.trouble)
                    group.start_soon(session.run)
                    try:
                        yield session
                    except Exception:
                        session.end("failed")
                        raise
                    finally:
                        session.end("interrupted")
                        with anyio.CancelScope(shield=True):
                            await session.finished.wait()


@contextmanager
def _removed_if_refused(folder: Path) -> Iterator[None]:
    """Removes the session's folder if the plan is refused before anything was recorded: the error says it
    all. After any other error, a log in it may say more."""
    try:
        yield
    except UsageError:
        if not (folder / ray_folder.NOTE).exists() and is_blank(folder / FILE_NAME):
            shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _errors_without_values(plan: Plan) -> Iterator[None]:
    """Errors of the block are raised without values of environment variables."""
    try:
        yield
    except AbreastError as error:
        raise without_values(error, plan.masker()) from error
