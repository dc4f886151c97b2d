"""What was malformed is told: why, where, and what stood there."""

import asyncio
from typing import Literal

import anyio
import pytest

from engine.client.connection import Connection
from engine.client.malformed import explain
from engine.client.response_head import MAX_INTERIMS
from engine.protocol.outcome import MALFORMED
from tests.support.fake_socket import FakePeer
from tests.support.ledger import assert_ledger
from tests.support.servers import CLOSE, answer, read_request, scripted, serving
from tests.support.waiting import WITHIN_S
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "before", "told"),
    [
        (b"SSH-2.0-OpenSSH\r\n", 0, "no, at byte 0: 'SSH-2.0-OpenSSH\\r\\n'"),
        (HEAD + b"Bad\x01Name: x\r\n\r\nhello", 0, "no, at byte 39: "),
        (HEAD + b"X: \x1b[31m\r\n\r\n", 0, "no, at byte 39: "),
        (b"garbage", 100, "no, between byte 100 and 107: 'garbage'"),
        (b"", 0, "no"),
    ],
)
def test_why_and_where(data: bytes, before: int, told: str) -> None:
    text = explain("no", data, before)
    assert text.startswith(told)
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize("client", ["own", "httpx"])
@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([b"nonsense\r\n\r\n", CLOSE], ("at byte 0: 'nonsense", "nonsense")),
        ([HEAD + b"Bad Name\r\n\r\nhello", CLOSE], ("Bad Name", "Bad Name")),
    ],
)
async def test_an_example_tells_what_was_malformed(
    worker: WorkerProcess, client: Literal["own", "httpx"], pieces: list[bytes | str], told: tuple[str, str]
) -> None:
    async with serving(scripted(*[pieces] * 1000)) as port:
        await worker.say(target(port, users=1, client=client))
        await worker.until(lambda sample: worker.errors.total() > 0)
        await worker.stop(grace_s=0.0)
    assert set(worker.errors) == {"malformed answer"}
    examples = [tally.examples for sample in worker.samples for tally in sample.requests.values()]
    text = next(each["malformed answer"] for each in examples if each)
    assert told[client == "httpx"] in text


async def test_answers_of_1xx_have_an_end(worker: WorkerProcess) -> None:
    """Some before the answer are none of ours to judge; one who never stops never answers."""

    async def interim(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, path, _ = await read_request(reader)
            writer.write(CONTINUE * MAX_INTERIMS)
            while path == "/endless":
                writer.write(CONTINUE * 1000)
                await writer.drain()
            writer.write(answer())

    async with serving(interim) as port:
        templates = (get(port, "/some"), get(port, "/endless"), get(port, "/quick"))
        await worker.say(target(port, *templates, users=4, think_s=0.01, timeout_s=60.0))
        await worker.until(lambda sample: worker.errors.total() >= 3 and worker.ok["/some"] >= 3)
        await worker.stop(grace_s=0.0)
    assert set(worker.errors) == {"malformed answer"}
    assert set(worker.ok) == {"/some", "/quick"}
    (example,) = {
        each["malformed answer"]
        for sample in worker.samples
        for tally in sample.requests.values()
        if (each := tally.examples)
    }
    assert example == f"more than {MAX_INTERIMS} responses of 1xx"
    assert_ledger(worker.samples)


async def test_a_body_that_is_malformed_after_some_reads() -> None:
    read = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    peer = FakePeer(Connection)
    outcome = peer.connection.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n", head_only=False)
    peer.deliver(read)
    peer.deliver(b"not a size\r\n")
    with anyio.fail_after(WITHIN_S):
        assert await outcome == MALFORMED
    assert f"between byte {len(read)} and {len(read) + 12}: 'not a size" in peer.connection.why
