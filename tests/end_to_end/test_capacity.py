"""`abreast capacity` without a screen: what it prints, its session JSON, and its exit codes."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.fronts import ABREAST, WITHIN_S
from tests.support.local_targets import LITTLE_SERVER
from tests.support.otlp_receiver import receiving

pytestmark = [pytest.mark.timeout(180), pytest.mark.races]

PLAN = f"""
title = "One little server"
[[target]]
name = "little"
command = "{sys.executable} -P {LITTLE_SERVER} {{port}}"
[[request]]
path = "/"
[[stages]]
users = 1
hold = "1 s"
"""


def searched(folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    command = [*ABREAST, "capacity", "plan.toml", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=3 * WITHIN_S, check=False)


def test_a_search_prints_each_trial_and_only_json_where_that_is_asked_for(tmp_path: Path) -> None:
    with receiving() as receiver:
        words = ("--slo", "p95 < 2 s, errors < 50 %", "--most-trials", "1", "--json", "--prometheus", "0")
        done = searched(tmp_path, *words, "--otlp", receiver.url)
        assert done.returncode == 0, done.stderr.decode()
        document: dict[str, Any] = orjson.loads(done.stdout)
        assert receiver.resource()["service.instance.id"] == document["id"]
    (target,) = document["capacity"]["targets"]
    (trial,) = document["capacity"]["trials"]
    assert (target["lower"], target["upper"], target["ended"]) == (4, None, "trials")
    assert (trial["target"], trial["load"], trial["kind"], trial["tainted"]) == ("little", 4, "search", "")
    assert target["goodput"] > 0
    messages = done.stderr.decode()
    assert "metrics for Prometheus at http://127.0.0.1:" in messages
    assert "searching for the most users within p95 < 2 s, errors < 50 %, from 1 to 1,000" in messages
    assert "little      4 users" in messages


def test_a_search_that_is_not_decided_is_not_trusted_if_that_is_asked_for(tmp_path: Path) -> None:
    done = searched(tmp_path, "--slo", "p95 < 2 s, errors < 50 %", "--most-trials", "1", "--strict")
    assert done.returncode == 4
    assert "little serves at least 4 users; the trials ran out before more was known" in done.stdout.decode()


def test_without_an_objective_it_is_refused(tmp_path: Path) -> None:
    done = searched(tmp_path, "--headless")
    assert done.returncode == 2
    assert "capacity needs an objective" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
