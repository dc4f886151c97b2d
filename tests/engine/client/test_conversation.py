"""Requests outside the load: cookies, taken values and checks, over one connection."""

import asyncio
from typing import Any

import pytest

from engine.client.conversation import Conversation
from engine.client.placeholders import Words
from engine.client.rows import sources_of
from engine.protocol.address import Address
from engine.protocol.request import Check, Extract, Template
from engine.protocol.rows import Table
from tests.support.servers import CLOSE, HANG, Handler, answer, read_request, scripted, serving, unused_port
from tests.support.templates import rendered

pytestmark = pytest.mark.anyio

LONG_S = 60.0


def sender(port: int, **rows: Table) -> Conversation:
    return Conversation(Address("127.0.0.1", port), seed=1, timeout_s=LONG_S, rows=sources_of(rows))


def request(port: int, path: str = "/", method: str = "GET", **text: Any) -> Template:
    words = Words(columns={"users": ("name",)})
    return rendered(f"http://127.0.0.1:{port}", method, path, words=words, keeps_cookies=True, **text)


async def test_cookies_and_values_are_kept() -> None:
    heads: list[bytes] = []

    async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, _, sent = await read_request(reader)
            heads.append(sent)
            writer.write(answer(b'{"token": "t-1"}', headers="Set-Cookie: sid=7\r\n"))

    async with serving(shop) as port:
        made = sender(port, users=Table("users", "in-order", {"name": ("ann", "bob")}, 2))
        login = request(port, "/{data.users.name}/login", takes=[Extract("token", "json", "/token")])
        first, fault = await made.send_checked(login)
        second = await made.send(request(port, "/{data.users.name}"))
        made.close()
    assert (first.outcome, fault, second.outcome, second.target) == (200, "", 200, "/ann")
    assert made.taken == {"token": "t-1"}
    assert heads[0].startswith(b"GET /ann/login HTTP/1.1")
    assert heads[1].startswith(b"GET /ann HTTP/1.1")
    assert b"Cookie" not in heads[0]
    assert b"\r\nCookie: sid=7\r\n" in heads[1]


@pytest.mark.parametrize(
    ("pieces", "text", "outcome", "fault"),
    [
        ((answer(status="401 Unauthorized"),), {}, 401, "the answer has the status 401"),
        ((answer(b"no"),), {"checks": [Check("contains", text="yes")]}, 200, "bad body: the body does not"),
        ((answer(b"{}"),), {"takes": [Extract("id", "json", "/id")]}, 200, "bad body: nothing at '/id'"),
        ((b"HTTP/1.1 200 OK\r\n", CLOSE), {}, "closed early", "closed early"),
        ((b"hello\r\n\r\n", CLOSE), {}, "malformed answer", "malformed answer"),
        ((HANG,), {"timeout_s": 0.05}, "response timeout", "response timeout"),
    ],
)
async def test_what_is_wrong_with_an_answer_is_said(
    pieces: tuple[bytes | str, ...], text: dict[str, Any], outcome: int | str, fault: str
) -> None:
    async with serving(scripted(pieces)) as port:
        made = sender(port)
        found, said = await made.send_checked(request(port, **text))
        made.close()
    assert found.outcome == outcome
    assert fault in said


async def test_no_server_is_an_outcome_too() -> None:
    port = unused_port()
    found, fault = await sender(port).send_checked(request(port))
    assert (found.outcome, fault) == ("refused", "refused")


async def test_a_value_that_cannot_be_sent_is_said() -> None:
    port = unused_port()
    made = sender(port, users=Table("users", "in-order", {"name": ("a\nb",)}, 1))
    found, fault = await made.send_checked(request(port, headers={"X": "{data.users.name}"}))
    assert found.outcome == "bad value"
    assert "control character" in fault


def closing(kept: int) -> Handler:
    """A server that ends each connection, without a word, after so many answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(kept):
            await read_request(reader)
            writer.write(answer())
        writer.close()

    return handle


async def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    async with serving(closing(1)) as port:
        made = sender(port)
        outcomes = [(await made.send(request(port))).outcome for _ in range(3)]
        made.close()
    assert outcomes == [200, 200, 200]


async def test_redirects_are_followed_with_cookies() -> None:
    heads: list[bytes] = []

    async def login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, path, sent = await read_request(reader)
            heads.append(sent)
            moved = "Location: /in?x=1\r\nSet-Cookie: sid=7\r\n"
            writer.write(answer(b"", "303 See Other", moved) if path == "/login" else answer(b"in"))

    async with serving(login) as port:
        made = sender(port)
        found = await made.send(request(port, "/login", "POST", body="a=b", follow_redirects=3))
        made.close()
    assert (found.outcome, found.target, found.redirects) == (200, "/in?x=1", 1)
    assert heads[1].startswith(b"GET /in?x=1 HTTP/1.1\r\n")
    assert b"\r\nCookie: sid=7\r\n" in heads[1]
