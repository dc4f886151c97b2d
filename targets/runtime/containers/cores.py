"""Which cores a running container may use."""

from collections.abc import Sequence
from contextlib import suppress

from targets.errors import TargetError
from targets.runtime import not_confined
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.limits import Limits, Machine


def cpuset_for(limits: Limits, cores: Sequence[int], machine: Machine, *, is_confined: bool) -> str:
    """The cores that a running container is to be pinned to, as the engine writes them, given the cores that
    targets share; empty if it stays where it is.

    A container whose options choose its cores, or that may use more than `cores` have, has them from its
    start; after it was confined to one core, it gets them back.
    """
    if not limits.cpuset and len(cores) >= limits.cpus:
        return ",".join(map(str, cores))
    return (limits.cpuset or f"0-{max(machine.cores - 1, 0)}") if is_confined else ""


class ContainerCores:
    """The cores of one target's container, over all its starts."""

    def __init__(self, name: str, engine: Engine) -> None:
        self.confined: int | None = None
        """The one core that it is pinned to, whatever its options say; None if it is not."""
        self._name = name
        self._engine = engine

    def begin(self) -> None:
        """Notes that the target has a new container, which has the cores of its options."""
        self.confined = None

    async def pin(self, container: str, limits: Limits, cores: Sequence[int]) -> None:
        """Pins it to these cores, or gives it back those it had before it was confined. Does nothing if the
        engine refuses."""
        wanted = cpuset_for(limits, cores, self._engine.machine, is_confined=self.confined is not None)
        if self._engine.machine.is_own and wanted:
            self.confined = None
            with suppress(TargetError):
                await self._update(container, wanted, "")

    async def confine(self, container: str, core: int) -> None:
        """Pins it to one core of this machine. Raises TargetError."""
        if not self._engine.machine.is_own:
            raise not_confined(self._name, "its engine has other cores than this machine")
        await self._update(container, str(core), f"{self._name} cannot be pinned to one core")
        self.confined = core

    async def _update(self, container: str, cpuset: str, doing: str) -> None:
        await self._engine.call(doing, lambda client: client.update_container(container, cpuset_cpus=cpuset))
