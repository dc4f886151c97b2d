"""What is known of how a settled target serves."""

from typing import Any

import pytest

from engine.answers.settled import Settled, all_settled, comparable_levels, settled
from engine.metrics.duels import DuelBegan
from engine.metrics.window_stats import ResourceUsage
from tests.engine.answers.made_figures import level, snapshot, stats, target


def seen(name: str, usage: ResourceUsage | None = None, cores: int | None = None, **options: Any) -> Settled:
    of = target(name, usage=usage, options=options)
    found = settled(snapshot(of, target_cores=cores), of)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "options", "threads"),
    [
        ("django-wsgi", {"server": "gthread", "workers": 2, "threads": 8}, 16),
        ("django-wsgi#2", {"server": "sync", "workers": 4, "threads": 8}, 4),
        ("django-wsgi", {"server": "granian", "workers": 2, "threads": 8}, 16),
        ("django-wsgi-via-asgi", {"workers": 2}, 20),
        ("fastapi-sync", {"workers": 1, "threads": 40}, 40),
        ("fastapi", {"workers": 4}, None),
        ("mine", {"threads": 8}, None),
    ],
)
def test_threads(name: str, options: dict[str, Any], threads: int | None) -> None:
    assert seen(name, **options).threads == threads


def test_connections_of_a_pool() -> None:
    assert seen("fastapi", pool=10, workers=2).connections == 20
    assert seen("django-wsgi", workers=2).connections is None


@pytest.mark.parametrize(
    ("found", "pct", "words"),
    [
        (seen("fastapi"), 100.0, "a Python process computes on one core"),
        (seen("fastapi", workers=4), 400.0, "it has 4 Python processes"),
        (seen("fastapi", cores=2, workers=4), 200.0, "it may use 2 cores"),
        (seen("fastapi", cores=2, workers=4, cpus="3"), 300.0, "it may use 3 cores"),
        (seen("fastapi", cores=2, workers=4, cpus="@0+2"), 200.0, "it may use 2 cores"),
        (seen("fastapi", cores=2, server="granian"), 200.0, "it may use 2 cores"),
        (seen("fastapi", server="granian", cpus="1"), 100.0, "it may use 1 core"),
        (seen("mine", cores=1), 100.0, "it may use 1 core"),
        (seen("fastapi", ResourceUsage(cpu_limit_pct=50.0)), 50.0, "its container may use 50 %"),
    ],
)
def test_the_cpu_limit_is_the_lowest_one(found: Settled, pct: float, words: str) -> None:
    limit = found.cpu_limit
    assert limit is not None
    assert (limit.pct, limit.words) == (pct, words)


def test_a_server_with_threads_beside_python_is_not_limited_to_a_core() -> None:
    assert seen("fastapi", ResourceUsage(cpu_mean_pct=99.0), server="granian").cpu_share is None
    assert seen("fastapi", ResourceUsage(cpu_mean_pct=99.0), server="uvicorn").cpu_share == 0.99


def test_of_an_attached_server_no_limit_is_known() -> None:
    assert seen("mine", ResourceUsage(cpu_mean_pct=99.0)).cpu_share is None


def test_requests_in_flight_follow_from_rate_and_latency() -> None:
    of = target(settled=stats(200.0, 50.0))
    found = settled(snapshot(of), of)
    assert found is not None
    assert found.in_flight == pytest.approx(10.0)


def test_levels_are_compared_by_load_and_the_last_of_each_counts() -> None:
    first, again, steered = level(20, 90.0, 8.0), level(20, 100.0, 8.0), level(10, 50.0, 8.0, is_steered=True)
    of = target(users=40, levels=(first, steered, again))
    assert [(each.wanted, each.stats.goodput) for each in comparable_levels(of)] == [(20, 100.0), (40, 100.0)]


def test_in_turns_the_cpu_use_is_not_that_of_its_own_turns() -> None:
    of = target(usage=ResourceUsage(cpu_mean_pct=97.0))
    found = settled(snapshot(of, schedule="turns"), of)
    assert found is not None
    assert found.usage == ResourceUsage()


def test_in_a_duel_targets_take_cpu_time_from_each_other() -> None:
    both = (target(usage=ResourceUsage(cpu_mean_pct=50.0)), target("mine"))
    assert [each.is_crowded for each in all_settled(snapshot(*both, schedule="duel", target_cores=4))] == [
        True,
        True,
    ]
    assert not any(each.is_crowded for each in all_settled(snapshot(*both, target_cores=4)))


def test_while_a_duel_interrupts_a_race_nothing_is_settled() -> None:
    duel = DuelBegan(50.0, 1, 0, 10, ("fastapi", "mine"), in_race=True)
    assert all_settled(snapshot(target(), target("mine"), duel=duel)) == []
