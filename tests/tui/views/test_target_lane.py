"""What a target's lane shows, as text."""

import re
from dataclasses import replace

import pytest

from engine.metrics.rounds import Turn
from engine.metrics.streak import Streak
from engine.metrics.target_snapshot import TargetSnapshot, TargetState
from engine.metrics.window_stats import Figure
from tests.support.fakes import STREAMED, changed, open_snapshot, target
from tests.support.row_text import lines, text
from tui.views import rows, target_lane
from tui.views.target_lane import Beside

AGAINST = Beside("django-wsgi", "django-wsgi", spark_top=7000.0)
STEERED = Beside(changes=frozenset({"restart", "remove_target"}))


@pytest.mark.parametrize("width", [24, 36, 51])
@pytest.mark.parametrize("state", ["waiting", "starting", "ready", "stopping", "stopped", "failed", "died"])
def test_a_lane_is_always_as_wide_and_high_as_asked(width: int, state: TargetState) -> None:
    lane = changed(
        target(1, 72), state=state, trouble="why " * 99, load={"users_wanted": 9999, "manual": True}
    )
    drawn = target_lane.lane_rows(lane, width)
    assert len(drawn) == target_lane.LANE_HEIGHT
    assert {rows.width_of(row) for row in drawn} == {width}


@pytest.mark.parametrize("width", range(24, 60))
def test_neither_the_wait_nor_what_got_no_answer_is_cut(width: int) -> None:
    slow = target(2, 72)
    load = {"oldest_in_flight_ms": 3360.0, "in_flight": 50}
    for unanswered, words in ((184, ("3.36 s", " 184 ")), (18_400, (" 18.4 k ",))):
        lane = changed(slow, load=load, window=replace(slow.window, unanswered=unanswered))
        (row,) = [each for each in lines(target_lane.lane_rows(lane, width)) if "ans" in each]
        assert all(word in f"{row} " for word in words), row
        assert "…" not in row


def test_a_lane_shows_the_figures() -> None:
    shown = "\n".join(lines(target_lane.lane_rows(target(0, 72), 51, AGAINST)))
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
    (waits,) = [row for row in lines(target_lane.lane_rows(idle, width)) if "longest wait" in row]
    assert "ms" not in waits
    assert "longest wait ·" in waits


def test_a_lane_in_a_container_shows_its_limits() -> None:
    """The bar is full at the limit; what is near its limit stands out, and so does what makes it wait."""
    free = changed(target(0, 72), resources={"cpu_pct": 50.0, "memory_bytes": 100_000_000})
    held = changed(
        free, resources={"cpu_limit_pct": 50.0, "memory_limit_bytes": 105_000_000, "throttled_pct": 37.0}
    )
    free_rows, held_rows = target_lane.lane_rows(free, 51), target_lane.lane_rows(held, 51)
    assert "─" in text(free_rows[5])
    assert "─" not in text(held_rows[5])
    styles = {span.text.strip(): span.style for span in held_rows[5]}
    assert (styles["50 %"], styles["100 MB"]) == ("warn", "warn")
    assert "throttled 37 %" in text(held_rows[6])
    assert "throttled" not in text(free_rows[6])


def test_a_percentile_without_samples_is_a_dot_and_a_widened_one_says_so() -> None:
    few = replace(target(1, 72).window, p50=Figure(None, 1.0, False), p99=Figure(19.0, 34.0, True))
    rows = lines(target_lane.lane_rows(replace(target(1, 72), window=few), 24))
    assert rows[1].split() == ["p50", "p95", "p99", "34s"]
    assert rows[2].split() == ["·", "11", "ms", "19", "ms"]
    for width in (24, 51):
        values = target_lane.lane_rows(replace(target(1, 72), window=few), width)[2]
        assert [span.style for span in values if span.text.strip()] == ["dim", "", "dim"]


def test_the_baseline_says_so_and_a_pause_is_plain() -> None:
    paused = changed(target(1, 72), load={"paused": True})
    assert "baseline" in lines(target_lane.lane_rows(target(1, 72), 24, AGAINST))[0]
    assert "paused" in lines(target_lane.lane_rows(paused, 24, AGAINST))[0]


def test_a_hand_and_a_change_under_way_are_shown() -> None:
    row = lines(target_lane.lane_rows(changed(target(0, 72), load={"manual": True, "users_wanted": 30}), 24))[
        3
    ]
    assert "set 20→30" in row


def test_a_silent_server_shows_how_long() -> None:
    shown = "\n".join(
        lines(target_lane.lane_rows(changed(target(0, 72), health_probe={"waiting_ms": 7800.0}), 24))
    )
    assert "/health silent 7.80 s" in shown


def test_a_died_target_says_why_and_what_to_press() -> None:
    died = replace(
        target(2, 72), state="died", state_s=6.0, trouble="exit code 1\nImportError: \x1b[31m[b]django[/b]"
    )
    shown = "\n".join(lines(target_lane.lane_rows(died, 40, STEERED)))
    assert "✖ DOWN 6 s" in shown
    assert "[b]django[/b]" in shown
    assert "\x1b" not in shown
    assert "r restart · x remove" in shown
    page = "\n".join(lines(target_lane.lane_rows(died, 40, Beside(changes=frozenset({"restart"})))))
    assert "r restart" in page
    assert "x remove" not in page
    recorded = "\n".join(lines(target_lane.lane_rows(died, 40, AGAINST)))
    assert "restart" not in recorded
    assert "remove" not in recorded


def test_narrow_lanes_put_the_server_on_the_lower_border() -> None:
    assert target_lane.lane_titles(target(1, 72), 24, 10.0) == ("▲ django-wsgi", "gthread 1×8")
    assert target_lane.lane_titles(target(1, 72), 50, 10.0) == ("▲ django-wsgi ── gthread 1×8", "")


@pytest.mark.parametrize(
    ("seconds", "says"), [(1.0, "last second"), (4.6, "since 4 s"), (10.0, ""), (70.0, "all 70 s")]
)
def test_a_window_that_is_not_as_long_as_asked_for_says_how_long_it_is(seconds: float, says: str) -> None:
    lane = changed(target(1, 72), window={"seconds": seconds})
    assert target_lane.window_text(lane, 10.0) == says
    assert target_lane.lane_titles(lane, 50, 10.0)[1] == says
    below = target_lane.lane_titles(lane, 29, 10.0)[1]
    assert below == (f"gthread 1×8 · {says}" if says else "gthread 1×8")
    assert target_lane.lane_titles(lane, 20, 10.0)[1] == (says or "gthread 1×8")


def test_a_spark_shows_the_newest_seconds_on_the_scale_of_all_lanes() -> None:
    lane = changed(target(0, 72), series={"goodput": (7000.0, 3500.0, 100.0)})
    assert "▅▁ " in lines(target_lane.lane_rows(lane, 51, AGAINST))[0]
    assert "█▅▁ " in lines(target_lane.lane_rows(lane, 51, AGAINST))[0]
    narrow = lines(target_lane.lane_rows(replace(lane, name="django-wsgi"), 24, AGAINST))[0]
    assert narrow.rstrip().endswith("ok/s ▁ baseline"), "the last second stays"


# ---------------------------------------------------------------- targets that do not answer


ERRORS = changed(target(0, 72), window={"ok": 0, "failed": 500}, streak=Streak(3.0, 500, "status 404"))
SILENT = changed(target(0, 72), window={"unanswered": 20}, streak=Streak(silent_s=8.0))
DOWN = replace(target(0, 72), state="down", state_s=6.0, faults=("kill",))


@pytest.mark.parametrize("width", [24, 36, 76, 156])
@pytest.mark.parametrize(
    ("lane", "says"),
    [(ERRORS, "100 % ERRORS"), (SILENT, "SILENT 8 s"), (DOWN, "DOWN 6 s")],
    ids=["errors", "silent", "down"],
)
def test_what_is_wrong_fills_the_lane(width: int, lane: TargetSnapshot, says: str) -> None:
    drawn = target_lane.lane_rows(lane, width, AGAINST)
    assert {rows.width_of(row) for row in drawn} == {width}
    assert len(drawn) == target_lane.LANE_HEIGHT
    assert all(row[0].style == "bad reverse bold" and len(row) == 1 for row in drawn[:3])
    shown = "\n".join(lines(drawn))
    assert says in text(drawn[1])
    assert "ok/s" not in shown
    assert "×" not in shown
    assert "p50" not in shown


def test_a_lane_says_which_errors_and_what_to_press() -> None:
    assert "✖ 100 % ERRORS: status 404" in lines(target_lane.lane_rows(ERRORS, 36))[1]
    narrow = lines(target_lane.lane_rows(ERRORS, 24))
    assert ("status 404" in narrow[1], "status 404" in narrow[3]) == (False, True)
    assert "r restart" in lines(target_lane.lane_rows(DOWN, 24, STEERED))[-1]
    attached = replace(DOWN, runtime="attached")
    assert "restart" not in "\n".join(lines(target_lane.lane_rows(attached, 24, STEERED)))


def test_what_stands_in_for_a_broken_baseline_says_so() -> None:
    shown = Beside("django-wsgi", "django-asgi", spark_top=7e3)
    for width, says in ((24, "base now"), (36, "baseline now")):
        first = lines(target_lane.lane_rows(target(2, 72), width, shown))[0]
        assert "1.19 k ok/s" in first
        assert first.rstrip().endswith(says)


@pytest.mark.parametrize("width", [24, 30, 51])
def test_a_lane_of_the_open_model_is_a_row_higher_and_says_what_could_not_start(width: int) -> None:
    lane = open_snapshot().targets[2]
    rows = lines(target_lane.lane_rows(lane, width))
    shown = "\n".join(rows)
    assert len(rows) == target_lane.LANE_HEIGHT + 1
    assert {len(row) for row in rows} == {width}
    assert "service" in shown
    assert "200/s" in shown
    assert re.search(r"drop(ped)? 1\.23 k", shown)
    assert "drop" not in "\n".join(lines(target_lane.lane_rows(open_snapshot().targets[0], width)))
    died = replace(lane, state="died", trouble="x")
    assert len(target_lane.lane_rows(died, width)) == target_lane.LANE_HEIGHT + 1


@pytest.mark.parametrize(
    ("width", "says"), [(24, "500 tok/s"), (36, "500 tok/s"), (51, "1st 12 ms  500 tok/s")]
)
def test_a_lane_of_a_target_that_streams(width: int, says: str) -> None:
    lane = replace(target(0, 72), streams=True, window=STREAMED)
    drawn = target_lane.lane_rows(lane, width)
    assert {rows.width_of(row) for row in drawn} == {width}
    assert text(drawn[-1]).strip().endswith(says)
    assert "tok/s" not in "".join(lines(target_lane.lane_rows(replace(lane, streams=False), width)))


@pytest.mark.parametrize("latency_ms", [1.2, 12.3, 123.4, 1234.0])
def test_the_health_probe_and_the_slo_fit_in_the_narrowest_lane(latency_ms: float) -> None:
    shown = changed(
        target(0, 72), window={"attainment": 1.0}, health_probe={"latency_ms": latency_ms, "waiting_ms": 0.0}
    )
    last = lines(target_lane.lane_rows(shown, 24))[-1]
    assert re.search(r"ealth [\d.]+ m?s SLO 100 ?%", " ".join(last.split())), last
    assert "…" not in last


@pytest.mark.parametrize(("width", "says"), [(25, "health 0.9 ms SLO 95.7%"), (24, "health 0.9ms SLO 95.7%")])
def test_the_health_probe_and_the_slo_never_touch(width: int, says: str) -> None:
    shown = changed(
        target(0, 72), window={"attainment": 0.957}, health_probe={"latency_ms": 0.9, "waiting_ms": 0.0}
    )
    assert lines(target_lane.lane_rows(shown, width))[-1].strip() == says


@pytest.mark.parametrize("width", [24, 51])
def test_in_a_duel_a_lane_shows_cpu_time_in_place_of_latencies(width: int) -> None:
    drawn = target_lane.lane_rows(target(0, 72), width, Beside(duel=Turn(10.0, 15_000, 0, cpu_s=1.2)))
    assert {rows.width_of(row) for row in drawn} == {width}
    shown = "\n".join(lines(drawn))
    assert "1.50 k ok/s" in shown
    assert "0.08 ms" in shown
    assert "p95" not in shown


def test_a_target_whose_turn_is_to_come_has_no_goodput() -> None:
    waiting = changed(replace(target(0, 72), turn="waits"), window={"goodput": 0.0, "ok": 0})
    assert "· ok/s" in lines(target_lane.lane_rows(waiting, 36))[0]
    assert "0 ok/s" in lines(target_lane.lane_rows(replace(waiting, turn="on"), 36))[0]
