"""The core that the targets of a duel share, and how long it was idle."""

import sys
from pathlib import Path

import pytest

from engine.machine.environment import CorePlan, plan_cores
from engine.machine.shared_core import idle_ns, parse_idle_ns, shared_core, why_no_duel
from targets.requirements import available_cores

STAT = "cpu  9 9 9 9 9 0 0 0 0 0\ncpu0 1 2 3 400 5 0 0 0 0 0\ncpu10 1 2 3 7 1 0 0 0 0 0\nintr 5\n"
TICK_NS = 10_000_000


def test_idle_time_includes_waiting_for_a_disk() -> None:
    assert parse_idle_ns(STAT, 0) == 405 * TICK_NS
    assert parse_idle_ns(STAT, 10) == 8 * TICK_NS
    assert parse_idle_ns(STAT, 1) is None
    assert parse_idle_ns("", 0) is None


def test_a_system_that_reports_none_has_none(tmp_path: Path) -> None:
    assert idle_ns(0, tmp_path / "none") is None


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_idle_time_grows() -> None:
    core = available_cores()[0]
    first, second = idle_ns(core), idle_ns(core)
    assert first is not None
    assert second is not None
    assert 0 < first <= second


def test_targets_share_a_core_on_which_there_is_no_load() -> None:
    assert shared_core(plan_cores((2, 3, 5, 7), load_workers=2)) == 2
    only = plan_cores((4,))
    assert why_no_duel(only) == (
        "a duel needs a core for the targets alone (load and targets share the only core)"
    )
    assert why_no_duel(CorePlan((1,), (0,), "")) == "" or sys.platform != "linux"
