"""A link to a load worker on a cluster: bytes both ways, and how it ended."""

import socket

import anyio
import pytest

from engine.cluster.worker_socket import WorkerSocket
from tests.support.waiting import WITHIN_S

pytestmark = pytest.mark.anyio


async def test_bytes_go_both_ways_until_it_ends() -> None:
    here, there = socket.socketpair()
    with there:
        link = await WorkerSocket.of(here)
        await link.send(b"order\n")
        assert there.recv(100) == b"order\n"
        there.sendall(b"report\n")
        there.shutdown(socket.SHUT_WR)
        with anyio.fail_after(WITHIN_S):
            assert b"".join([chunk async for chunk in link.reports()]) == b"report\n"
            link.place("b", has_cpu=False, is_here=True)
            assert (link.node, link.has_cpu, link.is_here) == ("b", False, True)
            link.end("node b was not heard of for 6 s")
            link.end("later")
            assert await link.wait() == "node b was not heard of for 6 s"
        await link.send(b"late\n")  # it is gone: nothing happens
        assert link.placed.is_set()


async def test_an_end_that_nobody_explains_is_still_an_end() -> None:
    here, there = socket.socketpair()
    link = await WorkerSocket.of(here)
    there.close()
    with anyio.fail_after(WITHIN_S):
        assert [chunk async for chunk in link.reports()] == []
        assert await link.wait() == "its connection ended"
    link.kill()


async def test_closing_tells_the_other_end() -> None:
    here, there = socket.socketpair()
    with there:
        link = await WorkerSocket.of(here)
        await link.close()
        assert there.recv(1) == b""
        link.kill()
