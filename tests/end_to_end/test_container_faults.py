"""Every fault at targets in containers, by plan, from the command line: each with its time to recover."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import docker
from tests.support.fronts import started, until

if TYPE_CHECKING:
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

HOG = """
title = "Too little memory"
targets = ["fastapi:memory=256m"]
workload = "hello"
think_time = "20 ms"
runtime = "docker"
warm_up = "1 s"
stages = [{ users = 10, hold = "20 s" }]
fault = [{ at = "4 s", fault = "memory 16m for 2 s" }]
"""

DATABASE = """
title = "A database that stops"
targets = ["fastapi", "django-wsgi"]
workload = "io"
think_time = "50 ms"
runtime = "docker"
database = "mysql"
warm_up = "1 s"
ready_within = "60 s"
stages = [{ users = 4, hold = "40 s" }]
fault = [{ at = "6 s", fault = "stop-database for 2 s" }]
"""

UPSTREAM = """
title = "An upstream that is slow, and breaks"
targets = ["fastapi"]
workload = "upstream"
think_time = "20 ms"
runtime = "docker"
warm_up = "1 s"
stages = [{ users = 10, hold = "24 s" }]
fault = [
  { at = "4 s", fault = "slow-upstream 1 s", for = "2 s" },
  { at = "14 s", fault = "break-upstream 50%", for = "2 s" },
]
"""


def ended(folder: Path, text: str, engine: "APIClient") -> dict[str, Any]:
    """The document of a session that ran a plan to its end, and left nothing in the engine."""
    plan = folder / "faults.toml"
    plan.write_text(text)
    with started(folder, "run", str(plan), "--headless", "--json") as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        assert docker.things(engine, front.session_id) == set()
        return front.json


def was_over_before(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the target recovered before the other fault began; if not, it has that one's failures too."""
    return one["recovered_s"] is not None and bool(one["recovered_s"] < other["began_s"])


def test_each_fault_has_its_recovery(engine: "APIClient", tmp_path: Path) -> None:
    result = ended(tmp_path, PLAN, engine)
    recoveries = result["recoveries"]
    assert [each["fault"] for each in recoveries] == [
        "pause",
        "kill",
        "restart",
        "cpus 0.02",
        "memory 512m",
    ]
    assert all(docker.took_at_least(0, each, result) for each in recoveries), recoveries
    pause, kill, restart, *_ = recoveries
    assert docker.took_at_least(1, pause, result), "as long as it lasted"
    assert pause["failed"] == 0 or not was_over_before(pause, kill), "its connections stayed open"
    assert kill["failed"] > 0
    assert restart["failed"] > 0
    events = [each["text"] for each in result["events"] if each["kind"] in {"fault", "recovery"}]
    assert "kill is over" in events


def test_a_target_that_a_limit_of_memory_kills_keeps_its_users_and_comes_back(
    engine: "APIClient", tmp_path: Path
) -> None:
    """Some engines refuse a limit below what is used, and say so; others end the target."""
    result = ended(tmp_path, HOG, engine)
    (target,) = result["targets"]
    assert target["buckets"]["ok"][-2] > 0
    refused = [each["text"] for each in result["events"] if each["kind"] == "left-out"]
    if refused:
        assert "memory 16m could not be injected" in refused[0]
    else:
        (recovery,) = result["recoveries"]
        assert recovery["failed"] > 0
        assert docker.took_at_least(2, recovery, result)


def test_a_database_that_stops_fails_requests_and_comes_back_with_its_rows(
    engine: "APIClient", tmp_path: Path
) -> None:
    result = ended(tmp_path, DATABASE, engine)
    assert [(each["fault"], each["target"]) for each in result["recoveries"]] == [
        ("stop-database", "fastapi"),
        ("stop-database", "django-wsgi"),
    ]
    for target, recovery in zip(result["targets"], result["recoveries"], strict=True):
        ok = target["buckets"]["ok"]
        began, over = int(recovery["began_s"]), int(recovery["ended_s"])
        is_felt = recovery["failed"] > 0 or min(ok[began : over + 1]) < min(ok[began - 3 : began]) / 2
        assert is_felt, "what asks a database that is gone fails, or waits for it"
        assert recovery["ended_s"] > recovery["began_s"] + 2
        last = target["buckets"]["ok"][-6:-1]
        assert sum(last) > 0, "and it goes on once that is back"
        assert target["state"] == "stopped"


def test_an_upstream_that_is_slow_or_breaks_is_as_it_was_afterwards(
    engine: "APIClient", tmp_path: Path
) -> None:
    result = ended(tmp_path, UPSTREAM, engine)
    slow, broken = result["recoveries"]
    assert slow["fault"] == "slow-upstream 1s"
    assert slow["failed"] == 0 or not was_over_before(slow, broken)
    assert docker.took_at_least(1, slow, result)
    assert broken["fault"] == "break-upstream 50%"
    assert broken["failed"] > 0
    assert docker.took_at_least(1, broken, result)
