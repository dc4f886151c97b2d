"""Load workers on other machines, and their cluster, without Ray: each says what the test has it say."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from engine.cluster.clock_offset import ClockOffset
from engine.protocol.messages import Heartbeat, Hello, Ping, Pong, Report, Sample, Stop, decode, encode


class FarLink:
    """A worker on another machine, whose clock is set apart."""

    leased = True
    is_here = False
    node = "far"
    log = ""
    pid = None

    def __init__(self, *, says_hello: bool = True) -> None:
        self.was_killed = False
        self.apart_ns = 5_000_000_000
        self.answers = True
        self.last_words: list[Sample | Heartbeat] = []
        """What it still reports when it is asked to stop."""
        self.sent: list[object] = []
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        if says_hello:
            self.say(Hello(1))

    async def send(self, data: bytes) -> None:
        """Answers pings, and a stop by ending."""
        for line in data.splitlines():
            order = decode(line)
            self.sent.append(order)
            if isinstance(order, Ping) and self.answers:
                self.say(Pong(order.number, time.monotonic_ns() + self.apart_ns))
            if isinstance(order, Stop):
                self.say(*self.last_words)
                self.kill()

    def say(self, *reports: Report) -> None:
        """It reports this."""
        for report in reports:
            self._said.put_nowait(encode(report))

    async def reports(self) -> AsyncIterator[bytes]:
        """What it said, until it ends."""
        while data := await self._said.get():
            yield data

    async def close(self) -> None:
        """It ends."""
        self._said.put_nowait(b"")

    def kill(self) -> None:
        """It ends."""
        self.was_killed = True
        self._said.put_nowait(b"")

    async def wait(self) -> str:
        """How it ended."""
        return "it was closed"


class FakeCluster:
    """A cluster whose workers are moved by hand."""

    def __init__(self, places: list[str], sharing: set[int]) -> None:
        self.places = places
        self.sharing = sharing
        self.missing: set[int] = set()
        self.is_lost = False

    @property
    def workers(self) -> int:
        """Also those that are missing."""
        return len(self.places)

    @property
    def sending(self) -> dict[int, str]:
        """The nodes of those that are not."""
        return {number: node for number, node in enumerate(self.places) if number not in self.missing}

    @property
    def sends_from_here(self) -> bool:
        """Whether none is on node far."""
        return "far" not in self.sending.values()

    async def placed(self, number: int) -> str:
        """The node of this worker."""
        return self.places[number]

    def recorded(self, clocks: dict[str, ClockOffset]) -> list[dict[str, Any]]:
        """The nodes and their clocks."""
        return [{"name": node, "clock": str(clock)} for node, clock in clocks.items()]
