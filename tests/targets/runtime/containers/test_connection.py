"""Which engine is selected, and what is said when it does not answer."""

import errno
import os
import socket
from pathlib import Path

import pytest
from docker.errors import DockerException
from requests.exceptions import ReadTimeout

from targets.errors import TargetError
from targets.runtime.containers.connection import EngineGoneError, connect, hint_for, trouble
from targets.runtime.containers.engine_address import host_of, selected_engine


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "127.0.0.1"),
        ("tcp://10.0.0.7:2376", "10.0.0.7"),
        ("tcp://localhost:2375", "127.0.0.1"),
        ("tcp://127.0.0.1:2375", "127.0.0.1"),
        ("npipe:////./pipe/docker_engine", "127.0.0.1"),
        ("ssh://me@build.example", "build.example"),
    ],
)
def test_ports_are_those_of_the_engines_host(address: str, host: str) -> None:
    assert host_of(address) == host


def test_no_engine_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="no Docker Engine answers") as caught:
        connect(selected_engine({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}))
    assert f"{tmp_path}/none.sock" in caught.value.why
    assert "--runtime local" in caught.value.hint


def test_a_port_that_nobody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(TargetError, match="no Docker Engine answers") as caught:
        connect(selected_engine({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"}))
    assert "nothing listens" in caught.value.why


def test_what_answers_but_is_no_engine(tmp_path: Path) -> None:
    path = str(tmp_path / "mute.sock")
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(path)
        mute.listen()
        mute.shutdown(socket.SHUT_RDWR)
        with pytest.raises(TargetError, match="no Docker Engine answers"):
            connect(selected_engine({"DOCKER_HOST": f"unix://{path}"}))


def test_a_socket_that_is_not_ours() -> None:
    error = trouble(PermissionError(errno.EACCES, "Permission denied"), "", "unix:///var/run/docker.sock")
    assert error.what == "no permission to use the Docker Engine"
    assert "usermod -aG docker" in error.hint


def test_the_cause_is_found_however_deep_a_library_hides_it() -> None:
    inner = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    error = trouble(RuntimeError("oh", OSError("wrapped", inner)), "fastapi cannot be started", "tcp://x:1")
    assert (error.what, error.why) == ("fastapi cannot be started", "nothing listens at tcp://x:1")


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ("Bind for 127.0.0.1:18000 failed: port is already allocated", "end the program that uses that port"),
        ("could not find an available, non-overlapping IPv4 address pool", "docker network prune"),
        ("write /var/lib/docker/x: no space left on device", "docker system prune"),
        ("something else", "abreast doctor"),
    ],
)
def test_refusals_come_with_a_hint(told: str, hint: str) -> None:
    assert hint in hint_for(told)


def test_our_own_faults_are_not_the_engines() -> None:
    try:
        [][0]
    except IndexError as fault:
        error = trouble(fault, "the image cannot be built", "unix:///var/run/docker.sock")
    assert not isinstance(error, EngineGoneError)
    assert (error.what, error.why) == ("the image cannot be built", "IndexError: list index out of range")
    assert "report" in error.hint


def test_what_this_machines_disk_refuses_is_not_the_engines(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Is a directory") as caught:
        tmp_path.read_text()
    for fault in (caught.value, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))):
        error = trouble(fault, "")
        assert not isinstance(error, EngineGoneError)
        assert "usermod" not in error.hint
        assert "check whether it runs" not in error.hint


def test_what_libraries_raise_of_a_connection_is_the_engines() -> None:
    for fault in (ReadTimeout("Read timed out"), DockerException("no"), TimeoutError("timed out")):
        assert isinstance(trouble(fault, ""), EngineGoneError)
