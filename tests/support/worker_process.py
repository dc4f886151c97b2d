"""A load worker as the front sees it: a real process that gets orders and sends reports."""

import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from engine.protocol.load_shape import Stage, Steering, ThinkTime
from engine.protocol.messages import (
    AddTarget,
    Begin,
    Heartbeat,
    Hello,
    Order,
    Report,
    Sample,
    Steer,
    Stop,
    Stopped,
    Template,
    decode,
    encode,
)
from tests.support.templates import rendered
from tests.support.waiting import WITHIN_S, in_vain

PATIENCE_S = 20.0
"""A worker speaks five times a second."""
LONGEST_LINE = 64 * 1024 * 1024


@dataclass
class WorkerProcess:
    """One worker under test, and all that it has said."""

    process: Process
    log: Path
    reports: list[Report] = field(default_factory=list)
    epoch_ns: int = 0
    steerings: dict[str, Steering] = field(default_factory=dict)
    """By target, as they were last sent."""

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        self._lines = BufferedByteReceiveStream(self.process.stdout)

    async def say(self, *orders: Order) -> None:
        """Gives orders."""
        assert self.process.stdin is not None
        with anyio.fail_after(PATIENCE_S):
            for order in orders:
                if isinstance(order, AddTarget | Steer):
                    self.steerings[order.target] = order.steering
                await self.process.stdin.send(encode(order))

    async def steer(self, change: Callable[[Steering, float], Steering]) -> None:
        """Changes the steering of target `t` from now on, as in `steer(Steering.pause)`."""
        now_s = self.now_s
        await self.say(Steer("t", change(self.steerings["t"], now_s), now_s))

    async def set_users(self, users: int) -> None:
        """Sets the users of target `t` by hand."""
        await self.steer(lambda steering, now_s: steering.set_users(users, now_s))

    async def hear(self) -> Report:
        """The next report."""
        with anyio.fail_after(PATIENCE_S):
            report = decode(await self._lines.receive_until(b"\n", LONGEST_LINE))
        assert isinstance(report, Report)
        self.reports.append(report)
        return report

    async def until(self, wanted: Callable[[Sample], object], within_s: float = WITHIN_S) -> Sample:
        """The next sample that fits. Fails if none does in time, or if the worker ends."""
        with anyio.move_on_after(within_s):
            while True:
                report = await self.hear()
                assert not isinstance(report, Stopped), f"it has ended: {report.trouble}\n{self.told()}"
                if isinstance(report, Sample) and wanted(report):
                    return report
        raise AssertionError(in_vain(wanted, "", within_s, self.told))

    async def until_all_over(self, arrivals: int) -> Sample:
        """Waits until so many arrivals came in the open model, and each has ended or was dropped."""

        def are_over(sample: Sample) -> bool:
            came = sum(each.arrivals for each in self.samples)
            return came == arrivals and sample.waiting == sample.in_flight == 0

        return await self.until(are_over)

    def told(self) -> str:
        """What it has said so far, in a few lines."""
        counts = {
            name: sum(getattr(each, name) for each in self.samples)
            for name in ("started", "cancelled", "arrivals", "begun", "dropped")
        }
        last = {each.target[:40]: f"{each.users} users, {each.in_flight} in flight" for each in self.samples}
        return f"ok {dict(self.ok)}, errors {dict(self.errors)}, {counts}; last {last}"

    async def begin(self, worker: int = 0, workers: int = 1) -> None:
        """Starts the session's clock now."""
        self.epoch_ns = time.monotonic_ns()
        await self.say(Begin(self.epoch_ns, worker, workers, seed=1))

    @property
    def now_s(self) -> float:
        """Session time."""
        return (time.monotonic_ns() - self.epoch_ns) / 1e9

    async def ended(self) -> Stopped:
        """The last word, and the end of the process."""
        with anyio.fail_after(WITHIN_S):
            while not isinstance(report := await self.hear(), Stopped):
                pass
            await self.process.wait()
        return report

    async def stop(self, grace_s: float = 2.0) -> Stopped:
        """Ends it as a front does."""
        await self.say(Stop(grace_s))
        return await self.ended()

    @property
    def samples(self) -> list[Sample]:
        """All samples so far."""
        return [report for report in self.reports if isinstance(report, Sample)]

    @property
    def heartbeats(self) -> list[Heartbeat]:
        """All heartbeats so far."""
        return [report for report in self.reports if isinstance(report, Heartbeat)]

    @property
    def ok(self) -> Counter[str]:
        """Successful requests by name."""
        total: Counter[str] = Counter()
        for sample in self.samples:
            for name, tally in sample.requests.items():
                total[name] += sum(tally.ok.counts.values())
        return +total

    @property
    def errors(self) -> Counter[str]:
        """Failures by kind."""
        total: Counter[str] = Counter()
        for sample in self.samples:
            for tally in sample.requests.values():
                total.update(tally.errors)
        return total


@asynccontextmanager
async def working(folder: Path, *, prefix: tuple[str, ...] = ()) -> AsyncIterator[WorkerProcess]:
    """A worker that has said hello; ended when the block is left. `prefix` is a command that runs it."""
    log = folder / "worker.log"
    command = [*prefix, sys.executable, "-P", "-m", "engine.worker.process", "--log", str(log)]
    process = await anyio.open_process(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    try:
        worker = WorkerProcess(process, log)
        assert await worker.hear() == Hello(process.pid)
        yield worker
    finally:
        if process.returncode is None:
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


def get(port: int, path: str = "/hello", **options: Any) -> Template:
    """A request, named by its path."""
    return rendered(f"http://127.0.0.1:{port}", "GET", path, name=path, **options)


def target(
    port: int,
    *templates: Template,
    users: int = 4,
    stages: tuple[Stage, ...] = (),
    at_s: float = 0.0,
    think_s: float = 0.0,
    name: str = "t",
    **options: Any,
) -> AddTarget:
    """A target whose stages begin at `at_s`; by default with a number of users from the start."""
    return AddTarget(
        name,
        "127.0.0.1",
        port,
        templates or (get(port),),
        ThinkTime(think_s, think_s),
        Steering(stages or (Stage(users, 0),), at_s),
        **options,
    )
