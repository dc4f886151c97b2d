"""One target on a page of its own, as text."""

from dataclasses import replace

import pytest

from engine.metrics.snapshot import HealthSnapshot
from engine.metrics.target_snapshot import Launch
from tests.support.fakes import changed, snapshot, target
from tests.support.row_text import lines, text
from tests.support.scripted_figures import request_stats
from tui.views import rows
from tui.views.focus import figure_rows, launch_rows, request_rows, run_rows, usage_rows

ONE = target(0, 72)
REQUESTS = (
    request_stats("[b]read[/b]\x1b", 888, 12, ONE.whole),
    request_stats("create", 300, 0, ONE.whole),
)
LAUNCH = Launch(
    ("python", "-m", "uvicorn", "shop:app", "--header", "key:***", *["--word"] * 20),
    {"SECRET": "***", "A": "\x1b[31m[b]1"},
    {"cpus": 0.5, "cpuset": "", "memory_bytes": 256 * 2**20, "pids": 99},
    {"uvicorn": "0.30.1", "python": "3.12.3"},
)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_requests_have_a_row_each_and_their_failures_below(width: int) -> None:
    drawn = request_rows(replace(ONE, requests=REQUESTS), width)
    assert {rows.width_of(row) for row in drawn} == {width}
    head, first, failures, *_, last = lines(drawn)
    assert head.split()[:4] == ["by", "name", "ok/s", "p50"]
    assert "[b]read" in first
    assert "\x1b" not in first
    assert "59.2" in first
    assert "bad body 8 (no 'id' in it)" in failures
    assert last.startswith("create")
    assert "20.0" in last
    assert ("requests" in head) == (width >= 100)
    assert "no request has ended yet" in text(request_rows(replace(ONE, requests=()), width)[0])


def test_redirects_are_below_the_request_that_followed_them() -> None:
    followed = replace(REQUESTS[1], redirects=600, redirect_p50=replace(REQUESTS[1].p50, value_ms=3.0))
    drawn = lines(request_rows(replace(ONE, requests=(followed,)), 100))
    assert [line.strip() for line in drawn[2:]] == ["redirects 600 followed, p50 3.0 ms"]


def test_how_it_runs_says_command_environment_limits_and_versions() -> None:
    shown = "\n".join(lines(launch_rows(replace(ONE, launch=LAUNCH), 60)))
    assert "command    python -m uvicorn shop:app --header key:***" in shown
    assert "limits     0.5 CPU, 268 MB of memory, 99 processes and" in shown
    assert "versions   uvicorn 0.30.1, python 3.12.3" in shown
    assert "env        A=" in shown
    assert "           SECRET=***" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) == 60


def test_of_a_target_that_abreast_did_not_start_it_says_so() -> None:
    shown = "\n".join(lines(launch_rows(replace(ONE, runtime="attached"), 80)))
    assert "outside abreast" in shown
    assert "command    ·" in shown


def test_processes_and_their_limits() -> None:
    held = changed(
        ONE,
        resources={"cpu_pct": 50.0, "cpu_limit_pct": 100.0, "memory_limit_bytes": 512_000_000,
                   "throttled_pct": 12.0, "processes": 5},
    )  # fmt: skip
    shown = "\n".join(lines(usage_rows(held, 60)))
    assert "processes  5, threads 9" in shown
    assert "cpu        50 % of a core, limit 100 %" in shown
    assert "memory     68 MB, limit 512 MB" in shown
    assert "throttled  12 % of the time" in shown
    assert "throttled" not in "\n".join(lines(run_rows(ONE, 60)))


def test_figures_have_all_that_there_is_to_say() -> None:
    reasons = ("fastapi's p99 of 4.1 ms may be up to 1.3 ms too high", "another " + "reason " * 20 + "ends")
    picture = replace(snapshot(), health=HealthSnapshot("amber", reasons, 9.0, 3.1, contended=False))
    shown = "\n".join(lines(figure_rows(picture, replace(ONE, requests=REQUESTS), 60)))
    for part in ("by name", "127.0.0.1:18000", "generator amber: fastapi's p99", "ends", "connects"):
        assert part in shown, part
    assert max(map(len, shown.splitlines())) <= 60
