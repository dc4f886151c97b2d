"""How the front reaches a load worker: a pair of byte streams, of a process here or of one on a cluster."""

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Protocol

import anyio
from anyio.abc import Process

from targets.runtime.child_env import child_environment, tls_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.front_priority import at_original_priority


class WorkerLink(Protocol):
    """One load worker, as the pool sees it."""

    @property
    def leased(self) -> bool:
        """Whether the worker stops by itself unless it is pinged."""

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, so that its process id means something."""

    @property
    def node(self) -> str:
        """The name of its node on a cluster, once it is known; empty for a process here."""

    @property
    def pid(self) -> int | None:
        """Its process id; None once it has ended, or if only the worker itself can tell it."""

    @property
    def log(self) -> str:
        """The path of its log on this machine; empty if there is none."""

    async def send(self, data: bytes) -> None:
        """Sends orders; does nothing if the worker is gone."""

    def reports(self) -> AsyncIterator[bytes]:
        """What it sends, until it has ended. Raises anyio.BrokenResourceError."""

    async def close(self) -> None:
        """Closes its orders, which ends it."""

    def kill(self) -> None:
        """Ends it at once."""

    async def wait(self) -> str:
        """Waits until it has ended; returns how: `exit code 1`."""


class WorkerProcess:
    """A load worker that is a child process."""

    is_here: bool = True
    node: str = ""
    leased: bool = False
    """The pipe of orders closes with the front, and that ends it."""

    def __init__(self, process: Process, log_path: Path) -> None:
        self.process = process
        self.log_path = log_path

    @classmethod
    async def start(cls, number: int, folder: Path, session_id: str) -> "WorkerProcess":
        """Starts the process; its log is in `folder`."""
        log_path = folder / f"load-worker-{number}.log"
        with at_original_priority():
            process = await anyio.open_process(
                [sys.executable, "-P", "-m", "engine.worker.process", "--log", str(log_path)],
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=folder,
                env=child_environment(session_id, tls_environment()),
                start_new_session=True,
            )
        return cls(process, log_path)

    @property
    def pid(self) -> int | None:
        """Its process id; None once it has ended."""
        return self.process.pid if self.process.returncode is None else None

    @property
    def log(self) -> str:
        """The path of its log."""
        return str(self.log_path)

    async def send(self, data: bytes) -> None:
        """Sends orders; does nothing if the process is gone."""
        assert self.process.stdin is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self.process.stdin.send(data)

    async def reports(self) -> AsyncIterator[bytes]:
        """What it sends, until it has ended. Raises anyio.BrokenResourceError."""
        assert self.process.stdout is not None
        async for chunk in self.process.stdout:
            yield chunk

    async def close(self) -> None:
        """Closes its orders, which ends it."""
        if self.process.stdin is not None:
            await self.process.stdin.aclose()

    def kill(self) -> None:
        """Ends it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def wait(self) -> str:
        """Waits until it has ended; returns how."""
        return f"{exit_in_words(await self.process.wait())}; its log is {self.log}"
