"""A Docker Engine for tests: the one that answers, or the reason why a test is skipped.

Tests of containers take minutes, so they run only with `make test-containers` and in CI.
"""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from targets.errors import AbreastError
from targets.runtime.containers.cleanup import SERVICE_LABEL, SESSION_LABEL, TARGET_LABEL
from targets.runtime.containers.connection import connect
from targets.runtime.containers.database_makes import IMAGE_VARIABLE
from targets.runtime.containers.engine_address import EngineAddress
from tests.docker_engine import BASE_IMAGE, DATABASE_IMAGE

if TYPE_CHECKING:
    from docker import APIClient

ASKED_WITHIN_S = 120.0
"""Docker answers slowly while it builds images, above all on a busy machine."""
REQUIRED = "ABREAST_TESTS_NEED_DOCKER"
"""If this is set, tests of containers run, and fail without a Docker Engine."""


@contextmanager
def client() -> Iterator["APIClient"]:
    """A Docker client. Skips the test unless tests of containers were requested."""
    if not os.environ.get(REQUIRED):
        pytest.skip("tests of containers run with: make test-containers (they need a Docker Engine)")
    try:
        found = connect()
    except AbreastError as error:
        pytest.fail(f"{error}: tests of containers need one; as root: python tests/docker_engine.py up")
    found.timeout = ASKED_WITHIN_S  # type: ignore[assignment]  # the stubs want whole seconds
    with found:
        if found.images(BASE_IMAGE):
            os.environ.setdefault("ABREAST_BASE_IMAGE", BASE_IMAGE)
        if found.images(DATABASE_IMAGE):
            os.environ.setdefault(IMAGE_VARIABLE, DATABASE_IMAGE)
        yield found


def need_databases(engine: "APIClient") -> None:
    """Fails the test if Docker has no image of databases."""
    if not engine.images(DATABASE_IMAGE):
        pytest.fail(f"no image {DATABASE_IMAGE}; on Debian as root: python tests/docker_engine.py up")


def things(engine: "APIClient", session_id: str = "") -> set[str]:
    """Every container, network and volume of a session, or of all sessions."""
    label = {"label": f"{SESSION_LABEL}={session_id}" if session_id else SESSION_LABEL}
    return {
        *(each["Id"] for each in engine.containers(all=True, filters=label)),
        *(each["Id"] for each in engine.networks(filters=label)),
        *(each["Name"] for each in engine.volumes(filters=label)["Volumes"] or ()),
    }


def published(engine: "APIClient", session_id: str, name: str) -> list[dict[str, Any]]:
    """The ports of a target or a service that can be reached from outside, as Docker lists them."""
    (found,) = [
        each
        for each in engine.containers(filters={"label": f"{SESSION_LABEL}={session_id}"})
        if name in (each["Labels"].get(TARGET_LABEL), each["Labels"].get(SERVICE_LABEL))
    ]
    return [each for each in found["Ports"] if each.get("PublicPort")]


def own_address() -> str:
    """An address of this machine that is not loopback. Skips the test if there is none."""
    addresses = [each for found in psutil.net_if_addrs().values() for each in found]
    others = [
        each.address
        for each in addresses
        if each.family == socket.AF_INET and not each.address.startswith(("127.", "169.254."))
    ]
    if not others:
        pytest.skip("this machine has no address but loopback: connect it to a network")
    return others[0]


_TOLD = b'{"message":"not allowed by the gateway"}'
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_TOLD)
) + _TOLD


class Gateway:
    """A socket, or a port of a host, that forwards to the real Docker Engine until it is closed."""

    def __init__(
        self, at: Path | str, *, refused: bytes = b"", swallowed: bytes = b"", ending: bytes = b""
    ) -> None:
        """Requests that begin with `refused`, as in `GET /volumes`, are answered with 403, those that begin
        with `swallowed` never, and `ending` ends the connection. All three are patterns, without the API's
        version."""
        self.path = at if isinstance(at, Path) else None
        self.refused = refused
        self.swallowed = swallowed
        self.ending = ending
        self.asked: list[bytes] = []
        """What was sent to Docker: the beginnings of requests."""
        self.has_swallowed = threading.Event()
        self.has_let_go = threading.Event()
        """Ends the waiting for swallowed requests."""
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX if self.path else socket.AF_INET)
        self._server.bind(str(self.path) if self.path else (at, 0))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect("/var/run/docker.sock")
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(
                        target=self._pass_on, args=(source, sink, source is near), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_asking: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                request = re.sub(rb"^(\w+) /v[\d.]+/", rb"\1 /", data) if is_asking else b""
                self.asked += [request] * is_asking
                if self.refused and re.match(self.refused, request):
                    source.sendall(REFUSAL)
                elif self.ending and re.match(self.ending, request):
                    source.shutdown(socket.SHUT_RDWR)
                elif self.swallowed and re.match(self.swallowed, request):
                    self.has_swallowed.set()
                    while source.recv(65536):  # its body
                        continue
                    self.has_let_go.set()
                else:
                    sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    @property
    def address(self) -> str:
        """As in DOCKER_HOST."""
        return f"unix://{self.path}" if self.path else f"tcp://{self._server.getsockname()[0]}:{self.port}"

    @property
    def port(self) -> int:
        """The port, of a host."""
        return int(self._server.getsockname()[1])

    def close(self) -> None:
        """As if Docker died."""
        if self.path:
            self.path.unlink()
        for each in (self._server, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class MuteEngine:
    """A socket that accepts connections and sends nothing."""

    def __init__(self, path: Path) -> None:
        self.where = EngineAddress(f"unix://{path}")
        self.taken: list[socket.socket] = []
        self.is_asked = threading.Event()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                taken = self._server.accept()[0]
                self.taken.append(taken)
                if taken.recv(1):  # a probe of the port sends nothing
                    self.is_asked.set()

    @property
    def requests(self) -> int:
        """How many were made."""
        return len(self.taken) // 2  # each is preceded by a probe of the port

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        for each in (self._server, *self.taken):
            each.close()


def took_at_least(seconds: float, recovery: dict[str, Any], result: dict[str, Any]) -> bool:
    """Whether the target came back, and not sooner than this.

    On a busy machine its p95 may stay higher until the session ends. On any machine it answers again, and
    nothing fails any more.
    """
    if recovery["took_s"] is not None:
        return bool(recovery["took_s"] >= seconds)
    (target,) = [each for each in result["targets"] if each["name"] == recovery["target"]]
    buckets = target["buckets"]
    return bool(sum(buckets["failed"][-4:-1]) == 0 < sum(buckets["ok"][-4:-1]))
