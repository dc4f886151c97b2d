"""Loopback ports for targets: a free one, and who holds one that is not."""

import secrets
import socket

import psutil

from targets.errors import TargetError

PORTS = range(18_000, 28_000)
"""Below the range from which systems take ports for outgoing connections: a load worker's own connection
could otherwise hold the port that a target wants back when it is restarted."""

_handed_out: set[int] = set()
"""A port stays a target's own while it is not bound yet, or is being restarted."""


def free_port() -> int:
    """A loopback port that nothing listens on and that this process has not given out. Raises
    TargetError."""
    for _ in range(200):
        port = PORTS[secrets.randbelow(len(PORTS))]
        if port not in _handed_out and can_listen(port):
            _handed_out.add(port)
            return port
    raise TargetError(
        "no free port was found for a target",
        why=f"200 tries between {PORTS.start} and {PORTS.stop - 1} on 127.0.0.1 were all taken",
        hint="look for programs that hold many ports",
    )


def can_listen(port: int) -> bool:
    """Whether a server could listen on this loopback port now; connections that linger from the last one are
    fine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def listens(root_pid: int, port: int) -> bool:
    """Whether a process of this tree listens on the port. True where the system does not let us see."""
    try:
        root = psutil.Process(root_pid)
        tree = [root, *root.children(recursive=True)]
        return any(_listens_itself(process, port) for process in tree)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def _listens_itself(process: psutil.Process, port: int) -> bool:
    return any(
        each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,)
        for each in process.net_connections("tcp")
    )


def holder(port: int) -> str:
    """The program that listens on the port, in words: `nginx (pid 123)`, as far as the system tells."""
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,) and each.pid:
                return f"{psutil.Process(each.pid).name()} (pid {each.pid})"
    except psutil.Error:
        pass
    return "another program"
