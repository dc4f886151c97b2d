"""A target as a container.

Rules of this file:
- its working folder is its own volume, which survives restarts; everything else it writes is lost;
- after `stop` only that volume is left, which is removed with the session;
- its log is fetched once it has ended, stops or fails to get ready.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from targets.apps.kill_worker import NO_WORKER
from targets.errors import TargetError
from targets.launch import Command, Launch
from targets.runtime import Address, Reading, Sidecar, Undo, no_worker
from targets.runtime.containers.cgroup import CgroupClock
from targets.runtime.containers.container_log import ContainerLog
from targets.runtime.containers.container_spec import AS_TARGETS, ContainerSpec, as_one, change_limits, create
from targets.runtime.containers.cores import ContainerCores
from targets.runtime.containers.engine import Engine, Run
from targets.runtime.containers.exec import run_inside
from targets.runtime.containers.exit_reason import how_it_ended
from targets.runtime.containers.host_process import host_pid
from targets.runtime.containers.limits import DEFAULT, Limits, check, check_front, fitted
from targets.runtime.containers.meter import ContainerMeter
from targets.runtime.containers.port_binding import PortBinding
from targets.runtime.containers.tar import tar_of
from targets.runtime.readiness import Seen, poll_health

if TYPE_CHECKING:
    from docker import APIClient


class DockerTarget:
    """One target's life as a container; a `RunningTarget`."""

    sidecar: Sidecar | None = None
    """None: programs that run next to the server are in the same container and part of the target."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], Launch],
        folder: Path,
        engine: Engine,
        limits: Callable[[], Limits] = lambda: DEFAULT,
        *,
        spec: ContainerSpec = AS_TARGETS,
        port: int | None = None,
    ) -> None:
        """`launch` is built for `inner_site()`; it and `limits` are called at every start. `folder` is where
        its log is written. Without a port it gets a free one, which it keeps."""
        self.name = name
        self.log_path = folder / "log.txt"
        self.limits = Limits()
        """Of its last start, as `_launch` is."""
        self._log = ContainerLog(self.log_path, engine)
        self._new_launch, self._new_limits = launch, limits
        self._launch = Launch((), {})
        self._engine = engine
        self._spec = spec
        self._publishing = PortBinding(name, engine, port, is_secret=spec.is_secret)
        self._run: Run | None = None
        self._limiting = anyio.Lock()
        """Serialises changes of limits: each starts from the previous limits."""
        self._meter: ContainerMeter | None = None
        """Of the container that runs now."""
        self.cpu_clock = CgroupClock()
        self._cores = ContainerCores(name, engine)

    @property
    def address(self) -> Address:
        """Where it listens; known once `start` has returned, except for the port of one that died while
        starting."""
        return Address(self._engine.host, self._publishing.port or 0)

    @property
    def pids(self) -> tuple[int, ...]:
        """None: its processes are the engine's, and it is the engine that measures them."""
        return ()

    @property
    def runs(self) -> bool:
        """Whether its container was started and has not ended."""
        return self._run is not None and not self._run.ended.is_set()

    @property
    def reading(self) -> Reading | None:
        """What it used in the last second or so, as far as its engine has reported it."""
        return self._meter.reading if self._meter else None

    @property
    def recorded_limits(self) -> Mapping[str, Any]:
        """What it may use from its next start on, as far as the engine's machine is known yet."""
        return fitted(self._new_limits(), self._engine.machine).plain()

    # ------------------------------------------------------------ starting

    async def start(self) -> None:
        """Starts it in a new container, on its previous port if it had one; removes its old container first.
        Raises TargetError."""
        doing = f"{self.name} cannot be started"
        self._launch, wanted = self._new_launch(), self._new_limits()
        await self._engine.open()
        self.limits = fitted(wanted, self._engine.machine)
        if self.limits.memory_bytes is None and wanted.memory_bytes is not None:
            text = (
                "it has no limit of memory: the engine's machine does not account for memory by control group"
            )
            self._engine.tell("trouble", self.name, text)
        check(self.name, self.limits, self._engine.machine)
        if self._launch.sidecars:
            check_front(self.name, self._engine.machine)
        image = await self._engine.image(self._spec.image, self._spec.advice, asker=self.name)
        await self.stop(grace_s=0)
        self._log.begin(doing)
        for command in self._launch.prepare:
            await self._prepare(image, command)
        await self._serve(image)
        self._meter = ContainerMeter(lambda: self.limits.plain())
        self._engine.group.start_soon(self._follow_stats, self._started(), self._meter)
        await self.cpu_clock.find(self._engine, self._started().container)

    async def _serve(self, image: str) -> None:
        """Starts the server and publishes its port if its spec says so. Raises TargetError."""
        command, publishing = as_one(self._launch), self._publishing
        if not self._spec.is_published:
            await self._begin(image, command, published=False)
            return
        await publishing.choose()
        try:
            run = await self._begin(image, command, published=True)
        except TargetError as error:
            if not publishing.can_retry(error):
                raise
            await self.stop(grace_s=0)
            await publishing.choose()
            run = await self._begin(image, command, published=True)
        if publishing.port is None:
            learn = partial(publishing.learn, run.container, self._spec.port)
            await self._engine.call(f"{self.name} cannot be reached", learn)

    async def _begin(self, image: str, command: Command, *, published: bool) -> Run:
        """Starts a container that runs the command; tracked from creation, so that it can always be
        removed."""
        doing = f"{self.name} cannot be started"
        made: list[Run] = []
        with anyio.CancelScope(shield=True):  # an unknown container could not be removed
            container = await self._engine.call(doing, partial(self._create, image, command, published))
            self._run = Run(self.name, container)
            self._cores.begin()
            made.append(self._run)
            self._engine.watch(self._run)
            await self._engine.call(doing, lambda client: self._fill_and_start(client, container))
        return made[0]

    def _create(self, image: str, command: Command, published: bool, client: "APIClient") -> str:
        return create(
            client,
            self._engine,
            self.name,
            self._spec,
            command,
            self.limits,
            image=image,
            published=self._publishing.binding() if published else None,
        )

    def _fill_and_start(self, client: "APIClient", container: str) -> None:
        if self._launch.files:
            client.put_archive(container, self._spec.folder, tar_of(self._launch.files))
        client.start(container)

    async def _prepare(self, image: str, command: Command) -> None:
        """Runs a command to its end, in a separate container with the same volume. Raises TargetError."""
        run = await self._begin(image, command, published=False)
        await run.ended.wait()
        if run.exit_code != 0:
            how = await self.wait()
            raise self._trouble(f"{self.name} could not be prepared: {how}")
        await self.stop(grace_s=0)

    async def put(self, files: Mapping[str, str]) -> None:
        """Writes files to its working folder while it runs. Raises TargetError."""
        container = self._started().container
        await self._engine.call(
            f"the settings of {self.name} cannot be changed",
            lambda client: client.put_archive(container, self._spec.folder, tar_of(files, time.time())),
        )

    async def run(self, command: Command) -> None:
        """Runs a command to its end in its container, while its server runs there. Raises TargetError."""
        exit_code, said = await self._run_inside(command)
        if exit_code:
            raise TargetError(
                f"{self.name} could not be prepared",
                why="\n".join(said.splitlines()[-10:]),
                hint=f"the whole log: {self.log_path}",
            )

    async def _run_inside(self, command: Command) -> tuple[int, str]:
        """Runs a command in its container and returns exit code and output. Raises TargetError if it cannot
        be run."""
        doing = f"{self.name} could not be prepared"
        return await run_inside(self._engine, self._started().container, command, doing)

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once its health path answers 200. Raises TargetError with the last log lines if it ends, or
        if `deadline_s` seconds pass without such a response."""
        run = self._started()
        seen = Seen()
        began_s = time.monotonic()
        with anyio.move_on_after(deadline_s):
            async with anyio.create_task_group() as group:

                async def end_with_it() -> None:
                    await run.ended.wait()
                    group.cancel_scope.cancel()

                group.start_soon(end_with_it)
                if self._publishing.port is not None:
                    launch = self._launch
                    await poll_health(
                        self.address, launch.health_path, seen, ips, statuses=launch.health_statuses
                    )
                    group.cancel_scope.cancel()
        self._publishing.is_known |= seen.is_healthy
        if run.ended.is_set():
            how = await self.wait()
            raise self._trouble(f"{self.name} died at start: {how}")
        if not seen.is_healthy:
            waited_s = time.monotonic() - began_s
            await self._log.save(run)
            raise self._trouble(f"{self.name} did not get ready within {waited_s:.1f} s", seen.in_full)

    async def pin(self, cores: Sequence[int]) -> None:
        """Pins it to these cores of this machine if its options choose no cores and there are enough for its
        CPU limit. Does nothing if the engine's cores are not this machine's, or it refuses."""
        await self._cores.pin(self._started().container, self.limits, cores)

    async def confine(self, core: int) -> None:
        """Pins it to one core. Raises TargetError if its engine's cores are not this machine's, or the engine
        refuses."""
        await self._cores.confine(self._started().container, core)

    def threads_off(self, core: int) -> int:
        """0 if it is confined to this core: the kernel lets no thread leave its container's cores."""
        return 0 if self._cores.confined == core else 1

    # ------------------------------------------------------------ ending

    async def wait(self) -> str:
        """Waits until the container of the last `start` has ended and returns how. Many tasks may wait."""
        run = self._started()
        await run.ended.wait()
        if run.engine_gone:
            return "the Docker Engine is gone"
        await self._log.save(run)
        with suppress(TargetError):
            found = await self._engine.call("", lambda client: client.inspect_container(run.container))
            run.out_of_memory = run.out_of_memory or found["State"]["OOMKilled"]
        return how_it_ended(run.exit_code, self.limits if run.out_of_memory else None)

    async def stop(self, grace_s: float = 5.0) -> None:
        """Asks it to end, waits up to `grace_s`, ends it, keeps its log and removes its container. Never
        raises, and is not cut short by a cancellation."""
        run = self._run
        self._meter = None
        self.cpu_clock.end()
        if run is None or run.removed:
            return
        with anyio.CancelScope(shield=True):
            with suppress(TargetError):
                await self.unpause()
            if grace_s > 0 and not run.ended.is_set():
                with suppress(TargetError):
                    await self._engine.call(
                        "", lambda client: client.stop(run.container, timeout=round(grace_s))
                    )
            await self._log.save(run)
            with suppress(TargetError):
                await self._engine.call(
                    "", lambda client: client.remove_container(run.container, v=True, force=True)
                )
                with anyio.move_on_after(2):
                    await run.ended.wait()
            run.ended.set()
            run.removed = True
            self._engine.forget(run)

    def kill(self) -> None:
        """SIGKILL to all of it at once."""
        if (run := self._run) is not None and not run.ended.is_set():
            thaw, run.is_paused = run.is_paused, False

            def end(client: "APIClient") -> None:
                if thaw:  # the engine kills no paused container
                    run.awaited.add("unpause")
                    client.unpause(run.container)
                client.kill(run.container)

            self._engine.send(end)

    def log_tail(self, lines: int = 10) -> list[str]:
        """The last lines it wrote since its last start, if its log was fetched, which happens once it has
        ended."""
        return self._log.tail(lines)

    # ------------------------------------------------------------ striking it

    async def pause(self) -> None:
        """Freezes the container. Raises TargetError."""
        run = self._started()
        run.awaited.add("pause")
        await self._engine.call(f"{self.name} cannot be paused", lambda client: client.pause(run.container))
        run.is_paused = True

    async def unpause(self) -> None:
        """Unpauses the container. Raises TargetError."""
        run = self._started()
        if run.is_paused and not run.ended.is_set():
            run.awaited.add("unpause")
            await self._engine.call(
                f"{self.name} cannot be resumed", lambda client: client.unpause(run.container)
            )
            run.is_paused = False

    async def kill_worker(self) -> None:
        """SIGKILL to one worker process of its server. Raises TargetError if the server has none because it
        is a single process."""
        command = Command(("python", "-P", "-m", "targets.apps.kill_worker"))
        exit_code, said = await self._run_inside(command)
        if exit_code == NO_WORKER:
            raise no_worker(self.name)
        if exit_code:
            raise TargetError(
                f"no worker of {self.name} could be killed", why=said.strip(), hint="kill the target"
            )

    async def server_pid(self) -> int:
        """The pid that its first process has on this machine, outside the container. Raises TargetError if
        the engine runs elsewhere, be it in a virtual machine of this one."""
        return await host_pid(self._engine, self.name, self._started().container)

    async def limit(self, *, cpus: float | None = None, memory_bytes: int | None = None) -> Undo:
        """Sets other limits until its next start; None leaves one as it is. Returns a function that restores
        the previous ones. Raises TargetError if the machine has less, or the engine refuses: some refuse a
        limit below current use."""
        before, wanted = self.limits, {"cpus": cpus, "memory_bytes": memory_bytes}
        changes = {name: value for name, value in wanted.items() if value is not None}
        await self._change_limits(changes)
        return partial(self._change_limits, {name: getattr(before, name) for name in changes})

    async def _change_limits(self, changes: Mapping[str, Any]) -> None:
        """Changes these fields of its limits; no memory limit (None) is one, too."""
        run = self._started()
        async with self._limiting:
            wanted = replace(self.limits, **changes)
            check(self.name, wanted, self._engine.machine)
            await self._engine.call(
                f"{self.name} cannot have these limits",
                partial(change_limits, run.container, wanted, self._engine.machine),
            )
            self.limits = wanted

    # ------------------------------------------------------------ metering

    async def _follow_stats(self, run: Run, meter: ContainerMeter) -> None:
        """Takes in the engine's stats of it, about one a second, until it ends."""
        async with anyio.create_task_group() as group:

            async def follow() -> None:
                with suppress(TargetError):
                    path = f"/containers/{run.container}/stats"
                    await self._engine.follow(path, {"stream": "true"}, meter.take)

            group.start_soon(follow)
            await run.ended.wait()
            group.cancel_scope.cancel()
        if self._meter is meter:
            self._meter = None

    def _started(self) -> Run:
        if self._run is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._run

    def _trouble(self, what: str, why: str = "") -> TargetError:
        tail = self.log_tail() or ["it wrote nothing to its log"]
        return TargetError(
            what, why="\n".join([why, *tail] if why else tail), hint=f"the whole log: {self.log_path}"
        )
