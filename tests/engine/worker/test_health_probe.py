"""The health probe beside the load of a target."""

import pytest

from tests.support.servers import CountingServer, serving
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = [pytest.mark.anyio, pytest.mark.races]


async def test_health_probes_are_counted_separately(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, users=0, health_probe=get(port, "/health")))
        await worker.until(lambda sample: server.requests["/health"] >= 2)
        await worker.stop()
    assert sum(sum(sample.health_probe.counts.values()) for sample in worker.samples) >= 1
    assert worker.ok == {}
    assert sum(sample.started + sample.bytes_in + sample.bytes_out for sample in worker.samples) == 0


async def test_a_probe_without_a_response_reports_how_long_it_waits_and_fails(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        await worker.say(target(port, users=0, health_probe=get(port, "/hang"), timeout_s=0.5))
        await worker.until(lambda sample: sample.health_probe_waiting_us > 0)
        failed = await worker.until(lambda sample: bool(sample.health_probe_errors))
        await worker.stop()
    assert failed.health_probe_errors == {"response timeout": 1}
