"""Connects a front with its load workers on a Ray cluster: `python -P -m engine.cluster.bridge`.

It is a process of its own because a process that uses Ray can be ended by Ray: when the cluster's head is
lost, Ray aborts the process, which must not be the one that draws the screen and keeps the journal.

Standard input is a UNIX socket from the front. Each message there comes with a socket, which carries one load
worker's orders and reports, byte by byte as the pipe of a local one does. Standard output carries what
becomes of nodes and workers, one JSON object a line (read by `engine.cluster.cluster`).

Rules of this file:
- it reads no message between front and workers, and makes none;
- when the front is gone, so are the actors, and then this process;
- nothing waits without a bound.
"""

import argparse
import asyncio
import math
import os
import signal
import socket
import sys
import traceback
from collections import Counter
from collections.abc import Container, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from engine.cluster.node import Node, check_versions, dealt, most_free, named, worker_count
from engine.cluster.node_facts import is_this_machine, node_facts
from engine.cluster.offers import Offers
from engine.cluster.ray_driver import RayDriver
from engine.cluster.waits import readable, within
from engine.protocol.cluster_address import parse_address
from targets.errors import AbreastError, LoadError, UsageError, reason_of

CONNECTED_WITHIN_S = 90.0
PLACED_WITHIN_S = 30.0
FREED_EVERY_S, FREED_TRIES = 0.5, 60
"""An actor whose front was killed ends after twice its lease; then Ray must notice."""
STARTED_WITHIN_S = 10.0
FREE_WITHIN_S = 3.0
"""How long a replacement waits for a free processor before it shares one."""
LOOK_EVERY_S = 2.0
"""How often it looks for nodes that have joined and processors that have become free."""
SILENCE_S = 6.0
"""A worker that is not heard of for so long is lost. Longer than the lease, so that it has stopped by
then."""
MANY_WORKERS = 8
"""From so many on, reports are gathered: each call costs the bridge a good millisecond."""
GATHER_S = 0.4
ENDED_WITHIN_S = 5.0
CLOSED_WITHIN_S = 10.0
CHUNK_BYTES = 64 * 1024
"""Ray passes as much within a call; more would go through its object store."""


@dataclass(slots=True, eq=False)
class _Placed:
    """An actor."""

    actor: Any
    has_cpu: bool
    """It has a processor for itself."""
    node_id: str
    """Empty until it runs, if any node may run it."""
    is_offered: bool = False
    """The front did not ask for it."""
    asked_s: float = 0.0
    """When the front asked for its worker, on the clock of the offers."""


class Bridge:
    """The connections of one front."""

    def __init__(
        self,
        reports_fd: int,
        lease_s: float,
        session_folder: Path,
        *,
        only_here: bool = False,
        offers: Offers | None = None,
    ) -> None:
        """If `only_here`, nodes that join must be on this machine."""
        self._only_here = only_here
        self._reports_fd = reports_fd
        self._lease_s = lease_s
        self._session_folder = session_folder
        self._driver: RayDriver
        self._nodes: dict[str, Node] = {}
        self._waiting: list[_Placed] = []
        """Actors that run and have no connection yet, in the order of the workers' numbers."""
        self._wanted: float = 0
        """How many load workers should have a processor."""
        self._refused: set[str] = set()
        """Nodes that joined and do not match the front."""
        self._in_use: set[str] = set()
        """Nodes whose free processors others took, when that was last tried."""
        self._offers = offers or Offers()
        self._running: set[_Placed] = set()
        """Actors to end."""
        self._lost: set[str] = set()
        """Nodes that lost a worker: Ray takes a while to see that a node is gone."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, address: str, workers: int | str, *, grows: bool) -> None:
        """Connects to the cluster, checks its nodes, and places all load workers; if it `grows`, more are
        placed later while fewer than were asked for have a processor. Raises AbreastError."""
        where = parse_address(address)
        cpus = workers if isinstance(workers, int) else 1
        folder, lease_s = self._session_folder, self._lease_s
        self._driver = await within(CONNECTED_WITHIN_S, RayDriver, where, cpus, folder, lease_s)
        nodes = named(await within(CONNECTED_WITHIN_S, self._driver.nodes))
        check_versions(nodes, node_facts())
        self._nodes = {node.id: node for node in nodes}
        count = await self._count(workers, sum(node.cpus for node in nodes))
        placed = await asyncio.gather(*(self._place(PLACED_WITHIN_S) for _ in range(count)))
        self._waiting = [placed[index] for index in dealt([each.node_id for each in placed])]
        self.tell({"nodes": nodes, "places": [self._name(each.node_id) for each in self._waiting]})
        if grows:
            self._wanted = math.inf if workers == "max" else count
            self._start(self._take_free())

    async def _count(self, workers: int | str, cpus: int) -> int:
        """How many load workers run. Processors that a session has just left are free only after a while.
        Raises UsageError if there are too few."""
        wanted = workers if isinstance(workers, int) else 1
        free = await within(ENDED_WITHIN_S, self._driver.free_cpus)
        for _ in range(FREED_TRIES):
            if free >= wanted or wanted > cpus:
                break
            await asyncio.sleep(FREED_EVERY_S)
            free = await within(ENDED_WITHIN_S, self._driver.free_cpus)
        return worker_count(workers, free)

    async def serve(self, control: socket.socket) -> None:
        """Connects workers as the front asks for them, until it is gone."""
        control.setblocking(False)
        while True:
            await readable(control)
            asked, fds, _, _ = socket.recv_fds(control, 4096, 1)
            if not asked or not fds:
                return
            order = orjson.loads(asked)
            sock = socket.socket(fileno=fds[0])
            self.tell({"taken": order["link"]})
            self._start(self._connect(order["link"], sock, is_new=order["is_new"]))

    def _start(self, running: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends all actors and leaves the cluster."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*(self._end(placed) for placed in tuple(self._running)))
        with suppress(Exception):
            await within(CLOSED_WITHIN_S, self._driver.close)

    def tell(self, told: dict[str, Any]) -> None:
        """One line to the front, and to the log."""
        with suppress(OSError):
            os.write(self._reports_fd, orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
            print(f"{datetime.now(UTC):%H:%M:%S.%f} {told}", flush=True)

    # ------------------------------------------------------------ workers

    async def _place(self, within_s: float, node_id: str = "", cpus: int = 1) -> _Placed:
        """Starts an actor with so many processors, on this node or spread over all. Raises LoadError if it
        does not run in time."""
        actor = await within(within_s, self._driver.create, node_id, cpus)
        placed = _Placed(actor, cpus > 0, node_id)
        self._running.add(placed)
        try:
            placed.node_id = await asyncio.wait_for(_result(placed.actor.where.remote()), within_s)
        except Exception as error:
            await self._end(placed)
            raise LoadError(
                "a load worker did not start on the cluster",
                why="no processor was free in time" if isinstance(error, TimeoutError) else _why(error),
                hint="see ray status on the cluster's head",
            ) from error
        return placed

    async def _place_on_free(self, within_s: float, but: Container[str] = ()) -> _Placed | None:
        """An actor on a processor that is free, on none of the nodes `but` these; None if none is."""
        alive = await within(ENDED_WITHIN_S, self._driver.node_ids)
        nodes = [node for node in self._nodes.values() if node.id in alive and node.id not in but]
        used = Counter(each.node_id for each in self._running if each.has_cpu)
        for node in most_free(nodes, used, self._lost | self._in_use)[:1]:
            try:
                placed = await self._place(within_s, node.id)
            except LoadError as error:
                self._in_use.add(node.id)
                if not isinstance(error.__cause__, TimeoutError):  # else others use the rest
                    self._offers.in_vain(node.id)
            else:
                self._in_use.clear()
                return placed
        return None

    async def _take_free(self) -> None:
        """Places load workers on processors that become free, and on nodes that join."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(Exception):  # whatever Ray raises, it may be better next time
                await self._greet_nodes()
                await self._offer_free()

    async def _offer_free(self) -> None:
        """Offers the front a load worker on a processor that is free, if there are not enough yet."""
        if sum(each.has_cpu for each in self._running) >= self._wanted:
            return
        if await within(ENDED_WITHIN_S, self._driver.free_cpus) < 1:
            return
        if (placed := await self._place_on_free(PLACED_WITHIN_S, self._offers.waiting)) is not None:
            placed.is_offered = True
            self._waiting.append(placed)
            self.tell({"offer": self._name(placed.node_id)})

    async def _greet_nodes(self) -> None:
        """Checks nodes that have joined."""
        known = self._nodes.keys() | self._refused
        if not await within(ENDED_WITHIN_S, self._driver.node_ids) - known:
            return
        found = await within(CONNECTED_WITHIN_S, self._driver.nodes, known)
        for node in named(found, [each.name for each in self._nodes.values()]):
            if why_not := self._why_not(node):
                self._refused.add(node.id)
                self.tell({"refused": why_not})
            else:
                self._nodes[node.id] = node
                self.tell({"joined": node})

    def _why_not(self, node: Node) -> str:
        """Why no load is sent from a node that has joined; empty if it can be."""
        if self._only_here and not is_this_machine(node):
            return f"node {node.name} ({node.address}) is another machine, which cannot reach all targets"
        try:
            check_versions([node], node_facts())
        except UsageError as error:
            return f"{error.what}: {error.why}"
        return ""

    async def _replacement(self) -> _Placed:
        """An actor for a worker that was lost; on a node that lost one only if there is no other."""
        if (placed := await self._place_on_free(FREE_WITHIN_S)) is not None:
            return placed
        workers = Counter(each.node_id for each in self._running if each.node_id)
        if not workers:
            why = "no other one runs"
            raise LoadError("a load worker cannot be replaced", why=why, hint="see ray status")
        node_id = min(workers, key=lambda each: (each in self._lost, workers[each]))
        return await self._place(FREE_WITHIN_S if node_id in self._lost else PLACED_WITHIN_S, node_id, cpus=0)

    async def _connect(self, link: int, sock: socket.socket, *, is_new: bool) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=sock)
        placed: _Placed | None = None
        try:
            placed = self._waiting.pop(0) if is_new and self._waiting else await self._replacement()
            placed.asked_s = self._offers.now_s()
            await asyncio.wait_for(_result(placed.actor.start.remote()), STARTED_WITHIN_S)
        except Exception as error:  # whatever Ray raises, this worker is not there
            self.tell({"link": link, "ended": _why(error)})
            writer.close()
            if placed is not None:
                await self._end(placed)
            return
        name = self._name(placed.node_id)
        self._lost.discard(placed.node_id)
        self.tell({"link": link, "node": name, "has_cpu": placed.has_cpu})
        passing = asyncio.create_task(_pass_orders(reader, placed.actor))
        try:
            how = await self._pass_reports(placed.actor, writer)
        except TimeoutError:
            self._lost.add(placed.node_id)
            how = f"node {name} was not heard of for {SILENCE_S:g} s"
        except (ConnectionError, asyncio.CancelledError):  # the front closed it
            how = "the front closed it"
        except Exception as error:  # whatever Ray raises, this worker is gone
            self._lost.add(placed.node_id)
            how = f"node {name} lost it: {_why(error)}"
        finally:
            passing.cancel()
        self.tell({"link": link, "ended": how})
        writer.close()
        await self._end(placed)

    async def _pass_reports(self, actor: Any, writer: asyncio.StreamWriter) -> str:
        """Passes reports on until the load worker has ended; returns how it ended."""
        while True:
            gather_s = GATHER_S if len(self._running) >= MANY_WORKERS else 0.0
            data, how = await asyncio.wait_for(_result(actor.read.remote(gather_s)), SILENCE_S)
            if data:
                writer.write(data)
                await writer.drain()
            if how is not None:
                return str(how)

    async def _end(self, placed: _Placed) -> None:
        self._running.discard(placed)
        if placed.is_offered:
            self._offers.ended(placed.node_id, placed.asked_s)
        with suppress(Exception):
            await within(ENDED_WITHIN_S, self._driver.kill, placed.actor)

    def _name(self, node_id: str) -> str:
        """A node's name; of one that joined while the first were placed, the beginning of its id."""
        return self._nodes[node_id].name if node_id in self._nodes else f"node {node_id[:8]}"


async def _pass_orders(reader: asyncio.StreamReader, actor: Any) -> None:
    while data := await reader.read(CHUNK_BYTES):
        actor.write.remote(data)
    actor.close.remote()


async def _result(reference: Any) -> Any:
    """What a call of an actor returns, as a coroutine."""
    return await reference


def _why(error: BaseException) -> str:
    if isinstance(error, AbreastError):
        return ": ".join(filter(None, [error.what, error.why]))
    return next((line.strip() for line in reason_of(error).splitlines() if line.strip()), "")[:200]


async def _run(arguments: argparse.Namespace, control: socket.socket, reports_fd: int) -> int:
    bridge = Bridge(reports_fd, arguments.lease, Path(arguments.log).parent, only_here=arguments.only_here)
    opening = asyncio.create_task(bridge.open(arguments.address, arguments.workers, grows=arguments.grows))
    gone = asyncio.create_task(_closed(control))
    await asyncio.wait((opening, gone), return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    code = 1
    if opening.done():
        try:
            opening.result()
        except AbreastError as error:
            kind = type(error).__name__
            bridge.tell({"error": kind, "what": error.what, "why": error.why, "hint": error.hint})
        else:
            code = 0
            await bridge.serve(control)
    await bridge.close()
    return code


async def _closed(control: socket.socket) -> None:
    """Returns once the front has closed its end; it asks for nothing before it knows the nodes."""
    await readable(control)


def _workers(text: str) -> int | str:
    return text if text in ("auto", "max") else int(text)


def main() -> int:
    """Runs the bridge; the exit code is 1 if it could not connect."""
    parser = argparse.ArgumentParser(prog="engine.cluster.bridge")
    parser.add_argument("--address", required=True)
    parser.add_argument("--workers", required=True, type=_workers)
    parser.add_argument("--lease", type=float, required=True)
    parser.add_argument("--grows", action="store_true", help="take processors that become free later")
    parser.add_argument("--only-here", action="store_true", help="but none of other machines")
    parser.add_argument("--log", required=True, help="file for everything that is printed or raised")
    arguments = parser.parse_args()
    control = socket.socket(fileno=os.dup(0))
    reports_fd = os.dup(1)
    log_fd = os.open(arguments.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing_fd = os.open(os.devnull, os.O_RDONLY)
    for opened, standard in ((nothing_fd, 0), (log_fd, 1), (log_fd, 2)):
        os.dup2(opened, standard)
    # Ctrl+C reaches every process of the terminal; only the front decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = asyncio.run(_run(arguments, control, reports_fd))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # Ray's threads, and calls that never return, must not keep it


if __name__ == "__main__":
    sys.exit(main())
