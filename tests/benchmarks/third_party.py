"""Goodput from servers that others wrote, beside hey at the same rate: two counts that should be one."""

import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.protocol.request import OpenModel
from tests.benchmarks.generators import HEY, Job, hey, run_worker
from tests.benchmarks.report import Options, Table
from tests.engine.third_party.programs import nginx, node, python_http_server
from tests.support.servers import unused_port
from tests.support.worker_process import get

WITHIN = 0.05
NODE_SCRIPT = Path(__file__).parent.parent / "engine" / "third_party" / "counting.js"


@dataclass(frozen=True)
class Server:
    """A server, and what is asked of it."""

    name: str
    run: Callable[[Path, int], AbstractContextManager[None]]
    """Takes a folder of its own, and a port."""
    path: str
    rate: int
    """Requests a second: well below what it can do."""
    users: int = 10
    """Who send for hey, all at the same moments: no more than wait in the server's backlog."""


def _python(folder: Path, port: int) -> AbstractContextManager[None]:
    (folder / "text").write_bytes(b"a line of some length\n" * 1000)
    return python_http_server(folder, port, folder / "requests.log")


SERVERS = (
    Server("NGINX, 7 requests a connection", nginx, "/short", 1000),
    Server("NGINX, the same, chunked and gzip", nginx, "/text", 500),
    Server(
        "Node's http, chunked, 11 a connection",
        lambda folder, port: node(NODE_SCRIPT, folder, port),
        "/chunked",
        500,
    ),
    Server("Python's http.server, HTTP/1.0", _python, "/text", 100, users=4),
)


def third_party(options: Options) -> Table:
    """Each server in turn; on each, abreast and then hey."""
    rows, notes = [], []
    for server in SERVERS:
        print(f"  {server.name}", file=sys.stderr)
        try:
            rows.append(_row(options, server))
        except pytest.skip.Exception as missing:
            notes.append(f"{server.name}: {missing.msg}.")
    if not HEY.is_installed():
        notes.append(f"{HEY.name}: not installed ({HEY.hint}).")
    return Table(
        "Servers of others, at the same rate",
        (
            "server",
            "wanted/s",
            "abreast, ok/s",
            "hey -q, ok/s",
            "difference",
            "failed: abreast, hey",
            f"within {WITHIN:.0%}",
        ),
        tuple(rows),
        (
            f"{options.seconds:g} s each: only counts are compared, and no round differs.",
            "abreast in the open model; hey with a few users that send together, as it always does.",
            *notes,
        ),
    )


def _row(options: Options, server: Server) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as name:
        port = unused_port()
        with server.run(Path(name), port):
            ours = _abreast(options, server, port)
            asked = (server.name, str(server.rate), f"{ours:.1f}")
            if not HEY.is_installed():
                return (*asked, "", "", "0", "")
            theirs, failed = _hey(options, server, port)
    difference = ours / theirs - 1 if theirs else float("inf")
    verdict = "met" if abs(difference) <= WITHIN else "missed"
    return (*asked, f"{theirs:.1f}", f"{difference:+.1%}", f"0, {failed}", verdict)


def _abreast(options: Options, server: Server, port: int) -> float:
    """Goodput; a failure ends the benchmark."""
    job = Job(port, server.rate, options.seconds, options.cores)
    asks = get(port, server.path, headers={"Accept-Encoding": "gzip"})
    return run_worker(job, asks, open_model=OpenModel()).rate


def _hey(options: Options, server: Server, port: int) -> tuple[float, int]:
    """Goodput, and how many requests failed."""
    said = hey(
        options.cores,
        "-z",
        f"{options.seconds:g}s",
        "-c",
        str(server.users),
        "-q",
        f"{server.rate / server.users:g}",
        f"http://127.0.0.1:{port}{server.path}",
    )
    return said.requests / said.seconds, said.failed
