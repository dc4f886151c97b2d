"""The machine as a record tells it, its cores shared out, its limit of open files."""

import json
import subprocess
import sys
from importlib.metadata import version

import psutil
import pytest

from engine.machine.environment import CorePlan, describe, plan_cores, usable_core_count, versions

LIMIT = """
import resource
from engine.machine.open_files import raise_open_files_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
print(raise_open_files_limit(512), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
print(raise_open_files_limit(256), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 200))
print(raise_open_files_limit(512), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_the_machine_as_plain_values() -> None:
    told = describe(["Django", "no-such-distribution"])
    assert json.loads(json.dumps(told)) == told
    assert told["cores_logical"] == psutil.cpu_count()
    assert 1 <= usable_core_count() == told["cores_available"] <= psutil.cpu_count()
    assert told["memory_bytes"] == psutil.virtual_memory().total
    assert told["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert len(told["load_average"]) == 3
    assert told["os"]
    assert told["packages"]["Django"] == version("Django")
    assert "no-such-distribution" not in told["packages"]


def test_versions_are_found_without_importing() -> None:
    code = (
        "import sys, engine.machine.environment as e; e.describe(['Django', 'fastapi']); print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()
    assert not {"django", "fastapi", "textual", "httpx"} & set(modules)
    assert list(versions(["orjson", "anyio", "Django"])) == ["anyio", "Django", "orjson"]


@pytest.mark.parametrize(
    ("available", "load_workers", "workers", "targets", "text"),
    [
        ((), 1, (), (), "cores are shared: this system does not pin processes to cores"),
        ((3,), 1, (), (), "load and targets share the only core"),
        ((0, 1), 1, (1,), (0,), "load on core 1, targets on core 0"),
        ((0, 1), 3, (1,), (0,), "load on core 1, targets on core 0"),
        ((3, 1, 2, 0), 1, (3,), (0, 1, 2), "load on core 3, targets on cores 0–2"),
        ((0, 1, 2, 3), 2, (2, 3), (0, 1), "load on cores 2–3, targets on cores 0–1"),
        ((0, 2, 5, 7), 1, (7,), (0, 2, 5), "load on core 7, targets on cores 0, 2, 5"),
    ],
)
def test_load_gets_cores_of_its_own(
    available: tuple[int, ...],
    load_workers: int,
    workers: tuple[int, ...],
    targets: tuple[int, ...],
    text: str,
) -> None:
    assert plan_cores(available, load_workers) == CorePlan(workers, targets, text)


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    command = [sys.executable, "-c", LIMIT]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.splitlines() == ["512 512", "512 512", "200 200"]
