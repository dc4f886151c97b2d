"""What a target's lane shows, as text."""

import re
from dataclasses import replace

import pytest

from engine.metrics.rounds import Turn
from engine.metrics.snapshot import TargetState
from engine.metrics.window_stats import Figure
from tests.support.fakes import STREAMED, changed, open_snapshot, target
from tests.support.row_text import lines, text
from tui.views import rows, target_lane


@pytest.mark.parametrize("width", [24, 36, 51])
@pytest.mark.parametrize("state", ["waiting", "starting", "ready", "stopping", "stopped", "failed", "died"])
def test_a_lane_is_always_as_wide_and_high_as_asked(width: int, state: TargetState) -> None:
    lane = changed(
        target(1, 72), state=state, trouble="why " * 99, load={"users_wanted": 9999, "manual": True}
    )
    drawn = target_lane.lane_rows(lane, "", width)
    assert len(drawn) == target_lane.LANE_HEIGHT
    assert {rows.width_of(row) for row in drawn} == {width}


def test_a_lane_shows_the_figures() -> None:
    shown = "\n".join(lines(target_lane.lane_rows(target(0, 72), "django-wsgi", 51)))
    for part in (
        "4.22 k ok/s",
        "2.2×",
        "p95",
        "4.3 ms",
        "errors 0.00 %",
        "users 20",
        "longest wait 9.2 ms",
        "88 %",
        "68 MB",
    ):
        assert part in shown


@pytest.mark.parametrize("width", [24, 51])
def test_a_lane_shows_no_wait_where_nothing_waits(width: int) -> None:
    idle = changed(target(0, 72), load={"in_flight": 0, "oldest_in_flight_ms": None})
    (waits,) = [row for row in lines(target_lane.lane_rows(idle, "", width)) if "longest wait" in row]
    assert "ms" not in waits
    assert "longest wait ·" in waits


def test_a_lane_in_a_container_shows_its_limits() -> None:
    """The bar is full at the limit; what is near its limit stands out, and so does what makes it wait."""
    free = changed(target(0, 72), resources={"cpu_pct": 50.0, "memory_bytes": 100_000_000})
    held = changed(
        free, resources={"cpu_limit_pct": 50.0, "memory_limit_bytes": 105_000_000, "throttled_pct": 37.0}
    )
    free_rows, held_rows = target_lane.lane_rows(free, "", 51), target_lane.lane_rows(held, "", 51)
    assert "─" in text(free_rows[5])
    assert "─" not in text(held_rows[5])
    styles = {span.text.strip(): span.style for span in held_rows[5]}
    assert (styles["50 %"], styles["100 MB"]) == ("warn", "warn")
    assert "throttled 37 %" in text(held_rows[6])
    assert "throttled" not in text(free_rows[6])


def test_a_percentile_without_samples_is_a_dot_and_a_widened_one_says_so() -> None:
    few = replace(target(1, 72).window, p50=Figure(None, 1.0, False), p99=Figure(19.0, 34.0, True))
    rows = lines(target_lane.lane_rows(replace(target(1, 72), window=few), "", 24))
    assert rows[1].split() == ["p50", "p95", "p99", "34s"]
    assert rows[2].split() == ["·", "11", "ms", "19", "ms"]
    for width in (24, 51):
        values = target_lane.lane_rows(replace(target(1, 72), window=few), "", width)[2]
        assert [span.style for span in values if span.text.strip()] == ["dim", "", "dim"]


def test_the_baseline_says_so_and_a_pause_is_plain() -> None:
    assert "baseline" in lines(target_lane.lane_rows(target(1, 72), "django-wsgi", 24))[0]
    assert (
        "paused"
        in lines(target_lane.lane_rows(changed(target(1, 72), load={"paused": True}), "django-wsgi", 24))[0]
    )


def test_a_hand_and_a_change_under_way_are_shown() -> None:
    row = lines(
        target_lane.lane_rows(changed(target(0, 72), load={"manual": True, "users_wanted": 30}), "", 24)
    )[3]
    assert "set 20→30" in row


def test_a_silent_server_shows_how_long() -> None:
    shown = "\n".join(
        lines(target_lane.lane_rows(changed(target(0, 72), health_probe={"waiting_ms": 7800.0}), "", 24))
    )
    assert "/health silent 7.80 s" in shown


def test_a_died_target_says_why_and_what_to_press() -> None:
    died = replace(target(2, 72), state="died", trouble="exit code 1\nImportError: \x1b[31m[b]django[/b]")
    shown = "\n".join(lines(target_lane.lane_rows(died, "", 40)))
    assert "✖ died" in shown
    assert "[b]django[/b]" in shown
    assert "\x1b" not in shown
    assert "r restart" in shown


def test_narrow_lanes_put_the_server_on_the_lower_border() -> None:
    assert target_lane.lane_titles(target(1, 72), 24) == ("▲ django-wsgi", "gthread 1×8")
    assert target_lane.lane_titles(target(1, 72), 50) == ("▲ django-wsgi ── gthread 1×8", "")


@pytest.mark.parametrize("width", [24, 30, 51])
def test_a_lane_of_the_open_model_is_a_row_higher_and_says_what_could_not_start(width: int) -> None:
    lane = open_snapshot().targets[2]
    rows = lines(target_lane.lane_rows(lane, "", width))
    shown = "\n".join(rows)
    assert len(rows) == target_lane.LANE_HEIGHT + 1
    assert {len(row) for row in rows} == {width}
    assert "service" in shown
    assert "200/s" in shown
    assert re.search(r"drop(ped)? 1\.23 k", shown)
    assert "drop" not in "\n".join(lines(target_lane.lane_rows(open_snapshot().targets[0], "", width)))
    died = replace(lane, state="died", trouble="x")
    assert len(target_lane.lane_rows(died, "", width)) == target_lane.LANE_HEIGHT + 1


@pytest.mark.parametrize(
    ("width", "says"), [(24, "500 tok/s"), (36, "500 tok/s"), (51, "1st 12 ms  500 tok/s")]
)
def test_a_lane_of_a_target_that_streams(width: int, says: str) -> None:
    lane = replace(target(0, 72), streams=True, window=STREAMED)
    drawn = target_lane.lane_rows(lane, "", width)
    assert {rows.width_of(row) for row in drawn} == {width}
    assert text(drawn[-1]).strip().endswith(says)
    assert "tok/s" not in "".join(lines(target_lane.lane_rows(replace(lane, streams=False), "", width)))


@pytest.mark.parametrize("latency_ms", [1.2, 12.3, 123.4, 1234.0])
def test_the_health_probe_and_the_slo_fit_in_the_narrowest_lane(latency_ms: float) -> None:
    shown = changed(
        target(0, 72), window={"attainment": 1.0}, health_probe={"latency_ms": latency_ms, "waiting_ms": 0.0}
    )
    last = lines(target_lane.lane_rows(shown, "", 24))[-1]
    assert re.search(r"ealth [\d.]+ m?s SLO 100 ?%", " ".join(last.split())), last
    assert "…" not in last


@pytest.mark.parametrize(("width", "says"), [(25, "health 0.9 ms SLO 95.7%"), (24, "health 0.9ms SLO 95.7%")])
def test_the_health_probe_and_the_slo_never_touch(width: int, says: str) -> None:
    shown = changed(
        target(0, 72), window={"attainment": 0.957}, health_probe={"latency_ms": 0.9, "waiting_ms": 0.0}
    )
    assert lines(target_lane.lane_rows(shown, "", width))[-1].strip() == says


@pytest.mark.parametrize("width", [24, 51])
def test_in_a_duel_a_lane_shows_cpu_time_in_place_of_latencies(width: int) -> None:
    drawn = target_lane.lane_rows(target(0, 72), "", width, Turn(10.0, 15_000, 0, cpu_s=1.2))
    assert {rows.width_of(row) for row in drawn} == {width}
    shown = "\n".join(lines(drawn))
    assert "1.50 k ok/s" in shown
    assert "0.08 ms" in shown
    assert "p95" not in shown
