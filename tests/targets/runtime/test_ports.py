"""Loopback ports: free ones differ, taken ones are known."""

import os
import socket

from targets.runtime.ports import PORTS, can_listen, free_port, listens


def test_free_ports_are_handed_out_once() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(port in PORTS and can_listen(port) for port in ports)


def test_a_port_with_a_listener_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not can_listen(port)
        assert listens(os.getpid(), port)
    assert can_listen(port)
    assert not listens(os.getpid(), port)


def test_connections_that_linger_do_not_take_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            accepted, _ = server.accept()
            accepted.close()  # the server's side closes first and keeps the port in TIME_WAIT
            assert client.recv(1) == b""
    assert can_listen(port)
