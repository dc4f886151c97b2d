"""What a session exports is what the servers counted: nothing is lost, doubled or called by another name."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import orjson
import pytest

from engine.metrics.records import Bucket
from targets import contract
from tests.support.counting_apps import COUNTS
from tests.support.counting_runner import COUNTED
from tests.support.fronts import RUNNER, Front, started

RUNS = {
    "hello": ("hello", "--users", "12", "--think-time", "none"),
    "tasks": ("tasks", "--users", "9", "--think-time", "5 ms", "--load-workers", "2"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """Both runs, at the same time and in the same home, at their end."""
    home = tmp_path_factory.mktemp("home")
    options = ("--headless", "--seconds", "2.5", "--json", "--targets", ",".join(COUNTED))
    with ExitStack() as stack:
        fronts = {
            name: stack.enter_context(
                started(tmp_path_factory.mktemp(name), "run", *run, *options, home=home, command=RUNNER)
            )
            for name, run in RUNS.items()
        }
        for front in fronts.values():
            assert front.wait() == 0, front.err
        yield fronts


def served(front: Front, target: str) -> Counter[str]:
    """What a target's server counted: `user GET /test 200` → how often."""
    path = front.home / "sessions" / front.session_id / "targets" / target / COUNTS
    return Counter(orjson.loads(path.read_bytes()))


def exported(front: Front, target: str) -> dict[str, Any]:
    """A target's part of the session JSON."""
    found: dict[str, Any] = next(each for each in front.json["targets"] if each["name"] == target)
    return found


def served_by_users(front: Front, target: str) -> Counter[str]:
    """The same without `/health`: what users asked for."""
    counts = served(front, target)
    return Counter(
        {key: count for key, count in counts.items() if key.startswith("user") and "/health" not in key}
    )


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("target", COUNTED)
def test_every_request_is_in_the_export_once(runs: dict[str, Front], run: str, target: str) -> None:
    """All seconds together: warm-up, measured, winding down."""
    columns = exported(runs[run], target)["buckets"]
    counts = served_by_users(runs[run], target)

    assert sum(columns["cancelled"]) == 0, "every request had time to end"
    assert sum(columns["started"]) == counts.total() > 0
    assert sum(columns["ok"]) + sum(columns["failed"]) == counts.total()
    refused = sum(count for key, count in counts.items() if key.endswith(" 500"))
    assert sum(columns["failed"]) == refused
    assert sum(sum(kind) for kind in columns["errors"].values()) == refused


@pytest.mark.parametrize("target", COUNTED)
def test_failures_are_named_by_their_status(runs: dict[str, Front], target: str) -> None:
    errors = exported(runs["hello"], target)["buckets"]["errors"]
    assert {kind: sum(counts) for kind, counts in errors.items()} == {
        "status 500": served_by_users(runs["hello"], target)["user GET /test 500"]
    }


@pytest.mark.parametrize("target", COUNTED)
def test_each_request_of_a_workload_is_counted_under_its_name(runs: dict[str, Front], target: str) -> None:
    front = runs["tasks"]
    recorded: Counter[str] = Counter()
    for bucket in front.records(Bucket):
        if bucket.tick_stats.target == target:
            for name, tally in bucket.tick_stats.requests.items():
                recorded[name] += sum(tally.ok.counts.values())

    requests = contract.WORKLOADS["tasks"].requests
    counts = served_by_users(front, target)
    assert recorded == {
        each.name: counts[f"user {each.method} {each.path} {each.expect_status[0]}"] for each in requests
    }
    assert len(counts) == len(requests)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("target", COUNTED)
def test_summaries_leave_out_warm_up_and_the_end(runs: dict[str, Front], run: str, target: str) -> None:
    document = exported(runs[run], target)
    columns, summary = document["buckets"], document["summary"]
    ended = [ok + failed for ok, failed in zip(columns["ok"], columns["failed"], strict=True)]
    counted = sum(count for count, measured in zip(ended, columns["measured"], strict=True) if measured)

    assert summary["requests"] == counted < sum(ended)
    assert sum(each["requests"] for each in document["requests"]) == counted


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("target", COUNTED)
def test_probes_are_counted_apart(runs: dict[str, Front], run: str, target: str) -> None:
    probes = sum(
        sum(bucket.tick_stats.health_probe.counts.values())
        for bucket in runs[run].records(Bucket)
        if bucket.tick_stats.target == target
    )
    answered = served(runs[run], target)["user GET /health 200"]
    assert answered - 1 <= probes <= answered, "the last one may be cut off by the end"
    assert probes > 0
