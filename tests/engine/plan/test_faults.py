"""Faults as people write them."""

import pytest

from engine.plan.faults import KINDS, Fault, check_fault, parse_fault
from targets.errors import UsageError

WRITTEN = {
    "pause": Fault("pause"),
    "pause for 5 s": Fault("pause", lasts_s=5.0),
    "Pause 500ms": Fault("pause", lasts_s=0.5),
    "kill for 1 m": Fault("kill", lasts_s=60.0),
    "kill for 1m30s": Fault("kill", lasts_s=90.0),
    "pause 1 min 30 sec": Fault("pause", lasts_s=90.0),
    "kill-worker": Fault("kill-worker"),
    "cpus 0.5 for 10 s": Fault("cpus", 0.5, 10.0),
    "memory 256m": Fault("memory", 256 * 1024**2),
    "slow-upstream 2 s for 5 s": Fault("slow-upstream", 2.0, 5.0),
    "break-upstream 50 % 5s": Fault("break-upstream", 0.5, 5.0),
    "stop-database for 3s": Fault("stop-database", lasts_s=3.0),
}

WRONG = {
    "": "unknown fault",
    "paws": "unknown fault 'paws'",
    "cpus": "cpus needs a value",
    "cpus many": "cpus many",
    "cpus -1": "cpus -1",
    "memory 3": "memory 3",
    "memory none": "memory none",
    "break-upstream 150%": "a share is between",
    "restart for 5 s": "restart has no duration",
    "pause 0 s": "a fault's duration must be above 0",
    "pause soon": "cannot be read",
    "pause 5s 6s": "is too long",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_fault_is_read_as_it_is_said_and_said_as_it_is_read(text: str) -> None:
    fault = parse_fault(text)
    assert fault == WRITTEN[text]
    assert parse_fault(str(fault)) == fault


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_fault_is_said(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_fault(text)
    assert WRONG[text] in str(caught.value)
    assert caught.value.hint


def test_the_example_of_every_kind_can_be_read() -> None:
    for kind, traits in KINDS.items():
        fault = parse_fault(f"{kind} {traits.example}")
        assert (fault.kind, fault.value is None) == (kind, traits.read is None)


def test_limits_change_in_containers_alone() -> None:
    check_fault(Fault("cpus", 0.5), target="a", runtime="docker", workload="hello")
    check_fault(Fault("kill-worker"), target="a", runtime="docker", workload="hello")
    with pytest.raises(UsageError, match="a cannot get the fault memory"):
        check_fault(Fault("memory", 1e9), target="a", runtime="local", workload="hello")
    with pytest.raises(UsageError) as caught:
        check_fault(Fault("pause"), target="a", runtime="attached", workload="hello")
    assert "abreast did not start it" in str(caught.value)
