"""What a target's requests cost it: load on a running server, counted beside the processor time it used."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil

from engine.protocol.messages import TICK_S
from tests.benchmarks.report import Options
from tests.support.app_server import Server
from tests.support.worker_process import get, target, working


@dataclass(frozen=True)
class Cost:
    """A stretch of load on one server."""

    requests: int
    cpu_s: float
    """Processor time of the server's processes, proxies included."""
    wall_s: float

    @property
    def per_cpu_second(self) -> float:
        """Requests for each second of processor time: hardly changed by what else the machine does."""
        return self.requests / self.cpu_s


def measured(options: Options, server: Server, path: str, users: int) -> Cost:
    """Asks a server for a path with so many users without think time, for `options.seconds`."""
    port = int(server.url.rpartition(":")[2])

    async def drive() -> Cost:
        with tempfile.TemporaryDirectory() as folder:
            async with working(Path(folder), prefix=options.cores.on_generator()) as worker:
                await worker.begin()
                before_s = cpu_s(server)
                await worker.say(target(port, get(port, path), users=users))
                last = await worker.until(lambda sample: sample.tick * TICK_S > options.seconds)
                await worker.stop()
                used_s = cpu_s(server) - before_s
        assert not worker.errors, worker.errors
        requests = (each for sample in worker.samples for each in sample.requests.values())
        return Cost(sum(sum(each.ok.counts.values()) for each in requests), used_s, last.tick * TICK_S)

    return anyio.run(drive)


def cpu_s(server: Server) -> float:
    """Processor seconds that a server's processes have used so far."""
    found = set()
    for pid in server.pids:
        root = psutil.Process(pid)
        found |= {root, *root.children(recursive=True)}
    times = [each.cpu_times() for each in found]
    return sum(each.user + each.system for each in times)
