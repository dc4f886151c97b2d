"""A small stateful server for tests: after a login, a user may create things and read them back."""

import asyncio
import re
from collections import Counter

import orjson

from tests.support.servers import answer, read_request

_HEADER = re.compile(rb"\r\n([^:\r]+): ([^\r]*)")


class Shop:
    """Logs in, creates, reads; answers 401 if the token or the cookie is not the user's."""

    def __init__(self, *, forget_every: int = 0) -> None:
        self.requests: Counter[str] = Counter()
        """By method and path, without the numbers in the path."""
        self.statuses: Counter[int] = Counter()
        self.users: list[str] = []
        """Users that have logged in, in order."""
        self.titles: list[str] = []
        """What was created, in order."""
        self.targets: list[str] = []
        """Paths as they were requested."""
        self._forget_every = forget_every
        """Every nth read finds nothing; 0 for none."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        while True:
            method, path, data = await read_request(reader)
            head, body = data.split(b"\r\n\r\n", 1)
            headers = {name.lower(): value for name, value in _HEADER.findall(head)}
            self.targets.append(path)
            self.requests[f"{method} {re.sub('[0-9]+', '#', path)}"] += 1
            status, said = self._answer(method, path, headers, body)
            self.statuses[int(status[:3])] += 1
            writer.write(said)
            await writer.drain()

    def _answer(self, method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> tuple[str, bytes]:
        if path == "/login":
            user = orjson.loads(body)["user"]
            self.users.append(user)
            said = orjson.dumps({"auth": {"token": f"t-{user}"}})
            return "200", answer(said, headers=f"Set-Cookie: sid=s-{user}; HttpOnly\r\nX-Seat: {user}\r\n")
        user = headers.get(b"authorization", b"").removeprefix(b"Bearer t-")
        if not user or headers.get(b"cookie") != b"sid=s-" + user:
            return "401", answer(b"who?", "401 Unauthorized")
        if method == "POST":
            self.titles.append(orjson.loads(body)["title"])
            return "201", answer(orjson.dumps({"id": len(self.titles)}), "201 Created")
        number = int(path.rsplit("/", 1)[1])
        if self._forget_every and number % self._forget_every == 0:
            return "404", answer(b"gone", "404 Not Found")
        return "200", answer(orjson.dumps({"id": number, "title": self.titles[number - 1]}))
