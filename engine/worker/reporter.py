"""A load worker's way to the front: writes that never wait.

While the front does not read, ticks wait here and are merged: those of one second into one, and, when even
those become many, everything newer into the last. So memory stays bounded, and no count is lost.
"""

import asyncio
import os
from dataclasses import dataclass, field, replace
from typing import cast

import anyio

from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICKS_A_BUCKET, Heartbeat, Report, Sample, encode
from engine.protocol.tick_stats import merge_ticks

BEHIND_BYTES = 256 * 1024
"""Unsent bytes above which the front counts as behind."""
MOST_WAITING = 30
"""Waiting buckets (seconds) above which all that comes is merged into the last."""


@dataclass(slots=True)
class Waiting:
    """The ticks of one bucket, merged; sent as samples, then the heartbeat that completes them."""

    heartbeat: Heartbeat
    samples: dict[str, Sample] = field(default_factory=dict)

    def merge(self, later: "Waiting") -> None:
        """Takes later ticks in."""
        lag = Histogram.of((self.heartbeat.lag, later.heartbeat.lag)).travelling()
        ticks = self.heartbeat.ticks + later.heartbeat.ticks
        self.heartbeat = replace(later.heartbeat, ticks=ticks, lag=lag)
        for target, sample in later.samples.items():
            earlier = self.samples.get(target)
            self.samples[target] = merge_ticks([earlier, sample]) if earlier else sample

    @property
    def bucket(self) -> int:
        """The second that its last tick lies in."""
        return self.heartbeat.tick // TICKS_A_BUCKET


class ReportWriter(asyncio.Protocol):
    """The reports' pipe. Made by `open_outbox`."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._behind = False
        self.lost = anyio.Event()
        """The front no longer listens, or all was said and the pipe is closed."""

    def say(self, report: Report) -> None:
        """Sends something that is not part of a tick."""
        self._transport.write(encode(report))

    def close_tick(self, samples: list[Sample], heartbeat: Heartbeat) -> None:
        """Sends a tick, or lets it wait while the front is behind."""
        tick = Waiting(heartbeat, {sample.target: sample for sample in samples})
        if not self._behind:
            self._send(tick)
        elif self._waiting and (
            self._waiting[-1].bucket == tick.bucket or len(self._waiting) >= MOST_WAITING
        ):
            self._waiting[-1].merge(tick)
        else:
            self._waiting.append(tick)

    async def close(self, last_word: Report, within_s: float) -> None:
        """Sends what waits and the last word; gives up on a front that does not read it in time."""
        self._send_waiting()
        self.say(last_word)
        self._transport.close()
        with anyio.move_on_after(within_s):
            await self.lost.wait()
            return
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe is open."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=BEHIND_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """The pipe is closed, at this end or at the other."""
        self.lost.set()

    def pause_writing(self) -> None:
        """The front is behind."""
        self._behind = True

    def resume_writing(self) -> None:
        """The front has caught up."""
        self._behind = False
        while self._waiting and not self._behind:
            self._send(self._waiting.pop(0))

    def _send_waiting(self) -> None:
        for tick in self._waiting:
            self._send(tick)
        self._waiting = []

    def _send(self, tick: Waiting) -> None:
        lines = [encode(sample) for sample in tick.samples.values()]
        self._transport.write(b"".join(lines) + encode(tick.heartbeat))


async def open_report_writer(fd: int) -> ReportWriter:
    """An outbox that writes to a pipe, and owns it from now on."""
    loop = asyncio.get_running_loop()
    _, report_writer = await loop.connect_write_pipe(ReportWriter, os.fdopen(fd, "wb", buffering=0))
    return report_writer
