"""Loopback ports for targets: finds a free one, or the program that holds a taken one."""

import secrets
import socket

import psutil

from targets.errors import TargetError

PORTS = range(18_000, 28_000)
"""Below the range that systems use for outgoing connections: otherwise a load worker's connection could hold
the port that a target needs again when it restarts."""

_handed_out: set[int] = set()
"""Ports already assigned: a target keeps its port even while it has not bound it yet or is restarting."""


def free_port() -> int:
    """Returns a loopback port that nothing listens on and that this process has not assigned yet. Raises
    TargetError if it finds none."""
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
    """Whether a server could listen on this loopback port now; lingering connections of a previous server do
    not matter."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def listens(root_pid: int, port: int) -> bool:
    """Whether a process of this tree listens on the port. True if the system does not allow abreast to
    check."""
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
    """The program that listens on the port, in words: `nginx (pid 123)`, or `another program` if the system
    does not report it."""
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,) and each.pid:
                return f"{psutil.Process(each.pid).name()} (pid {each.pid})"
    except psutil.Error:
        pass
    return "another program"
