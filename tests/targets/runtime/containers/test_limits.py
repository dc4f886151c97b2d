"""Limits of containers: what options ask for, and what the engine's machine can hold them to."""

from dataclasses import replace

import pytest

from targets import catalog
from targets.errors import TargetError, UsageError
from targets.options import Options, parse_options
from targets.runtime.containers.limits import (
    DEFAULT,
    GIB,
    MIB,
    Limits,
    Machine,
    check,
    check_front,
    fitted,
    memory_update,
)

MACHINE = Machine(cores=4, memory_bytes=8 * GIB, limits_memory=True, limits_swap=True, limits_cpu=True)


def limits(**pairs: str) -> Limits:
    return Limits.of(parse_options(catalog.find("fastapi"), pairs))


def test_one_processor_and_two_gigabytes_where_nothing_is_said() -> None:
    assert Limits.of(Options()) == Limits(cpus=1, cpuset="", memory_bytes=2 * GIB, pids=4096)


def test_what_options_ask_for() -> None:
    assert limits(cpus="2", memory="512m", pids="64") == Limits(2, "", 512 * 1024**2, 64)
    assert limits(cpus="@0-1+3", memory="none") == Limits(3, "0,1,3", None)


def test_memory_of_a_running_container_is_limited_and_given_back() -> None:
    free = Limits(memory_bytes=None)
    assert memory_update(Limits(memory_bytes=GIB), MACHINE) == (GIB, GIB)
    memory_bytes, with_swap_bytes = memory_update(free, MACHINE)
    assert memory_bytes is not None
    assert with_swap_bytes is not None
    assert MACHINE.memory_bytes < memory_bytes < with_swap_bytes, "swap is free, too"
    assert memory_update(free, replace(MACHINE, limits_swap=False)) == (memory_bytes, None)
    assert memory_update(free, replace(MACHINE, limits_memory=False)) == (None, None)


@pytest.mark.parametrize("text", ["0", "512", "2t", "1m", "-1g", "lots"])
def test_what_is_no_amount_of_memory(text: str) -> None:
    with pytest.raises(UsageError, match="memory cannot be"):
        limits(memory=text)


@pytest.mark.parametrize(
    ("wanted", "machine", "why"),
    [
        (Limits(cpus=5), MACHINE, "cpus=5 is more than the 4"),
        (Limits(cpuset="3,4"), MACHINE, "there is no core 4"),
        (Limits(memory_bytes=9 * GIB), MACHINE, "memory=9g is more than the 8g"),
        (Limits(), replace(MACHINE, limits_memory=False), "does not account for memory"),
        (Limits(), replace(MACHINE, limits_cpu=False), "does not limit processor time"),
    ],
)
def test_more_than_the_machine_has_is_refused(wanted: Limits, machine: Machine, why: str) -> None:
    with pytest.raises(TargetError, match="fastapi cannot have its limits") as caught:
        check("fastapi", wanted, machine)
    assert why in caught.value.why
    assert caught.value.hint


@pytest.mark.parametrize(
    ("machine", "memory_bytes"),
    [
        (MACHINE, 2 * GIB),
        (replace(MACHINE, memory_bytes=2 * GIB - 64 * MIB), 2 * GIB - 64 * MIB),
        (replace(MACHINE, limits_memory=False), None),
    ],
)
def test_what_nobody_asked_for_is_fitted_to_the_machine(machine: Machine, memory_bytes: int | None) -> None:
    """Of targets without options, and of what serves them."""
    for usual in (limits(), limits(cpus="2"), DEFAULT):
        got = fitted(usual, machine)
        assert (got.memory_bytes, got.cpus) == (memory_bytes, usual.cpus)
        check("fastapi", got, machine)


def test_what_was_asked_for_is_refused_rather_than_changed() -> None:
    small = replace(MACHINE, memory_bytes=GIB)
    asked = limits(memory="2g")
    assert fitted(asked, small) is asked
    with pytest.raises(TargetError) as caught:
        check("fastapi", asked, small)
    assert caught.value.hint == "give it at most memory=1024m"


def test_without_a_memory_limit_nobody_asks_for_accounting() -> None:
    check("fastapi", Limits(memory_bytes=None), replace(MACHINE, limits_memory=False))
    check("fastapi", Limits(cpus=4, cpuset="0,3"), MACHINE)


def test_nginx_is_in_the_image_of_one_kind_of_machine_alone() -> None:
    for architecture in ("x86_64", "amd64", ""):
        check_front("fastapi", replace(MACHINE, architecture=architecture))
    with pytest.raises(TargetError, match="fastapi cannot have NGINX in front of it") as caught:
        check_front("fastapi", replace(MACHINE, architecture="aarch64"))
    assert "aarch64" in caught.value.why


def test_a_virtual_machine_has_cores_of_its_own() -> None:
    info = {"NCPU": 4, "MemTotal": 8 * GIB, "OperatingSystem": "Docker Desktop"}
    assert not Machine.of(info, cores_here=4, is_near=True).is_own
    here = info | {"OperatingSystem": "Debian GNU/Linux"}
    assert Machine.of(here, cores_here=4, is_near=True).is_own
    assert not Machine.of(here, cores_here=8, is_near=True).is_own
    assert not Machine.of(here, cores_here=4, is_near=False).is_own
