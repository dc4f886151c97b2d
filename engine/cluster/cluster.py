"""The front's side of a Ray cluster: its nodes, and a link to each load worker there.

Rules of this file:
- it imports no Ray: a separate process does (`engine.cluster.bridge`), and the front survives its end;
- nothing waits without a bound.
"""

import asyncio
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
import orjson
from anyio.abc import Process

from engine.cluster.clock_offset import ClockOffset
from engine.cluster.node import Node
from engine.cluster.node_facts import is_this_machine
from engine.cluster.worker_socket import WorkerSocket
from targets.errors import AbreastError, LoadError, UsageError
from targets.runtime.child_env import child_environment, tls_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.front_priority import at_original_priority

LOG = "cluster.log"
"""The bridge's, in the session's folder."""
LEASE_S = 5.0
"""A load worker that has not heard of the front for so long stops by itself."""
OPENED_WITHIN_S = 120.0
TAKEN_WITHIN_S = 5.0
CLOSED_WITHIN_S = 15.0
_PASSED = ("RAY_ADDRESS", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_TMPDIR")
_PASSED_PREFIXES = ("RAY_TLS_", "RAY_USE_TLS")
"""Variables that say how to reach a cluster, and prove that one may."""


@dataclass(frozen=True, slots=True)
class News:
    """A node has joined, or a processor has become free."""

    text: str = ""
    """Empty if there is nothing to say yet."""
    is_offer: bool = False
    """A load worker may run there: `connect_spare` gets it."""


class Cluster:
    """A cluster that load workers run on. Made by `connected`."""

    def __init__(
        self, process: Process, control: socket.socket, folder: Path, *, takes_all: bool = False
    ) -> None:
        self.nodes: tuple[Node, ...] = ()
        """All that took part so far."""
        self.takes_all = takes_all
        """Whether every processor that is free gets a load worker."""
        self.news: asyncio.Queue[News] = asyncio.Queue()
        self.places: list[str] = []
        """By the workers' numbers: the names of their nodes, now."""
        self.sharing: set[int] = set()
        """Workers that share a processor, because none was free for them."""
        self.missing: set[int] = set()
        """Workers that were lost and are not replaced."""
        self.is_lost = False
        """The connection to it has ended: no load worker can be had any more."""
        self._process = process
        self._control = control
        self._log = folder / LOG
        self._links: list[WorkerSocket] = []
        """All that were made, in order: the bridge knows them by their index."""
        self._by_number: dict[int, WorkerSocket] = {}
        self._taken = anyio.Event()
        self._asking = anyio.Lock()

    @property
    def workers(self) -> int:
        """How many load workers share the users, also those that are missing."""
        return len(self.places)

    @property
    def sending(self) -> dict[int, str]:
        """The names of the nodes of the load workers that are not missing, by number."""
        return {number: node for number, node in enumerate(self.places) if number not in self.missing}

    @property
    def is_here(self) -> bool:
        """Whether all nodes are on this machine."""
        return all(map(is_this_machine, self.nodes))

    @property
    def sends_from_here(self) -> bool:
        """Whether all load workers are on this machine now."""
        here = {node.name for node in self.nodes if is_this_machine(node)}
        return here.issuperset(self.sending.values())

    @property
    def text(self) -> str:
        """`12 load workers on 3 nodes`."""
        workers, nodes = len(self.sending), len(set(self.sending.values()))
        return (
            f"{workers} load worker{'s' * (workers != 1)} on {nodes} "
            f"node{'s' * (nodes != 1)} of a Ray cluster"
        )

    def recorded(self, clocks: Mapping[str, ClockOffset] | None = None) -> list[dict[str, Any]]:
        """The nodes as a session's environment has them; `clocks` are those of nodes, by name."""
        workers, known = Counter(self.sending.values()), clocks or {}
        return [node.recorded(workers[node.name], known.get(node.name, ClockOffset())) for node in self.nodes]

    async def connect(self, number: int) -> WorkerSocket:
        """A link to the load worker with this number: at first to one that was started already, later to one
        that replaces it. Returns at once; what is sent meanwhile waits."""
        return await self._ask(number, is_new=number not in self._by_number)

    async def connect_spare(self) -> WorkerSocket:
        """A link to a load worker on a processor that has become free."""
        return await self._ask(None, is_new=True)

    def assign_number(self, link: WorkerSocket, number: int) -> None:
        """The load worker behind this link has this number from now on."""
        self._by_number[number] = link
        self.places[number:] = [link.node, *self.places[number + 1 :]]
        self.sharing.discard(number)

    async def _ask(self, number: int | None, *, is_new: bool) -> WorkerSocket:
        """A link to another load worker: to one that is there already, or to one in place of another. It gets
        the number unless another got it meanwhile. Raises OSError if there is no socket for it."""
        before = None if number is None else self._by_number.get(number)
        here, there = socket.socketpair()
        with there:
            link = await WorkerSocket.of(here)
            link.log = str(self._log)
            if number is not None and self._by_number.get(number) is before:
                self._by_number[number] = link
            async with self._asking:
                self._links.append(link)
                self._taken = anyio.Event()
                asked = orjson.dumps({"link": len(self._links) - 1, "is_new": is_new})
                try:
                    socket.send_fds(self._control, [asked], [there.fileno()])
                except OSError:
                    self.is_lost = True
                    link.end("the connection to the cluster is lost")
                    return link
                with anyio.move_on_after(TAKEN_WITHIN_S):
                    await self._taken.wait()
        return link

    async def placed(self, number: int) -> str:
        """The name of the node that this load worker runs on, once that is known."""
        with anyio.move_on_after(TAKEN_WITHIN_S):
            await self._by_number[number].placed.wait()
        return self.places[number]

    async def open(self) -> None:
        """Waits until the cluster is connected and its load workers run. Raises AbreastError."""
        assert self._process.stdout is not None
        self._lines = _lines(self._process)
        with anyio.move_on_after(OPENED_WITHIN_S):
            first = await anext(self._lines, None)
            if first is None:
                code = await self._process.wait()
                raise self._failed(exit_in_words(code))
            if "error" in first:
                raise _error_of(first)
            self.nodes = tuple(Node(**each) for each in first["nodes"])
            self.places = list(first["places"])
            return
        raise self._failed(f"nothing came of it in {OPENED_WITHIN_S:g} s")

    async def listen(self) -> None:
        """Takes in what becomes of the workers, until the connection ends."""
        async for told in self._lines:
            if "taken" in told:
                self._taken.set()
                continue
            if "link" in told:
                self._note(self._links[told["link"]], told)
            elif "joined" in told:
                node = Node(**told["joined"])
                self.nodes = (*self.nodes, node)
                self.news.put_nowait(News(f"node {node.name} has joined the cluster"))
            elif "refused" in told:
                self.news.put_nowait(News(f"{told['refused']}: no load is sent from there"))
            else:
                self.news.put_nowait(News(is_offer=True))
        self.is_lost = True
        for link in self._links:
            link.end("the connection to the cluster is lost")

    def _note(self, link: WorkerSocket, told: Mapping[str, Any]) -> None:
        if "ended" in told:
            link.end(told["ended"])
            return
        is_here = any(is_this_machine(node) for node in self.nodes if node.name == told["node"])
        link.place(told["node"], has_cpu=told["has_cpu"], is_here=is_here)
        for number in [number for number, each in self._by_number.items() if each is link]:
            self.places[number] = link.node
            (self.sharing.discard if link.has_cpu else self.sharing.add)(number)

    async def close(self) -> None:
        """Leaves the cluster: its actors end, and what abreast started there."""
        self._control.close()
        with anyio.move_on_after(CLOSED_WITHIN_S):
            await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _failed(self, why: str) -> LoadError:
        hint = f"read {self._log}, and see ray status"
        return LoadError("the Ray cluster cannot be used", why=why, hint=hint)


@asynccontextmanager
async def connected(
    address: str,
    workers: int | str,
    *,
    session_id: str,
    folder: Path,
    grows: bool = False,
    only_here: bool = False,
) -> AsyncIterator[Cluster]:
    """Connects to a Ray cluster while the block runs, with `workers` load workers (a number, `auto` or
    `max`). If it `grows`, processors that become free are offered while fewer of them have one; if
    `only_here`, only those of this machine.

    Raises AbreastError if Ray is not installed, the cluster is not reached, its nodes do not match this
    machine, or the load workers do not start.
    """
    check_installed()
    if address == "local" and not isinstance(workers, int):
        cores = os.cpu_count() or 1
        workers = max(1, cores // 2 if workers == "auto" else cores - 1)
    control, theirs = socket.socketpair()
    with theirs, at_original_priority():
        process = await anyio.open_process(
            [
                *(sys.executable, "-P", "-m", "engine.cluster.bridge"),
                *("--address", address, "--workers", str(workers), "--lease", str(LEASE_S)),
                *("--log", str(folder / LOG)),
                *(["--grows"] if grows else []),
                *(["--only-here"] if only_here else []),
            ],
            stdin=theirs.fileno(),
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=folder,
            env=child_environment(session_id, tls_environment() | _ray_environment(os.environ)),
            start_new_session=True,
        )
    cluster = Cluster(process, control, folder, takes_all=grows and workers == "max")
    try:
        await cluster.open()
        listening = asyncio.create_task(cluster.listen())  # in no group, which would wrap the block's errors
        try:
            yield cluster
        finally:
            listening.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await cluster.close()


def check_installed(find: Callable[[str], object] = find_spec) -> None:
    """Raises UsageError without Ray."""
    if find("ray") is None:
        raise UsageError(
            "load workers on a cluster need Ray",
            why="the package ray is not installed here",
            hint=f'{sys.executable} -m pip install "abreast[cluster]"',
        )


def _ray_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }


async def _lines(process: Process) -> AsyncIterator[dict[str, Any]]:
    assert process.stdout is not None
    rest = b""
    with suppress(anyio.BrokenResourceError):
        async for chunk in process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield orjson.loads(line)


def _error_of(told: dict[str, Any]) -> AbreastError:
    kind = UsageError if told["error"] == "UsageError" else LoadError
    return kind(told["what"], why=told["why"], hint=told["hint"])
