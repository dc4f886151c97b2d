"""gunicorn with aiohttp's workers has the queue of connections that it was asked for."""

import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from targets import catalog
from targets.launch import LaunchContext
from targets.options import parse_options
from tests.support.waiting import WITHIN_S, until

INFO = struct.Struct("8B6I")
"""The beginning of Linux's `tcp_info`."""
LONGEST_QUEUE = 8 + 5
"""`tcpi_sacked`, which is the length of the queue where a socket listens."""


def queue_of(listener: socket.socket) -> int:
    """How many connections may wait on a socket."""
    return int(
        INFO.unpack(listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size))[LONGEST_QUEUE]
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say how long a queue may be")
def test_the_queue_has_the_length_that_was_asked_for(tmp_path: Path) -> None:
    target = catalog.find("aiohttp")
    launch = target.launch(parse_options(target, {"backlog": "99"}), LaunchContext(0, tmp_path))
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0), backlog=7) as listener, log.open("w") as output:
        argv = list(launch.argv)
        argv[argv.index("--bind") + 1] = f"fd://{listener.fileno()}"
        server = subprocess.Popen(
            argv,
            cwd=tmp_path,
            env={**os.environ, **launch.env},
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            with socket.create_connection(listener.getsockname(), WITHIN_S) as client:
                client.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200"), log.read_text()
            until(lambda: queue_of(listener) == 99, "the queue is 99", seen=lambda: queue_of(listener))
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(WITHIN_S)
