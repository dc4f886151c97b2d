"""A load worker fills in the rows of data files that it was sent."""

import asyncio
from collections import defaultdict

import pytest

from engine.client.placeholders import Words
from engine.protocol.row_parts import PART_CHARACTERS, row_parts
from engine.protocol.rows import RowOrder, Table
from tests.support.ledger import assert_ledger
from tests.support.servers import answer, read_request, serving
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = pytest.mark.anyio

WORDS = Words(columns={"users": ("name", "pin")})


def table(rows: int, order: RowOrder, width: int = 1) -> Table:
    names = tuple(f"u{at:0{width}}" for at in range(rows))
    return Table("users", order, {"name": names, "pin": tuple(map(str, range(rows)))}, rows)


class Seen:
    """A server that remembers what each connection, which is one user's, asked for."""

    def __init__(self) -> None:
        self.paths: defaultdict[str, list[str]] = defaultdict(list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = str(writer.get_extra_info("peername"))
        while True:
            _, path, _ = await read_request(reader)
            self.paths[user].append(path)
            writer.write(answer())
            await writer.drain()

    @property
    def count(self) -> int:
        return sum(map(len, self.paths.values()))


async def send(worker: WorkerProcess, rows: Table) -> int:
    """Sends the rows; returns in how many parts."""
    parts = list(row_parts(rows))
    for part in parts:
        await worker.say(part)
    return len(parts)


async def test_rows_follow_each_other_however_many_there_are(worker: WorkerProcess) -> None:
    rows, seen = table(20_000, "in-order", width=40), Seen()
    assert await send(worker, rows) > 20_000 * 40 // PART_CHARACTERS
    async with serving(seen) as port:
        await worker.say(target(port, get(port, "/{data.users.name}/{data.users.pin}", words=WORDS), users=1))
        await worker.until(lambda _: seen.count > 100)
        await worker.stop()
    (asked,) = seen.paths.values()
    assert asked[:100] == [f"/u{at:040}/{at}" for at in range(100)]
    assert_ledger(worker.samples)


async def test_a_journey_keeps_its_row(worker: WorkerProcess) -> None:
    seen = Seen()
    await send(worker, table(7, "in-order"))
    async with serving(seen) as port:
        steps = [
            get(port, "/first/{data.users.name}", words=WORDS),
            get(port, "/{data.users.pin}", words=WORDS),
        ]
        await worker.say(target(port, *steps, users=3, journey=True))
        await worker.until(lambda _: seen.count > 60)
        await worker.stop()
    rows = [
        (first.removeprefix("/first/u"), second.removeprefix("/"))
        for asked in seen.paths.values()
        for first, second in zip(asked[::2], asked[1::2], strict=False)
    ]
    assert all(first == second for first, second in rows)
    assert {first for first, _ in rows} == set(map(str, range(7)))


async def test_users_are_no_more_than_rows_that_belong_to_them(worker: WorkerProcess) -> None:
    seen = Seen()
    await send(worker, table(3, "unique"))
    async with serving(seen) as port:
        await worker.say(target(port, get(port, "/{data.users.name}", words=WORDS), users=5, think_s=0.01))
        await worker.until(lambda sample: sample.users == 3 and seen.count > 60)
        await worker.stop()
    rows = sorted(row for paths in seen.paths.values() for row in set(paths))
    assert rows == ["/u0", "/u1", "/u2"], "one row for each user"
    assert max(sample.users for sample in worker.samples) == 3
    assert not worker.errors
