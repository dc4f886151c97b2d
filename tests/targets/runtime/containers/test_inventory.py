"""What an engine says of containers that run already, read as what a target needs."""

from typing import Any

import pytest

from targets.errors import TargetError
from targets.runtime import Address
from targets.runtime.containers.inventory import (
    FoundContainer,
    Port,
    address_of,
    limits,
    listed_container,
    published,
)

LISTED: dict[str, Any] = {
    "Id": "f00d" * 16,
    "Names": ["/other/alias", "/shop-web-2"],
    "State": "running",
    "Status": "Up 3 minutes",
    "Ports": [
        {"IP": "0.0.0.0", "PrivatePort": 9000, "PublicPort": 19000, "Type": "tcp"},
        {"IP": "::", "PrivatePort": 8000, "PublicPort": 18001, "Type": "tcp"},
        {"IP": "127.0.0.1", "PrivatePort": 8000, "PublicPort": 18000, "Type": "tcp"},
        {"PrivatePort": 5432, "Type": "tcp"},
        {"IP": "0.0.0.0", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
    ],
    "Labels": {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "web",
        "com.docker.compose.container-number": "2",
        "abreast.target": "fastapi",
    },
}


def test_a_listed_container() -> None:
    found = listed_container(LISTED)
    assert (found.name, found.state, found.project, found.service, found.number) == (
        "shop-web-2",
        "running",
        "shop",
        "web",
        2,
    )
    assert found.ports == (Port(8000, 18000, "127.0.0.1"), Port(9000, 19000, "0.0.0.0"))
    assert found.serves_contract


def test_a_container_of_no_project_has_no_labels_at_all() -> None:
    found = listed_container({"Id": "f00d" * 16, "Names": ["/web"], "Labels": None, "Ports": None})
    assert (found.project, found.ports, found.serves_contract) == ("", (), False)
    assert FoundContainer("127.0.0.1", (found,)).projects == {}


@pytest.mark.parametrize(
    ("status", "young"),
    [
        ("Up Less than a second", True),
        ("Up 12 seconds (health: starting)", True),
        ("Up About a minute", False),
        ("Up 3 minutes", False),
        ("Exited (1) 2 seconds ago", False),
    ],
)
def test_young_is_what_may_still_be_starting(status: str, young: bool) -> None:
    assert listed_container(LISTED | {"Status": status}).is_young == young


def test_an_inspected_container_publishes_the_same() -> None:
    told = {
        "NetworkSettings": {
            "Ports": {
                "8000/tcp": [
                    {"HostIp": "::", "HostPort": "18001"},
                    {"HostIp": "127.0.0.1", "HostPort": "18000"},
                ],
                "5432/tcp": None,
                "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "53"}],
            }
        }
    }
    assert published(told) == (Port(8000, 18000, "127.0.0.1"),)
    assert published({}) == ()


@pytest.mark.parametrize(
    ("published_on", "engine", "reached"),
    [
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("::", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "build.example", "build.example"),
        ("10.0.0.7", "build.example", "10.0.0.7"),
        ("127.0.0.1", "build.example", None),
        ("::1", "10.0.0.7", None),
    ],
)
def test_where_a_published_port_is_reached(published_on: str, engine: str, reached: str | None) -> None:
    address = Port(8000, 18000, published_on).address(engine)
    assert address == (Address(reached, 18000) if reached else None)


def test_the_lowest_port_or_the_one_that_is_named() -> None:
    ports = (Port(8000, 18000, "127.0.0.1"), Port(9000, 19000, "127.0.0.1"))
    assert address_of("web", ports, None, "127.0.0.1").port == 18000
    assert address_of("web", ports, 9000, "127.0.0.1").port == 19000
    with pytest.raises(TargetError, match="does not publish its port 80") as caught:
        address_of("web", ports, 80, "127.0.0.1")
    assert caught.value.why == "published: 8000, 9000"
    with pytest.raises(TargetError, match="publishes no TCP port"):
        address_of("web", (), None, "127.0.0.1")
    with pytest.raises(TargetError, match="cannot be reached from here") as caught:
        address_of("web", ports, None, "10.0.0.7")
    assert "127.0.0.1 of the engine's machine, 10.0.0.7" in caught.value.why


NOTHING = {"NanoCpus": 0, "CpuQuota": 0, "CpusetCpus": "", "Memory": 0, "PidsLimit": None}


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({}, None),
        (
            {"NanoCpus": 500_000_000, "Memory": 1024},
            {"cpus": 0.5, "cpuset": "", "memory_bytes": 1024, "pids": None},
        ),
        (
            {"CpuQuota": 150_000, "CpuPeriod": 100_000, "PidsLimit": 64},
            {"cpus": 1.5, "cpuset": "", "memory_bytes": None, "pids": 64},
        ),
        (
            {"CpuQuota": -1, "CpusetCpus": "0-1", "PidsLimit": -1},
            {"cpus": None, "cpuset": "0-1", "memory_bytes": None, "pids": None},
        ),
    ],
)
def test_limits_are_those_that_whoever_started_it_set(
    said: dict[str, Any], held: dict[str, Any] | None
) -> None:
    assert limits({"HostConfig": NOTHING | said}) == held
