"""Measures the highest load that this machine's load workers can send.

Rule M7: one worker sends load to a server that does nothing, at 10, 50 and 500 connections. A run that
reaches 70 % of this ceiling measures the generator rather than the target. abreast calibrates only on request
(`abreast doctor --calibrate`).
"""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from time import monotonic_ns

import anyio

from engine.client.template import RequestText, render
from engine.machine import environment
from engine.machine.ceiling import Ceiling
from engine.metrics.aggregator import Aggregator
from engine.protocol.load_shape import Stage, Steering, ThinkTime
from engine.protocol.messages import TICK_S, AddTarget
from engine.session.header import new_id
from engine.session.worker_pool import launched
from targets.errors import LoadError
from targets.runtime.affinity import pin_tree
from targets.runtime.child_env import child_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.front_priority import at_original_priority, lowered_front_priority
from targets.runtime.guard import Guard
from targets.runtime.ports import free_port

CONNECTIONS = (10, 50, 500)
SETTLING_S = 1.0
MEASURED_S = 3.0
UP_WITHIN_S = 20.0


async def calibrate() -> Ceiling:
    """Measures the ceiling, in about 15 seconds.

    Raises AbreastError if the server, the guard or the load worker does not start, or ends unexpectedly.
    """
    session_id = new_id("calibration")
    cores = environment.plan_cores(environment.available_cores())
    with tempfile.TemporaryDirectory() as folder, lowered_front_priority(cores.targets):
        async with Guard(session_id):
            rps = {each: await _measure(each, Path(folder), session_id, cores) for each in CONNECTIONS}
    return Ceiling(rps)


async def _measure(connections: int, folder: Path, session_id: str, cores: environment.CorePlan) -> float:
    port = free_port()
    with at_original_priority():
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "engine.calibration.null_server", str(port)],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=child_environment(session_id),
        )
    async with process as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            with anyio.fail_after(UP_WITHIN_S):
                await server.stdout.receive(1)
            pin_tree(server.pid, cores.targets)
            rps = await _drive(port, connections, folder, session_id, cores)
            if server.returncode is not None:
                raise _spoiled(exit_in_words(server.returncode))
        except (anyio.EndOfStream, TimeoutError) as error:
            raise _spoiled("it did not get ready") from error
        finally:
            with suppress(ProcessLookupError):
                server.kill()
        return rps


def _spoiled(how: str) -> LoadError:
    return LoadError("the server to measure against did not start", why=how, hint="try again")


async def _drive(
    port: int, connections: int, folder: Path, session_id: str, cores: environment.CorePlan
) -> float:
    collector = Aggregator()
    order = AddTarget(
        target="null",
        host="127.0.0.1",
        port=port,
        templates=(render(f"http://127.0.0.1:{port}", RequestText(name="null")),),
        think_time=ThinkTime(),
        steering=Steering((Stage(connections, 0.0), Stage(connections, SETTLING_S + MEASURED_S)), 0.0),
    )
    answered = ticks = 0
    async with launched(1, folder=folder, session_id=session_id, take=collector.take) as worker_pool:
        pin_tree(worker_pool.pids[0], cores.workers)
        collector.worker_joined(0)
        epoch_ns = monotonic_ns()
        await worker_pool.begin(epoch_ns, seed=0)
        await worker_pool.send(order)
        while (now_s := (monotonic_ns() - epoch_ns) / 1e9) < SETTLING_S + MEASURED_S:
            await anyio.sleep(TICK_S)
            if worker_pool.lost:
                raise LoadError(
                    "a load worker ended while it was measured", why=worker_pool.lost[0], hint="try again"
                )
            for tick_stats in collector.advance(now_s).ticks:
                if tick_stats.tick * TICK_S >= SETTLING_S:
                    answered += sum(each.ok.count for each in tick_stats.requests.values())
                    ticks += tick_stats.ticks
        await worker_pool.stop(0.0)
    return answered / (ticks * TICK_S) if ticks else 0.0
