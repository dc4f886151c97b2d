"""A target's real server as a child process, to test what it answers. The runtime has tests of its own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from targets import catalog
from targets.options import Options
from targets.site import Site

READY_WITHIN_S = 30.0


@dataclass(frozen=True)
class Server:
    """A target that answers."""

    pid: int
    url: str
    log_path: Path

    def client(self) -> httpx.Client:
        """A client with one connection, whatever proxies the shell names."""
        return httpx.Client(base_url=self.url, trust_env=False, limits=httpx.Limits(max_connections=1))


def client_end(response: httpx.Response) -> tuple[str, int]:
    """The client's address of the connection that the answer came over; read it while that is open."""
    host, port = response.extensions["network_stream"].get_extra_info("client_addr")
    return host, port


@contextmanager
def running(
    name: str,
    folder: Path,
    options: Options = Options(),  # noqa: B008 - frozen
    environment: Mapping[str, str] | None = None,
    app: str = "",
) -> Iterator[Server]:
    """Starts a target of the catalogue in `folder` and ends its process group afterwards.

    `environment` is added to the little that a program needs; `app` takes the place of the target's own.
    Fails where it does not answer in time.
    """
    port = _free_port()
    launch = catalog.find(name).launch(options, Site(port, folder))
    *python, its_app = launch.argv[:5]
    log_path = folder / "log.txt"
    base = {
        key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*python, app or its_app, *launch.argv[5:]],
            cwd=folder,
            env=base | launch.env | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process.pid, f"http://127.0.0.1:{port}", log_path)
    try:
        _wait_until_ready(process, server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", server: Server) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    with server.client() as client:
        while process.poll() is None and time.monotonic() < deadline_s:
            try:
                if client.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)  # nothing announces that a port is open
    raise AssertionError(f"{process.args!r} does not answer: {server.log_path.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
