"""A small server for tests that redirects, sets cookies with attributes, and answers GraphQL."""

import asyncio
import re
from collections import Counter

import orjson

from tests.support.servers import answer, read_request

_COOKIE = re.compile(rb"\r\ncookie: ([^\r]*)", re.IGNORECASE)


def redirect(location: str, status: str = "302 Found", headers: str = "") -> bytes:
    """A redirect with a short body."""
    return answer(b"this way", status, f"Location: {location}\r\n{headers}")


REDIRECTS = {
    "/login": redirect(
        "/home",
        "303 See Other",
        "Set-Cookie: sid=s1; HttpOnly; SameSite=Lax; Path=/\r\n"
        "Set-Cookie: admin=a1; Path=/admin\r\n"
        "Set-Cookie: safe=no; Secure\r\n"
        "Set-Cookie: other=no; Domain=other.test\r\n"
        "Set-Cookie: gone=no; Max-Age=0\r\n",
    ),
    "/logout": redirect(
        "/bye",
        headers="Set-Cookie: sid=; Max-Age=0; Path=/\r\n"
        "Set-Cookie: admin=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/admin\r\n",
    ),
    "/loop": redirect("/pool"),
    "/pool": redirect("/loop"),
    "/away": redirect("http://other.test/secret"),
    "/bad": redirect("http://[bad"),
    "/bare": answer(status="302 Found"),
    "/keep": redirect("/echo", "307 Temporary Redirect"),
    "/closing": redirect("/echo", headers="Connection: close\r\n"),
}
"""Always the same, by path."""


class RedirectingServer:
    """Redirects by path, and counts what it saw."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        """By method and path."""
        self.cookies: dict[str, set[str]] = {}
        """By path: every `Cookie` header that was sent to it; empty for none."""
        self.bytes_in = 0
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self.connections += 1
        while True:
            method, path, request = await read_request(reader)
            head, _, body = request.partition(b"\r\n\r\n")
            self.bytes_in += len(request)
            self.requests[f"{method} {path}"] += 1
            found = _COOKIE.search(head)
            cookie = found[1].decode() if found else ""
            self.cookies.setdefault(path, set()).add(cookie)
            data = self._answer(method, path, cookie, body)
            writer.write(data)
            await writer.drain()
            if b"Connection: close" in data:
                return

    def _answer(self, method: str, path: str, cookie: str, body: bytes) -> bytes:
        if path in REDIRECTS:
            return REDIRECTS[path]
        if path.startswith("/hop/"):
            left = int(path.removeprefix("/hop/"))
            return redirect(f"{left - 1}") if left else answer(b'{"id": 7}', headers="X-Left: 0\r\n")
        match path:
            case "/home":
                return answer() if "sid=s1" in cookie else answer(b"who?", "401 Unauthorized")
            case "/once":
                return answer() if "seen=1" in cookie else redirect("/once", headers="Set-Cookie: seen=1\r\n")
            case "/echo":
                return answer(orjson.dumps({"method": method, "body": body.decode()}))
            case "/graphql":
                return answer(orjson.dumps(_graphql(orjson.loads(body))), headers="X-Id: g7\r\n")
            case _:
                return answer()


def _graphql(asked: dict[str, object]) -> dict[str, object]:
    """Finds what a variable asks for, if there is a variable."""
    variables = asked.get("variables")
    if not isinstance(variables, dict):
        return {"data": None, "errors": [{"message": "variable $id is missing"}]}
    return {"data": {"item": {"id": variables["id"], "name": asked.get("operationName")}}}
