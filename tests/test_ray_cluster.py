"""Test clusters that run at the same time have no port in common."""

import subprocess
import sys

from tests.support.ray_cluster import PORTS, claimed_ports
from tests.support.waiting import until


def test_a_range_of_ports_belongs_to_one_cluster_at_a_time() -> None:
    with claimed_ports() as one, claimed_ports() as other:
        first = one.getsockname()[1]
        assert {first, other.getsockname()[1]} <= {*PORTS}
        assert first != other.getsockname()[1]


def test_it_belongs_to_a_cluster_until_its_last_process_has_ended() -> None:
    with claimed_ports() as claim:
        first = claim.getsockname()[1]
        waiting = [sys.executable, "-c", "input()"]
        child = subprocess.Popen(waiting, stdin=subprocess.PIPE, pass_fds=[claim.fileno()])
    try:
        with claimed_ports() as other:
            assert other.getsockname()[1] != first
    finally:
        child.communicate(b"\n")
    assert until(lambda: _can_claim(first))


def _can_claim(first: int) -> bool:
    """Whether a range is free; another test run may have it for a while."""
    with claimed_ports() as claim:
        return bool(claim.getsockname()[1] <= first)
