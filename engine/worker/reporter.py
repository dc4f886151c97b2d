"""A load worker's reports to the front: writes that never block.

While the front does not read, ticks are held back here and merged: those of one second into one, and, when
even these become many, everything newer into the last. So memory stays bounded, and no count is lost.
"""

import asyncio
import os
from dataclasses import dataclass, field, replace
from typing import cast

import anyio

from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICKS_A_BUCKET, Heartbeat, Report, Sample, encode
from engine.protocol.tick_stats import merge_ticks

MAX_UNSENT_BYTES = 256 * 1024
"""With more unsent bytes, the front counts as behind."""
MAX_PENDING_SECONDS = 30
"""With more seconds held back, everything new is merged into the last."""


@dataclass(slots=True)
class PendingTick:
    """The merged ticks of one second: sent as samples, then the heartbeat that completes them."""

    heartbeat: Heartbeat
    samples: dict[str, Sample] = field(default_factory=dict)

    def merge(self, later: "PendingTick") -> None:
        """Adds later ticks."""
        lag = Histogram.of((self.heartbeat.lag, later.heartbeat.lag)).as_latencies()
        ticks = self.heartbeat.ticks + later.heartbeat.ticks
        self.heartbeat = replace(later.heartbeat, ticks=ticks, lag=lag)
        for target, sample in later.samples.items():
            earlier = self.samples.get(target)
            self.samples[target] = merge_ticks([earlier, sample]) if earlier else sample

    @property
    def bucket(self) -> int:
        """The second that its last tick is in."""
        return self.heartbeat.tick // TICKS_A_BUCKET


class ReportWriter(asyncio.Protocol):
    """The pipe for reports. Made by `open_report_writer`."""

    def __init__(self) -> None:
        self._pending: list[PendingTick] = []
        self._behind = False
        self.lost = anyio.Event()
        """Set once the front no longer reads, or everything was sent and the pipe is closed."""

    def send(self, report: Report) -> None:
        """Sends a report that is not part of a tick."""
        self._put(encode(report))

    def close_tick(self, samples: list[Sample], heartbeat: Heartbeat) -> None:
        """Sends a tick, or holds it back while the front is behind."""
        tick = PendingTick(heartbeat, {sample.target: sample for sample in samples})
        if not self._behind:
            self._write(tick)
        elif self._pending and (
            self._pending[-1].bucket == tick.bucket or len(self._pending) >= MAX_PENDING_SECONDS
        ):
            self._pending[-1].merge(tick)
        else:
            self._pending.append(tick)

    async def close(self, last_report: Report, within_s: float) -> None:
        """Sends what was held back and the last report; gives up if the front does not read them in time."""
        self._write_pending()
        self.send(last_report)
        self._transport.close()
        with anyio.move_on_after(within_s):
            await self.lost.wait()
            return
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe is open."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """The pipe is closed, at this end or the other."""
        self.lost.set()

    def pause_writing(self) -> None:
        """The front is behind."""
        self._behind = True

    def resume_writing(self) -> None:
        """The front has caught up."""
        self._behind = False
        while self._pending and not self._behind:
            self._write(self._pending.pop(0))

    def _write_pending(self) -> None:
        for tick in self._pending:
            self._write(tick)
        self._pending = []

    def _write(self, tick: PendingTick) -> None:
        lines = [encode(sample) for sample in tick.samples.values()]
        self._put(b"".join(lines) + encode(tick.heartbeat))

    def _put(self, data: bytes) -> None:
        """Writes, unless the front has stopped reading: uvloop raises on writing to a closed pipe."""
        if not self._transport.is_closing():
            self._transport.write(data)


async def open_report_writer(fd: int) -> ReportWriter:
    """A writer for a pipe, which it owns from now on."""
    loop = asyncio.get_running_loop()
    _, report_writer = await loop.connect_write_pipe(ReportWriter, os.fdopen(fd, "wb", buffering=0))
    return report_writer
