"""The actor passes orders and reports of a real load worker, and neither outlives the front."""

import subprocess
import sys
from unittest.mock import ANY

import anyio
import psutil
import pytest

from engine.cluster.actor import LoadWorkerActor
from engine.protocol.messages import Hello, Ping, Pong, Stop, Stopped, decode, encode
from tests.support.waiting import WITHIN_S, until

pytestmark = pytest.mark.anyio


async def reports(actor: LoadWorkerActor) -> tuple[list[object], str]:
    """All that the load worker says until it ends, and how it ended."""
    said = b""
    with anyio.fail_after(WITHIN_S):
        while True:
            data, how = await actor.read()
            said += data
            if how is not None:
                return [decode(line) for line in said.splitlines()], how


async def test_orders_go_down_and_reports_come_up() -> None:
    actor = LoadWorkerActor(60.0, 600.0)
    await actor.start()
    await actor.write(encode(Ping(7))[:5])
    await actor.write(encode(Ping(7))[5:])
    await actor.write(encode(Stop(0.0)))
    said, how = await reports(actor)
    assert [type(each) for each in said] == [Hello, Pong, Stopped]
    assert how == "exit code 0"


async def test_reports_are_gathered_but_for_answers() -> None:
    """Without the answer to a ping the second read would wait for a minute: the first one takes all there
    is."""
    actor = LoadWorkerActor(60.0, 600.0)
    await actor.start()
    with anyio.fail_after(WITHIN_S):
        said, how = b"", None
        while b"Hello" not in said:
            more, how = await actor.read()
            said += more
        await actor.write(encode(Ping(7)))
        said, how = await actor.read(60.0)
        assert decode(said) == Pong(7, ANY, 0)
        assert how is None
        await actor.write(encode(Stop(0.0)))
        await actor.read(60.0)
        while how is None:
            _, how = await actor.read(60.0)


async def test_a_silent_front_ends_the_load_worker() -> None:
    actor = LoadWorkerActor(0.5, 600.0)
    await actor.start()
    said, how = await reports(actor)  # reading is no order
    stopped = said[-1]
    assert isinstance(stopped, Stopped)
    assert stopped.trouble == "nothing was heard of the front for 0.5 s"
    assert how.startswith("exit code 1")


async def test_closing_its_orders_ends_it() -> None:
    actor = LoadWorkerActor(60.0, 600.0)
    await actor.start()
    await actor.close()
    await actor.write(encode(Ping(1)))  # nothing happens
    said, how = await reports(actor)
    stopped = said[-1]
    assert isinstance(stopped, Stopped)
    assert stopped.trouble == "the front closed the pipe of orders"
    assert how.startswith("exit code 1")


FORSAKEN = """
import asyncio
from engine.cluster.actor import LoadWorkerActor

async def main():
    actor = LoadWorkerActor(0.3, 0.6)
    await actor.start()
    print(actor._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_an_actor_that_nobody_calls_ends_with_its_load_worker() -> None:
    with subprocess.Popen([sys.executable, "-c", FORSAKEN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert process.wait(WITHIN_S) == 1
    until(lambda: not runs(worker))


def runs(pid: int) -> bool:
    """Whether there is such a process, of which more than the exit code is left."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
