"""Responses that come again byte for byte are known, and mean to each user what they meant before."""

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest

from engine.client.placeholders import Words
from engine.protocol.request import Check, Extract, Template
from tests.support.ledger import assert_ledger
from tests.support.servers import answer, read_request, serving
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = pytest.mark.anyio

paces = pytest.mark.parametrize("think_s", [0.0, 0.005], ids=["at once", "with thought"])
COOKIE = "Set-Cookie: seat={}\r\n"


class Tickets:
    """Gives each connection the tickets a, b and c in turn, sometimes none; each must be shown once."""

    def __init__(self, cookies: bool = False, split: bool = False) -> None:
        self.cookies = cookies
        self.split = split
        """Each response comes in two reads from time to time."""
        self.shown: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves a connection."""
        ticket = ""
        for number in count():
            _, path, request = await read_request(reader)
            if path == "/ticket":
                ticket = "abc"[number % 3]
                body = b'{"none": 1}' if number % 14 == 12 else b'{"id": "%s"}' % ticket.encode()
                response = answer(body, headers=COOKIE.format(ticket) if self.cookies else "")
            else:
                self.shown[path] += 1
                seat = f"seat={ticket}".encode()
                if path != f"/show/{ticket}" or (self.cookies and seat not in request):
                    self.wrong.append(f"{path}, not {ticket}: {request!r}")
                response = answer(b"thanks")
            cut = 10 if self.split and number % 5 == 0 else 0
            for part in (response[:cut], response[cut:]):
                writer.write(part)
                await writer.drain()
                if cut:
                    await asyncio.sleep(0.001)


def steps(port: int, *, cookies: bool = False) -> tuple[Template, ...]:
    """Takes a ticket and shows it."""
    base, words = f"http://127.0.0.1:{port}", Words(taken=frozenset({"id"}))
    take = rendered(
        base,
        path="/ticket",
        name="take",
        keeps_cookies=cookies,
        takes=[Extract("id", "json", "/id")],
        checks=[Check("contains", text="id")],
    )
    show = rendered(
        base,
        path="/show/{id}",
        name="show",
        words=words,
        keeps_cookies=cookies,
        checks=[Check("contains", text="thanks")],
    )
    return take, show


@paces
@pytest.mark.parametrize("cookies", [False, True])
@pytest.mark.parametrize("split", [False, True])
async def test_each_journey_shows_the_ticket_that_it_was_given(
    worker: WorkerProcess, think_s: float, cookies: bool, split: bool
) -> None:
    server = Tickets(cookies, split)
    async with serving(server) as port:
        order = target(port, *steps(port, cookies=cookies), users=3, think_s=think_s)
        await worker.say(replace(order, journey=True))
        await worker.until(lambda _: worker.ok["show"] >= 60 and worker.errors["bad body"] >= 3)
        await worker.stop()
    assert server.wrong == []
    assert set(server.shown) == {"/show/a", "/show/b", "/show/c"}
    assert set(worker.errors) == {"bad body"}
    assert_ledger(worker.samples)


@paces
async def test_a_response_passes_by_the_checks_of_its_own_request(
    worker: WorkerProcess, think_s: float
) -> None:
    """Both requests get the same bytes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(answer(b"hello"))

    async with serving(handle) as port:
        good = get(port, "/good", checks=[Check("contains", text="hello")])
        bad = get(port, "/bad", checks=[Check("contains", text="goodbye")])
        await worker.say(target(port, good, bad, get(port, "/any"), users=2, think_s=think_s))
        await worker.until(lambda _: min(worker.ok["/good"], worker.ok["/any"], worker.errors.total()) >= 20)
        await worker.stop()
    assert worker.ok["/bad"] == 0
    assert set(worker.errors) == {"bad body"}
    assert_ledger(worker.samples)


@paces
async def test_a_response_in_pieces_is_checked_after_known_ones(
    worker: WorkerProcess, think_s: float
) -> None:
    wrong = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal wrong
        for number in count():
            await read_request(reader)
            if number % 10 < 9:
                writer.write(answer(b"hello"))
                continue
            wrong += 1
            writer.write(answer(b"wrong")[:20])
            await writer.drain()
            await asyncio.sleep(0.001)
            writer.write(answer(b"wrong")[20:])

    async with serving(handle) as port:
        order = target(
            port, get(port, "/", checks=[Check("contains", text="hello")]), users=2, think_s=think_s
        )
        await worker.say(order)
        await worker.until(lambda _: worker.errors.total() >= 5)
        await worker.stop()
    assert wrong - 2 <= worker.errors["bad body"] <= wrong
    assert set(worker.errors) == {"bad body"}
    assert_ledger(worker.samples)


async def test_a_value_of_the_users_own_is_not_taken_from_what_another_got(worker: WorkerProcess) -> None:
    """Cookies of their own, and the same bytes for all."""
    wrong: list[str] = []
    seats = count()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = f"{next(seats)}"
        for number in count():
            _, path, _ = await read_request(reader)
            if path == "/seat":
                response = answer(headers=COOKIE.format(own) if number == 0 else "")
            else:
                response = answer()
                if path != f"/at/{own}":
                    wrong.append(f"{path} of {own}")
            writer.write(response)

    async with serving(handle) as port:
        base = f"http://127.0.0.1:{port}"
        words = Words(taken=frozenset({"seat"}))
        journey = (
            rendered(
                base, path="/seat", name="seat", keeps_cookies=True, takes=[Extract("seat", "cookie", "seat")]
            ),
            rendered(base, path="/at/{seat}", name="at", words=words, keeps_cookies=True),
        )
        await worker.say(replace(target(port, *journey, users=4), journey=True))
        await worker.until(lambda _: worker.ok["at"] >= 100)
        await worker.stop()
    assert wrong == []
    assert worker.errors == {}
    assert_ledger(worker.samples)
