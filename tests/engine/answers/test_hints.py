"""Each hint fires where its figures are there, and is silent where they are not."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from engine.answers import hints
from engine.answers.hints import KINDS, SHOWN, Hint, Kind, hints_of
from engine.answers.settled import BUSY_SHARE, LEAST_REQUESTS, LEAST_SECONDS
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import HealthProbe
from engine.metrics.window_stats import (
    ArrivalStats,
    Figure,
    LevelStats,
    LinkStats,
    RequestStats,
    ResourceUsage,
)
from tests.engine.answers.made_figures import NO_ARRIVALS, figure, level, snapshot, stats, target


def found(kind: Kind, of: Snapshot) -> list[str]:
    return [hint.text for hint in hints_of(of) if hint.kind == kind]


WSGI = {"server": "gthread", "workers": 1, "threads": 8}

FIRING: dict[Kind, tuple[Snapshot, str]] = {
    "failures": (
        snapshot(
            target(
                settled=stats(failed=50, error_rate=0.05, errors=(("response timeout", 48), ("reset", 2))),
            )
        ),
        "96 % of fastapi's failures are “response timeout”: 48 of 1.05 k requests",
    ),
    "dropped": (
        snapshot(
            target(
                settled=stats(
                    arrivals=ArrivalStats(1000, 100.0, 880, 120, 0, NO_ARRIVALS, NO_ARRIVALS, NO_ARRIVALS)
                ),
            ),
            model="open",
            max_users=50,
        ),
        "fastapi is slower than its arrivals: 12 % of 100/s found all 50 users busy and were dropped",
    ),
    "event-loop": (
        snapshot(target(health_ms=1900.0)),
        "fastapi's health probe waited 1.90 s at 10 % CPU: the event loop is held by a call that blocks",
    ),
    "throttled": (
        snapshot(
            target(
                usage=ResourceUsage(cpu_mean_pct=48.0, throttled_mean_pct=91.0, cpu_limit_pct=50.0),
            )
        ),
        (
            "fastapi is throttled by its container's limit of 50 % of a core: it had to wait in 91 % of "
            "scheduling periods (48 % CPU)"
        ),
    ),
    "memory": (
        snapshot(target(usage=ResourceUsage(memory_max_mb=490.0, memory_limit_mb=512.0))),
        "fastapi is close to its memory limit: 490 MB of 512 MB",
    ),
    "pool": (
        snapshot(
            target(settled=stats(100.0, 200.0), usage=ResourceUsage(cpu_mean_pct=41.0), options={"pool": 10}),
            workload="io",
        ),
        "fastapi's pool is exhausted: 20 requests in flight share 10 database connections, at 41 % CPU",
    ),
    "queue": (
        snapshot(target("django-wsgi", stats(320.0, 62.5), users=20, options=WSGI)),
        "django-wsgi has 8 threads and 20 users: 12 wait for one (p50 = 2.5 × the service time of 25 ms)",
    ),
    "processor": (
        snapshot(target(usage=ResourceUsage(cpu_mean_pct=97.0))),
        "fastapi is at its processor limit: 97 % CPU, and a Python process computes on one core",
    ),
    "knee": (
        snapshot(target(settled=stats(110.0, 42.0), users=60, levels=(level(50, 100.0, 40.0),))),
        "fastapi's p95 doubled between 50 and 60 users: from 40 ms to 84 ms",
    ),
    "plateau": (
        snapshot(target(settled=stats(101.0, 60.0), users=40, levels=(level(20, 100.0, 60.0),))),
        "fastapi's throughput stopped growing at 20 users: 100 ok/s there, 101 ok/s with 40",
    ),
    "shared-cores": (
        snapshot(
            target(usage=ResourceUsage(cpu_mean_pct=30.0)),
            target("mine", usage=ResourceUsage(cpu_mean_pct=67.0)),
            target_cores=1,
        ),
        "2 targets share 1 core and use 97 % of it: alone, each could do more",
    ),
    "connects": (
        snapshot(
            target(
                settled=stats(
                    links=LinkStats(
                        connects=980, connect_share=0.98, connect_p50_ms=0.4, connects_matter=True
                    )
                ),
            )
        ),
        "fastapi needs a new connection for 98 % of requests: connecting takes 0.4 ms of a p50 of 10 ms",
    ),
    "request": (
        snapshot(
            replace(
                target(),
                requests=tuple(
                    RequestStats(
                        name=name,
                        requests=ok,
                        ok=ok,
                        failed=0,
                        goodput=1.0,
                        rps=1.0,
                        error_rate=0.0,
                        p50=figure(mean_ms),
                        p95=figure(mean_ms),
                        p99=figure(mean_ms),
                        mean_ms=mean_ms,
                        examples=(),
                    )
                    for name, ok, mean_ms in (("list", 900, 2.0), ("search", 100, 80.0))
                ),
            )
        ),
        "“search” takes 82 % of fastapi's time with 10 % of its requests (80 ms on average)",
    ),
    "waits": (
        snapshot(target(settled=stats(20.0, 250.0))),
        (
            "fastapi waits more than it computes: 10 % CPU, while a request takes 250 ms on average "
            "(5.0 at once)"
        ),
    ),
    "think-time": (
        snapshot(target(settled=stats(49.5, 10.0), users=50, think_s=1.0)),
        (
            "think time bounds the rate: users ask for 50.0/s at most, and at least 49.5/s were served; only "
            "more users would show more"
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_fires(kind: Kind) -> None:
    of, text = FIRING[kind]
    assert found(kind, of) == [text]


SILENT: dict[Kind, Snapshot] = {
    "failures": snapshot(
        target(settled=stats(failed=50, error_rate=0.05, errors=(("response timeout", 26), ("reset", 24))))
    ),
    "dropped": snapshot(
        target(
            settled=stats(arrivals=ArrivalStats(1000, 100.0, 995, 5, 0, *([NO_ARRIVALS] * 3))),
        ),
        model="open",
        max_users=50,
    ),
    "event-loop": snapshot(target(health_ms=900.0)),
    "throttled": snapshot(
        target(usage=ResourceUsage(cpu_mean_pct=20.0, throttled_mean_pct=3.0, cpu_limit_pct=50.0))
    ),
    "memory": snapshot(target(usage=ResourceUsage(memory_max_mb=300.0, memory_limit_mb=512.0))),
    "pool": snapshot(
        target(settled=stats(100.0, 200.0), usage=ResourceUsage(cpu_mean_pct=96.0), options={"pool": 10}),
        workload="io",
    ),
    "queue": snapshot(target("django-wsgi", stats(320.0, 25.0), users=8, options=WSGI)),
    "processor": snapshot(target(usage=ResourceUsage(cpu_mean_pct=97.0), options={"workers": 2})),
    "knee": snapshot(target(settled=stats(100.0, 84.0), users=100, levels=(level(50, 100.0, 80.0),))),
    "plateau": snapshot(target(settled=stats(150.0, 60.0), users=40, levels=(level(20, 100.0, 60.0),))),
    "shared-cores": snapshot(
        target(usage=ResourceUsage(cpu_mean_pct=30.0)),
        target("mine", usage=ResourceUsage(cpu_mean_pct=30.0)),
        target_cores=1,
    ),
    "connects": snapshot(
        target(settled=stats(links=LinkStats(connects=50, connect_share=0.05, connects_matter=True)))
    ),
    "request": snapshot(target()),
    "waits": snapshot(
        target(settled=stats(20.0, 250.0)),
        target("mine", usage=ResourceUsage(cpu_mean_pct=89.0)),
        target_cores=1,
    ),
    "think-time": snapshot(target(settled=stats(30.0, 700.0), users=50, think_s=1.0)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_silent(kind: Kind) -> None:
    assert found(kind, SILENT[kind]) == []


BUSY = ResourceUsage(cpu_mean_pct=97.0)
UNFIT: dict[str, Snapshot] = {
    "a red generator": snapshot(target(usage=BUSY), light="red"),
    "warm-up": snapshot(target(settled=stats(seconds=0.0), usage=BUSY)),
    "just after a change of load": snapshot(target(settled=stats(seconds=3.0), usage=BUSY)),
    "too few requests": snapshot(target(settled=stats(goodput=2.0), usage=BUSY)),
    "a search for capacity": snapshot(target(usage=BUSY), schedule="capacity"),
    "a fault": snapshot(target(usage=BUSY, faults=("cpus 0.5",))),
    "a target that died": snapshot(target(usage=BUSY, state="died")),
    "no load worker reports": snapshot(target(usage=BUSY, missing_s=2.0)),
    "no target": snapshot(),
}


def paused() -> Snapshot:
    of = target(usage=BUSY)
    return snapshot(replace(of, load=replace(of.load, paused=True)))


@pytest.mark.parametrize("why", UNFIT)
def test_there_is_none_with(why: str) -> None:
    assert hints_of(UNFIT[why]) == ()


def test_there_is_none_of_a_paused_target() -> None:
    assert hints_of(paused()) == ()


def test_the_figures_of_an_earlier_level_are_not_those_of_this_one() -> None:
    of = target(usage=BUSY)
    assert hints_of(snapshot(replace(of, steady=stats(seconds=7.0)))) == ()


def test_the_most_telling_come_first_and_no_more_than_three() -> None:
    broken = stats(failed=50, error_rate=0.05, errors=(("reset", 50),))
    names = ("fastapi", "fastapi#2", "django-asgi", "hybrid")
    of = snapshot(*(target(name, broken if name == "hybrid" else None, BUSY) for name in names))
    shown = hints_of(of)
    assert len(shown) == SHOWN
    assert [(hint.kind, hint.target) for hint in shown] == [
        ("failures", "hybrid"),
        ("processor", "fastapi"),
        ("processor", "fastapi#2"),
    ]


def test_a_hint_has_its_figures() -> None:
    of, _ = FIRING["queue"]
    hint = next(each for each in hints_of(of) if each.kind == "queue")
    assert hint == Hint(
        "queue",
        "django-wsgi",
        hint.text,
        (
            ("threads", 8),
            ("in_flight", 20.0),
            ("waiting", 12.0),
            ("p50_ms", 62.5),
            ("service_ms", 25.0),
        ),
    )


@pytest.mark.parametrize(
    ("name", "cpu_pct", "cause"),
    [
        ("fastapi", 99.0, "the event loop is held by work"),
        ("django-wsgi", 10.0, "no thread was free for it"),
        ("mine", 10.0, "nothing answered it meanwhile"),
    ],
)
def test_why_the_health_probe_waited(name: str, cpu_pct: float, cause: str) -> None:
    of = target(name, usage=ResourceUsage(cpu_mean_pct=cpu_pct), health_ms=1500.0, options=WSGI)
    (text,) = found("event-loop", snapshot(of))
    assert text.endswith(cause)


def test_a_held_event_loop_is_told_though_it_answers_hardly_anything() -> None:
    of = target(settled=stats(0.5, 2000.0), usage=ResourceUsage(cpu_mean_pct=1.0), health_ms=2000.0)
    assert [hint.kind for hint in hints_of(snapshot(of))] == ["event-loop"]


def slow(whole_s: float = 20.0, users: tuple[float | None, ...] = (20.0,) * 12) -> Snapshot:
    """Of a target that never settled, and a second after its users left."""
    of = target(settled=stats(seconds=0.0), health_ms=2000.0)
    history = replace(of.series, users=(*users, None), health_ms=(*((2000.0,) * len(users)), None))
    return snapshot(replace(of, levels=(), series=history, whole=stats(0.5, 2000.0, seconds=whole_s)))


def test_a_target_that_is_too_slow_to_settle_has_that_hint() -> None:
    assert found("event-loop", slow()) == ["fastapi's health probe waited 2.00 s: the event loop is held"]
    assert found("event-loop", slow(whole_s=4.0)) == [], "in the warm-up"
    assert found("event-loop", slow(users=(*((10.0,) * 6), *((20.0,) * 6)))) == [], "after a change of load"
    assert found("event-loop", slow(users=(20.0,) * 6)) == []


def test_a_probe_that_still_waits_counts() -> None:
    of = replace(target(), health_probe=HealthProbe(latency_ms=1.0, waiting_ms=1900.0))
    assert "1.90 s" in found("event-loop", snapshot(of))[0]


def test_a_rate_that_stays_because_users_send_no_more_is_no_plateau() -> None:
    of = target(settled=stats(100.0, 30.0), users=40, levels=(level(20, 100.0, 60.0),))
    assert found("plateau", snapshot(of)) == []


def test_a_busy_target_does_not_wait() -> None:
    of = target(settled=stats(20.0, 250.0), usage=ResourceUsage(cpu_mean_pct=80.0))
    assert found("waits", snapshot(of)) == []


def test_of_two_targets_whose_cores_are_not_known_none_is_said_to_wait() -> None:
    idle = stats(20.0, 250.0)
    assert hints_of(snapshot(target(settled=idle), target("mine", idle))) == ()


@pytest.mark.parametrize("schedule", ["turns", "duel"])
def test_where_cpu_time_is_not_its_own_none_is_said_to_wait_or_to_be_busy(schedule: str) -> None:
    idle, busy = target(settled=stats(20.0, 250.0)), target("fastapi#2", usage=BUSY)
    kinds = {hint.kind for hint in hints_of(snapshot(idle, busy, schedule=schedule, target_cores=1))}
    assert kinds <= {"processor"} if schedule == "duel" else kinds == set()


def test_a_level_that_somebody_steered_is_not_compared() -> None:
    of = target(settled=stats(110.0, 42.0), users=60, levels=(level(50, 100.0, 40.0, is_steered=True),))
    assert found("knee", snapshot(of)) == []


def test_overlapping_intervals_are_no_knee() -> None:
    noisy = Figure(40.0, 10.0, widened=False, low_ms=10.0, high_ms=90.0)
    before = LevelStats(50, stats(100.0, 20.0, p95=noisy), ResourceUsage())
    assert found("knee", snapshot(target(settled=stats(110.0, 42.0), users=60, levels=(before,)))) == []


PAGE = Path(__file__).parents[3] / "docs" / "hints.md"


def rows_of_the_page() -> dict[str, str]:
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return dict(rows)


def test_the_page_lists_every_hint_in_its_order() -> None:
    assert list(rows_of_the_page()) == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "thresholds"),
    [
        ("failures", (hints.FAILED_SHARE, hints.LEAST_FAILURES, hints.ONE_KIND_SHARE)),
        ("dropped", (hints.DROPPED_SHARE, hints.LEAST_FAILURES)),
        ("event-loop", (hints.HELD_MS / 1000, hints.IDLE_SHARE)),
        ("throttled", (hints.THROTTLED_PCT,)),
        ("memory", (hints.MEMORY_SHARE,)),
        ("pool", (hints.QUEUE_FACTOR, hints.LEAST_WAITING, BUSY_SHARE)),
        ("queue", (hints.QUEUE_FACTOR, hints.LEAST_WAITING)),
        ("processor", (BUSY_SHARE,)),
        ("knee", (hints.KNEE_BEYOND_LOAD,)),
        ("plateau", (hints.PLATEAU_LOAD, hints.PLATEAU_GROWTH, hints.PLATEAU_LATENCY)),
        ("shared-cores", (BUSY_SHARE,)),
        ("connects", (hints.CONNECT_SHARE,)),
        ("request", (hints.TIME_SHARE, hints.REQUEST_SHARE)),
        ("waits", (hints.IDLE_SHARE, hints.LEAST_WAIT_MS)),
        ("think-time", (hints.THINKING_SHARE,)),
    ],
)
def test_the_page_has_its_thresholds(kind: str, thresholds: tuple[float, ...]) -> None:
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", rows_of_the_page()[kind])}
    for threshold in thresholds:
        assert {threshold, round(100 * threshold, 6)} & numbers, threshold


def test_the_page_has_what_every_hint_needs() -> None:
    text = " ".join(PAGE.read_text().split())
    assert f"at least {LEAST_SECONDS:g} s and {LEAST_REQUESTS} requests" in text
