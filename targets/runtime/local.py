"""A target that runs as processes on this machine: the server's root process and its sidecars, such as a
proxy.

Rules of this file:
- a target gets a fixed environment, a separate working folder, an empty standard input and a log file;
- abreast first asks the root process to end, since a master knows best how to end its workers; remaining
  processes are found by their marks, not by their group, since a child may have left the group;
- a response on the port counts only if a process of the target listens there;
- preparation commands (`Launch.prepare`) run to completion with the same marks, and write to the same log;
- when the server's root process ends, the target has ended; a sidecar can be restarted;
- a frozen process does not react to SIGTERM: it is resumed before it is asked to end.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import IO, Any

import anyio
import anyio.to_thread
import psutil
from anyio.abc import Process

from targets.errors import TargetError, reason_of
from targets.launch import Command, Launch
from targets.private_files import default_umask
from targets.runtime import (
    Address,
    Reading,
    Sidecar,
    Undo,
    no_limits,
    no_worker,
    not_confined,
    not_profiled,
)
from targets.runtime.affinity import pin_tree, threads_off
from targets.runtime.child_env import SESSION_MARK, TARGET_MARK, child_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.fixed_layout import fixed_layout
from targets.runtime.front_priority import at_original_priority
from targets.runtime.guard import end_all, marked_with
from targets.runtime.log_file import LogFile
from targets.runtime.ports import can_listen, free_port, holder, listens
from targets.runtime.process_clock import ProcessTreeClock
from targets.runtime.readiness import Seen, poll_health
from targets.runtime.run_command import run_command


class LocalTarget:
    """One target as processes on this machine; a `RunningTarget`."""

    def __init__(
        self,
        name: str,
        launch: Callable[[int], Launch],
        folder: Path,
        session_id: str,
        *,
        port: int | None = None,
    ) -> None:
        """`launch` returns how to start the target on a port. `folder` is used only by this target and
        becomes its working folder. Without a port, the target gets a free one at its first start and keeps
        it."""
        self.name = name
        self.log_path = folder / "log.txt"
        self._log = LogFile(self.log_path)
        self._launch = launch
        self._folder = folder
        self._session_id = session_id
        self._port = port
        self._health_path = "/health"
        self._health_statuses: Collection[int] = (200,)
        self._roots: tuple[Process, ...] = ()
        """The root processes of the last start, the server's first."""
        self._sidecars: tuple[Command, ...] = ()
        """The commands of the other root processes: programs that run next to the server."""
        self._frozen: list[psutil.Process] = []
        self.cpu_clock = ProcessTreeClock(lambda: self.pids)

    @property
    def address(self) -> Address:
        """Where the target listens; known once `start` has returned."""
        assert self._port is not None, "start it first"
        return Address("127.0.0.1", self._port)

    @property
    def pid(self) -> int | None:
        """The pid of the server's root process while it runs, otherwise None."""
        living = [process.pid for process in self._roots[:1] if process.returncode is None]
        return living[0] if living else None

    @property
    def pids(self) -> tuple[int, ...]:
        """The pids of all running root processes: the server's and its sidecars'."""
        return tuple(process.pid for process in self._roots if process.returncode is None)

    @property
    def reading(self) -> Reading | None:
        """Always None: the target is measured through the process trees of `pids`."""
        return None

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """Always None: processes on this machine have no limits."""
        return None

    async def start(self) -> None:
        """Prepares and starts the target, on its previous port if it had one. Raises TargetError if its
        folder or program cannot be used, a preparation command fails, or the port is taken."""
        if self._roots:
            await self.stop(grace_s=0)  # a root that died may have left children that hold the port
            self._roots = ()
        self._port = await anyio.to_thread.run_sync(self._claim_port)
        launch = self._launch(self._port)
        self._health_path, self._health_statuses = launch.health_path, launch.health_statuses
        self._sidecars = launch.sidecars
        program = launch.argv[0]
        try:
            with self._log.open() as log:
                for name, text in launch.files.items():
                    (self._folder / name).write_text(text)
                for command in launch.prepare:
                    program = command.argv[0]
                    await self._prepare(command, log)
                for command in (Command(launch.argv, launch.env, launch.cwd), *launch.sidecars):
                    program = command.argv[0]
                    self._roots += (await self._open(command, log),)
        except OSError as error:
            await self.stop(grace_s=0)
            raise TargetError(
                f"{self.name} cannot be started",
                why=f"{error.filename or program}: {reason_of(error)}",
                hint=f"check that {program} is installed and {self._folder} can be written",
            ) from error

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once the health path responds with 200. Raises TargetError with the last log lines if the
        target dies or does not respond with 200 within `deadline_s`. Also raises TargetError if the response
        comes from another program."""
        roots = self._started()
        seen = Seen()
        began = time.monotonic()
        with anyio.move_on_after(deadline_s):
            async with anyio.create_task_group() as group:

                async def end_with(process: Process) -> None:
                    await process.wait()
                    group.cancel_scope.cancel()

                for process in roots:
                    group.start_soon(end_with, process)
                await poll_health(self.address, self._health_path, seen, ips, statuses=self._health_statuses)
                group.cancel_scope.cancel()
        if ended := [each.returncode for each in roots if each.returncode is not None]:
            raise self._trouble(f"{self.name} died at start: {exit_in_words(ended[0])}")
        if not seen.is_healthy:
            waited_s = time.monotonic() - began
            raise self._trouble(f"{self.name} did not get ready within {waited_s:.1f} s", seen.in_full)
        if not await anyio.to_thread.run_sync(self._listens):
            raise self._port_taken("something else answers there")

    async def wait(self) -> str:
        """Returns once the server's root process of the last `start` has ended; the result says how. Several
        tasks may wait at the same time."""
        return exit_in_words(await self._started()[0].wait())

    @property
    def sidecar(self) -> Sidecar | None:
        """The program that runs next to the server; None if there is none."""
        if not self._sidecars:
            return None
        return Sidecar(
            self._wait_for_sidecar, self._restart_sidecars, self._sidecar_pid, lambda: bool(self._frozen)
        )

    def _sidecar_pid(self) -> int | None:
        living = [process.pid for process in self._roots[1:] if process.returncode is None]
        return living[0] if living else None

    async def _wait_for_sidecar(self) -> str:
        return exit_in_words(await self._started()[1].wait())

    async def _restart_sidecars(self, within_s: float) -> None:
        if self.pid is None:  # the target has ended: the restart is about to be cancelled
            await anyio.sleep_forever()
        with self._log.open() as log:
            again = [await self._open(command, log) for command in self._sidecars]
        self._roots = (*self._roots[:1], *again)
        await self.ready(within_s)

    async def stop(self, grace_s: float = 5.0) -> None:
        """Sends SIGTERM to the root processes, waits up to `grace_s` until they end, then sends SIGKILL to
        all remaining processes, including preparation commands. Never raises, and cannot be cancelled."""
        if self._port is None:
            return
        with anyio.CancelScope(shield=True):
            await self.unpause()
            if grace_s > 0:
                for process in self._roots:
                    with suppress(ProcessLookupError):
                        process.terminate()
                with anyio.move_on_after(grace_s):
                    await self._all_ended()
            self.kill()
            await anyio.to_thread.run_sync(partial(end_all, self._survivors))
            with anyio.move_on_after(1):  # what still runs is stuck in the kernel, maybe forever
                await self._all_ended()

    def kill(self) -> None:
        """Sends SIGKILL to the target's process groups. Skips root processes that have ended: another process
        may have their pid by now."""
        for pid in self.pids:
            with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
                os.killpg(pid, signal.SIGKILL)

    async def pause(self) -> None:
        """Stops every process of the target (SIGSTOP)."""
        self._frozen = await anyio.to_thread.run_sync(self._survivors)
        for process in self._frozen:
            with suppress(psutil.Error):
                process.suspend()

    async def unpause(self) -> None:
        """Resumes the paused processes (SIGCONT)."""
        frozen, self._frozen = self._frozen, []
        for process in frozen:
            with suppress(psutil.Error):
                process.resume()

    async def kill_worker(self) -> None:
        """Sends SIGKILL to one worker process of the server. Raises TargetError if the server is a single
        process without workers."""
        worker = await anyio.to_thread.run_sync(self._biggest_child)
        if worker is None:
            raise no_worker(self.name)
        with suppress(psutil.Error):
            worker.kill()

    async def server_pid(self) -> int:
        """The pid of the server's root process. Raises TargetError if it does not run."""
        if self.pid is None:
            raise not_profiled(self.name, "it does not run", "start it first")
        return self.pid

    async def pin(self, cores: Sequence[int]) -> None:
        """Pins all processes of the target to these cores; does nothing without cores."""
        for pid in self.pids:
            pin_tree(pid, cores)

    async def confine(self, core: int) -> None:
        """Pins all processes of the target to one core. Raises TargetError where the system does not support
        affinity, or the core cannot be used."""
        if sys.platform != "linux":
            raise not_confined(self.name, "this system does not pin processes to cores")
        try:
            await self.pin((core,))
        except OSError as error:
            raise not_confined(self.name, reason_of(error)) from error

    def threads_off(self, core: int) -> int:
        """How many threads of its processes may run on other cores than this one."""
        return threads_off(self.cpu_clock.pids, core)

    async def limit(self, *, cpus: float | None = None, memory_bytes: int | None = None) -> Undo:
        """Raises TargetError: processes on this machine have no limits."""
        raise no_limits(self.name)

    async def put(self, files: Mapping[str, str]) -> None:
        """Writes files to the target's working folder and replaces each one atomically. Raises
        TargetError."""
        try:
            await anyio.to_thread.run_sync(self._write, files)
        except OSError as error:
            raise TargetError(
                f"{self.name} cannot be changed while it runs",
                why=f"{error.filename}: {reason_of(error)}",
                hint=f"check that the disk is not full and {self._folder} can be written",
            ) from error

    def _write(self, files: Mapping[str, str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            part = self._folder / f".{name}.next"
            part.write_text(text)
            part.replace(self._folder / name)

    async def run(self, command: Command) -> None:
        """Runs a command in the target's working folder and waits until it ends. Raises TargetError if it
        fails."""
        await run_command(command, self.name, self._session_id, self._folder)

    def _biggest_child(self) -> psutil.Process | None:
        """The server's child process that uses the most memory, because it runs the app. A master's helper
        processes, such as a router or a resource tracker, are small."""
        if self.pid is None:
            return None
        held: dict[psutil.Process, int] = {}
        with suppress(psutil.Error):
            for child in psutil.Process(self.pid).children():
                if "resource_tracker" not in " ".join(child.cmdline()):
                    held[child] = child.memory_info().rss
        return max(held, key=lambda child: held[child], default=None)

    def log_tail(self, lines: int = 10) -> list[str]:
        """The last lines that the target wrote since its last start, without control characters."""
        return self._log.tail(lines)

    def _started(self) -> tuple[Process, ...]:
        if not self._roots:
            raise RuntimeError(f"{self.name} was never started")
        return self._roots

    async def _all_ended(self) -> None:
        for process in self._roots:
            await process.wait()

    def _listens(self) -> bool:
        return any(listens(pid, self.address.port) for pid in self.pids)

    async def _open(self, command: Command, log: IO[Any]) -> Process:
        """Starts a process of the target in a separate process group."""
        opened: list[Process] = []
        # Shielded: abreast could not end a process whose start was cancelled halfway.
        with anyio.CancelScope(shield=True), at_original_priority(), fixed_layout():
            process = await anyio.open_process(
                command.argv,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                cwd=command.cwd or self._folder,
                env=child_environment(self._session_id, command.env | {TARGET_MARK: self.name}),
                start_new_session=True,
                umask=default_umask() if command.cwd else -1,  # in the user's folder, the user's umask
            )
            opened.append(process)
        return opened[0]

    async def _prepare(self, command: Command, log: IO[Any]) -> None:
        """Runs a preparation command and waits until it ends. Raises TargetError if it fails."""
        process = await self._open(command, log)
        try:
            returncode = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        if returncode:
            raise self._trouble(f"{self.name} could not be prepared: {exit_in_words(returncode)}")

    def _survivors(self) -> list[psutil.Process]:
        return marked_with({SESSION_MARK: self._session_id, TARGET_MARK: self.name})

    def _claim_port(self) -> int:
        if self._port is None:
            return free_port()
        if not can_listen(self._port):
            raise self._port_taken()
        return self._port

    def _trouble(self, what: str, why: str = "") -> TargetError:
        tail = self.log_tail() or ["it wrote nothing to its log"]
        return TargetError(
            what, why="\n".join([why, *tail] if why else tail), hint=f"the whole log: {self.log_path}"
        )

    def _port_taken(self, why: str = "") -> TargetError:
        port = self.address.port
        return TargetError(
            f"{self.name} cannot have port {port}",
            why=", ".join(filter(None, [f"it is taken by {holder(port)}", why])),
            hint="end that program, or let abreast choose a port",
        )
