"""Every fault at targets in containers, by plan, from the command line: each with its time to recover."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import docker
from tests.end_to_end.helpers import started, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import APIClient

PLAN = """
title = "Faults in containers"
targets = ["fastapi:model_time=0.1"]
workload = "slow-model"
think_time = "none"
runtime = "docker"
warm_up = "1 s"
stages = [{ users = 20, hold = "46 s" }]
fault = [
  { at = "3 s", fault = "pause for 2 s" },
  { at = "11 s", fault = "kill for 1 s" },
  { at = "20 s", fault = "restart" },
  { at = "30 s", fault = "cpus 0.02 for 3 s" },
  { at = "40 s", fault = "memory 512m", for = "2 s" },
]
"""


@pytest.fixture(scope="module")
def engine() -> "Iterator[APIClient]":
    """The engine that all fronts use. Skips the test where there is none."""
    with docker.client() as client:
        yield client


def test_each_fault_has_its_recovery(engine: "APIClient", tmp_path: Path) -> None:
    plan = tmp_path / "faults.toml"
    plan.write_text(PLAN)
    with started(tmp_path, "run", str(plan), "--headless", "--json") as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        recoveries = front.json["recoveries"]
        assert [each["fault"] for each in recoveries] == [
            "pause",
            "kill",
            "restart",
            "cpus 0.02",
            "memory 512m",
        ]
        assert all(each["recovered_s"] is not None for each in recoveries), recoveries
        pause, kill, restart, _, memory = recoveries
        assert 1 <= pause["took_s"] < 8, "as long as it lasted, and a little"
        assert pause["failed"] == 0, "its connections stayed open"
        assert kill["failed"] > 0
        assert restart["failed"] > 0
        assert memory["took_s"] < 4, "it needs less than that"
        events = [each["text"] for each in front.json["events"] if each["kind"] in {"fault", "recovery"}]
        assert "kill is over" in events
        assert docker.things(engine, front.session_id) == set()
