"""A supervisor over a real recorder, and a helper that ends when a test says so."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import anyio

from engine.hosting.supervision import Helper, Supervisor
from engine.recording.recorder import Recorder
from targets.errors import AbreastError
from tests.support.recording import Recording

NAME = "the delay proxy of fastapi"


@dataclass
class Supervised:
    """A supervisor over a real recorder, and the errors that it failed the session with."""

    supervisor: Supervisor
    recorder: Recorder
    failures: list[AbreastError] = field(default_factory=list)
    clock_s: float = 100.0

    async def pass_time(self, seconds: float) -> None:
        """So much later it looks again, and what was due has been done."""
        self.clock_s += seconds
        self.supervisor.look()
        await anyio.wait_all_tasks_blocked()

    def is_out(self) -> bool:
        """Whether the next seconds would not count."""
        return bool(self.recorder.outages.of(7))

    @property
    def told(self) -> list[str]:
        """The texts of all events."""
        return [each.text for each in self.recorder.timeline.events]


@asynccontextmanager
async def supervised(folder: Path) -> AsyncIterator[Supervised]:
    """Keeps its journal in a folder."""
    failures: list[AbreastError] = []
    with Recording(folder / "journal") as recording:
        async with anyio.create_task_group() as group:
            supervisor = Supervisor(group, recording.book, failures.append, lambda: made.clock_s)
            made = Supervised(supervisor, recording.book, failures)
            yield made
            supervisor.close()


class Endings:
    """A helper without a process: it ends when the test says so."""

    def __init__(self) -> None:
        self.send, self._receive = anyio.create_memory_object_stream[str](10)
        self.restarts = 0

    async def wait(self) -> str:
        """How it ended."""
        return await self._receive.receive()

    async def restart(self) -> None:
        """It works again."""
        self.restarts += 1

    def helper(self, restart: Callable[[], Awaitable[object]] | None = None) -> Helper:
        """To be watched."""
        return Helper(NAME, self.wait, restart or self.restart)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.send.close()
        self._receive.close()
