"""A container that was started outside abreast: abreast sends it load, and its engine measures it.

Rules of this file:
- abreast never changes it: it only inspects it and reads its stats and events;
- it is identified by its name, so that it stays the same target after compose recreates it;
- its load continues after it ends: it may come back, and the failures until then belong in the results.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import orjson

from targets.errors import TargetError
from targets.runtime import Address, Reading
from targets.runtime.attached import AttachedTarget
from targets.runtime.containers import inventory
from targets.runtime.containers.cgroup import CgroupClock
from targets.runtime.containers.engine import Engine, News
from targets.runtime.containers.meter import ContainerMeter

AGAIN_AFTER_S = 1.0
"""How long to wait before reopening an engine stream that ended."""

_NOWHERE = Address("127.0.0.1", 0)


class AttachedContainer(AttachedTarget):
    """A container that was started outside abreast; a `RunningTarget`."""

    def __init__(
        self,
        name: str,
        container: str,
        inner_port: int | None,
        folder: Path,
        engine: Engine,
        *,
        health_path: str,
        health_statuses: Collection[int] = (),
        request: Callable[[Address], bytes],
    ) -> None:
        """The load goes to `inner_port` of `container`; None: its lowest published port. The address is known
        once `start` has returned."""
        super().__init__(
            name,
            _NOWHERE,
            folder,
            health_path=health_path,
            health_statuses=health_statuses,
            request=request,
            tell=lambda text: engine.tell("waiting", name, text),
        )
        self._container = container
        self._inner_port = inner_port
        self._engine = engine
        self._limits: Mapping[str, Any] | None = None
        self._meter = ContainerMeter(lambda: self._limits)
        self._has_ended = False
        self.cpu_clock = self._cgroup = CgroupClock()

    @property
    def reading(self) -> Reading | None:
        """What it used in the last second or so, as far as its engine has reported it."""
        return self._meter.reading

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """Its resource limits; None if it has none, or before `start`."""
        return self._limits

    async def start(self) -> None:
        """Inspects it and starts following its events and stats. Raises TargetError if it is not running or
        cannot be reached."""
        await super().start()
        await self._engine.reach()
        inspection = await self._inspected()
        state = inspection["State"]["Status"]
        if state != "running":
            raise inventory.not_running(self._container, state)
        ports = inventory.published(inspection)
        self.address = inventory.address_of(self._container, ports, self._inner_port, self._engine.host)
        self._limits = inventory.limits(inspection)
        self._cgroup.begin(inspection)
        self._engine.group.start_soon(self._observe, self._left)

    async def _inspected(self) -> Mapping[str, Any]:
        inspection: Mapping[str, Any] = await self._engine.call(
            f"the container {self._container} cannot be inspected",
            lambda client: client.inspect_container(self._container),
        )
        return inspection

    async def _observe(self, left: anyio.Event) -> None:
        """Follows its events and stats until abreast detaches from it."""
        meter = self._meter = ContainerMeter(lambda: self._limits)
        async with anyio.create_task_group() as group:
            group.start_soon(self._follow_events)
            group.start_soon(self._follow_stats, meter)
            await left.wait()
            group.cancel_scope.cancel()

    # ------------------------------------------------------------ events

    async def _follow_events(self) -> None:
        """Reports when it ends, restarts or is paused; reopens the event stream whenever it breaks."""
        filters = orjson.dumps({"container": [self._container], "type": ["container"]}).decode()

        def take(line: bytes) -> None:
            anyio.from_thread.run_sync(self._take, orjson.loads(line))

        while True:
            with suppress(TargetError):
                await self._engine.reach()
                await self._engine.follow("/events", {"filters": filters}, take)
            await anyio.sleep(AGAIN_AFTER_S)

    def _take(self, event: Mapping[str, Any]) -> None:
        attributes = event.get("Actor", {}).get("Attributes", {})
        match event.get("Action"):
            case "oom":
                self._event("oom", "out of memory: the kernel killed one of its processes")
            case "die":
                self._has_ended = True
                code = attributes.get("exitCode", "")
                how = f"exit code {code}" if code else "for an unknown reason"
                self._event(
                    "trouble", f"its container ended ({how}); its load continues, since it may come back"
                )
            case "start":
                self._event(
                    "restart", "its container was started again" if self._has_ended else "it was started"
                )
                self._engine.group.start_soon(self._refresh)
            case "update":
                self._engine.group.start_soon(self._refresh)
            case "pause" | "unpause" as action:
                self._event("pause", f"its container was {action}d")

    async def _refresh(self) -> None:
        """Reads its limits again after a start or update, and reports a changed address."""
        with suppress(TargetError):
            inspection = await self._inspected()
            self._limits = inventory.limits(inspection)
            self._cgroup.begin(inspection)
            ports = inventory.published(inspection)
            address = inventory.address_of(self._container, ports, self._inner_port, self._engine.host)
            if address != self.address:
                self._event("trouble", f"its address is now {address}; load still goes to {self.address}")

    def _event(self, kind: News, text: str) -> None:
        self._engine.tell(kind, self.name, text)

    # ------------------------------------------------------------ metering

    async def _follow_stats(self, meter: ContainerMeter) -> None:
        """Reads its stats from the engine, about one a second. There are none while it is not running."""
        path = f"/containers/{self._container}/stats"
        while True:
            with suppress(TargetError):
                await self._engine.follow(path, {"stream": "true"}, meter.take)
            meter.reset()
            await anyio.sleep(AGAIN_AFTER_S)
