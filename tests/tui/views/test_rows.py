"""What lanes, bars, tables and logs say, as text."""

import re
from dataclasses import replace

import pytest

from engine.metrics.figures import stats_of
from engine.metrics.snapshot import EventSnapshot, Figure, HealthSnapshot, Snapshot, TargetState
from engine.metrics.window import Window
from tests.support.fakes import PRESETS, changed, ended, open_snapshot, snapshot, target, with_target
from tui.availability import now_of
from tui.commands import LIVE, LOBBY, footer
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.views import plan_summary, results, rows, tables, target_lane

NOTHING = stats_of(Window(), [])


def text(row: rows.Row) -> str:
    return "".join(span.text for span in row)


def lines(rows: tuple[rows.Row, ...]) -> list[str]:
    return [text(row) for row in rows]


@pytest.mark.parametrize("width", [24, 36, 51])
@pytest.mark.parametrize(
    "state", ["waiting", "preparing", "starting", "ready", "stopping", "stopped", "failed", "died"]
)
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
    assert "hand 20→30" in row


def test_what_was_not_measured_is_a_dot() -> None:
    none = Figure(None, 0.0, widened=False)
    nothing = replace(
        target(0, 72).window,
        seconds=0.0,
        requests=0,
        ok=0,
        failed=0,
        goodput=0.0,
        p50=none,
        p95=none,
        p99=none,
    )
    picture = with_target(snapshot(), "fastapi", window=nothing, steady=nothing, ratio=None)
    for steady in (True, False):
        head, row, *_ = lines(tables.scoreboard_rows(picture, "", 78, steady=steady))
        figures = ["ok/s", "ratio", "p50", "p95", "p99", "errors"]
        assert head.split()[: len(figures)] == figures
        assert row.split().count("·") == len(figures)
    lane = text(target_lane.lane_rows(picture.targets[0], "django-wsgi", 40)[0])
    assert "· ok/s" in lane


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


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_bars_fit_any_width(width: int) -> None:
    red = HealthSnapshot("red", ("loop lag p99 of 12 ms is over 5 ms",), 97.0, 12.0, contended=True)
    picture = replace(snapshot(), health=red, stage_text="stage 12/34: ramp to 1000 users over 120 s")
    assert rows.width_of(rows.title_row(picture, width, frozen=True)) == width
    assert rows.width_of(rows.load_row(picture, "django-wsgi", width)) == width


def test_the_light_is_said_in_words_and_its_reason_where_there_is_room() -> None:
    red = HealthSnapshot("red", ("a worker is at 97 % CPU",), 97.0, 12.0, contended=False)
    assert "✖ red" in text(rows.title_row(replace(snapshot(), health=red), 80, frozen=False))
    assert "97 % CPU" in text(rows.title_row(replace(snapshot(), health=red), 160, frozen=False))


def test_the_reason_for_the_light_gets_what_room_there_is() -> None:
    reason = "the load worker's timers came 12.3 ms late (p99): latencies may be the generator's own"
    red = replace(snapshot(), health=HealthSnapshot("red", (reason,), 97.0, 12.0, contended=False))
    assert "late (p99)…" not in text(rows.title_row(red, 200, frozen=False))
    assert reason in text(rows.title_row(red, 200, frozen=False))
    short = text(rows.title_row(red, 130, frozen=False))
    assert "the load worker's timers came 12.3 ms" in short
    assert "stage 2/2: hold 20 users" in short


def test_a_stage_that_does_not_fit_is_cut_and_not_left_out() -> None:
    long = replace(snapshot(), stage_text="django-asgi alone · stage 12/34: ramp to 1000 users")
    assert "▏django-asgi alone · st" in text(rows.title_row(long, 80, frozen=False))


def test_frozen_is_said() -> None:
    assert "FROZEN" in text(rows.title_row(snapshot(), 80, frozen=True))


def test_think_time_bounds_what_is_asked_for() -> None:
    assert "at most 200 req/s each" in text(rows.load_row(snapshot(), "fastapi", 160))
    assert "hello, closed, think 100 ms, ≤ 200 req/s" in text(rows.load_row(snapshot(), "fastapi", 80))
    assert "at most" not in text(rows.load_row(replace(snapshot(), think_time_mean_s=0.0), "fastapi", 80))
    one_of_its_own = with_target(snapshot(), "fastapi", load={"think_time_mean_s": 0.3})
    assert "at most" not in text(rows.load_row(one_of_its_own, "fastapi", 80))


def test_the_bar_says_whom_the_keys_steer() -> None:
    assert text(rows.load_row(snapshot(), "fastapi", 80)).endswith("keys steer all ")
    assert text(rows.load_row(replace(snapshot(), linked=False), "fastapi", 80)).endswith(
        "keys steer fastapi "
    )


def test_events_show_when_who_and_what_newest_last() -> None:
    shown = lines(rows.event_rows(snapshot(), 60, 2))
    assert [row.strip() for row in shown] == [
        "00:41 think time 100 ms → none",
        "01:04 ▲ django-wsgi users 10 → 20 (by hand)",
    ]


def test_an_event_of_a_target_that_is_gone_keeps_its_name() -> None:
    event = EventSnapshot(5.0, "target", "gone", "removed")
    assert text(rows.event_row(event, {}, 30)).strip() == "00:05 gone removed"


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("width", [58, 78, 158])
def test_the_scoreboard_fits_and_keeps_what_matters_most(width: int) -> None:
    drawn = tables.scoreboard_rows(snapshot(targets=6), "fastapi", width, steady=False)
    assert {rows.width_of(row) for row in drawn} == {width}
    assert len(drawn) == 7
    assert "ok/s" in text(drawn[0])
    assert "errors" in text(drawn[0])
    assert text(drawn[1]).startswith("▸● fastapi")


@pytest.mark.parametrize("targets", [4, 6])
def test_a_scoreboard_of_a_small_screen_shows_who_waits_and_who_is_silent(targets: int) -> None:
    picture = with_target(
        snapshot(targets=targets),
        "django-wsgi",
        load={"oldest_in_flight_ms": 9812.0},
        health_probe={"waiting_ms": 7812.0},
    )
    head, _, row, *_ = lines(tables.scoreboard_rows(picture, "", 78, steady=False))
    assert head.split() == ["ok/s", "ratio", "p50", "p95", "p99", "errors", "longest", "/health"]
    assert row.endswith(" 9.81 s ✖ 7.81 s")


def test_the_scoreboard_says_what_is_wrong_with_a_target() -> None:
    picture = with_target(snapshot(), "django-asgi", state="died", trouble="exit code 1")
    assert "✖ died  exit code 1" in text(tables.scoreboard_rows(picture, "", 78, steady=False)[3])


def test_the_summary_names_the_best_its_ratio_and_no_verdict() -> None:
    over = replace(snapshot(), phase="ended", outcome="completed")
    assert (
        results.summary(over)
        == "At 20 users fastapi served 4.22 k ok/s, 2.4× django-wsgi (race: no verdict)."
    )


def as_asked(p95_ms: float = 4.0, **changes: float) -> Snapshot:
    """Two targets of 20 users who think for 100 ms: at most 200 requests a second each."""
    picture = snapshot(targets=2)
    targets = []
    for each in picture.targets:
        steady = replace(
            each.steady, goodput=196.0 + each.slot, p95=Figure(p95_ms * (1 + each.slot), 10.0, False)
        )
        targets.append(replace(each, steady=replace(steady, **changes)))  # type: ignore[arg-type]  # of numbers
    return replace(picture, targets=tuple(targets))


def test_where_think_time_bounds_all_no_one_is_said_to_be_faster() -> None:
    assert results.summary(as_asked()) == (
        "At 20 users both served what was asked, about 196 ok/s each; "
        "p95 4.0 ms (fastapi) to 8.0 ms (django-wsgi)."
    )
    assert "both served" not in results.summary(as_asked(goodput=120.0))
    assert "both served" not in results.summary(as_asked(failed=3))


def test_a_race_that_nobody_won_says_so() -> None:
    picture = snapshot(targets=2)
    alike = tuple(
        replace(each, steady=replace(each.steady, goodput=1000.0 + each.slot)) for each in picture.targets
    )
    assert "django-wsgi served 1.00 k ok/s, as much as fastapi" in results.summary(
        replace(picture, targets=alike)
    )


def test_results_say_who_missed_the_slo_and_what_exactly_failed() -> None:
    shown = "\n".join(lines(results.result_rows(ended(open_snapshot()), "fastapi", 118)))
    for part in (
        "SLO missed by django-asgi: 95.12 % within 20 ms, at least 99 % must",
        "failures: read: bad body 8 (no 'id' in it), reset 4",
        "response/service p50 2.1/1.4 ms",
        "dropped 1.23 k",
        "95 % sure: p50 2.0–2.2 ms",
        "errors 0.10–0.40 %",
        "12.0 % of requests on new connections (p50 0.2 ms, p95 0.9 ms); 3 sent again",
        "fastapi by request",
    ):
        assert part in shown
    met = replace(ended(snapshot()), thresholds=ended(snapshot()).thresholds[:2])
    assert "SLO met by all" in "\n".join(lines(results.result_rows(met, "", 118)))


def test_why_the_light_is_amber_stands_once_among_the_results() -> None:
    picture = ended(snapshot())
    (reason,) = picture.health.reasons
    title = text(rows.title_row(picture, 160, frozen=False))
    assert "amber" in title
    assert reason not in title
    shown = "\n".join(lines(results.result_rows(picture, "", 158)))
    assert shown.count(reason) == 1


@pytest.mark.parametrize("height", [8, 12, 40])
def test_results_end_where_the_screen_does_and_say_that_there_is_more(height: int) -> None:
    rows = lines(results.result_rows(ended(open_snapshot()), "fastapi", 78, height))
    assert len(rows) <= height
    assert ("more in the export" in rows[-1]) == (height < 40)


def test_details_say_what_a_container_received_and_sent() -> None:
    one = target(0, 72)
    assert "network" not in "\n".join(results.detail_lines(one))
    shown = results.detail_lines(changed(one, resources={"received_bytes": 1_230_000, "sent_bytes": 940}))
    assert "network    of its container since its start: received 1.23 MB, sent 940 B" in shown


def test_details_say_all_of_the_open_model() -> None:
    shown = "\n".join(results.detail_lines(ended(open_snapshot()).targets[0]))
    for part in (
        "response   p50 2.1 ms",
        "service    p50 1.4 ms",
        "arrivals   200/s",
        "dropped    0, waiting 0",
        "bytes      in 0 B/s",
        "connects   0, 0.00 % of requests",
        "read: bad body: no 'id' in it",
    ):
        assert part in shown


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


def of_one(**changes: object) -> Snapshot:
    return with_target(replace(snapshot(targets=1), phase="ended", outcome="completed"), "fastapi", **changes)


def test_a_result_says_what_it_is_of() -> None:
    assert results.summary(of_one()) == "fastapi served 4.22 k ok/s."
    assert "figures since the last change of load" in text(results.result_rows(of_one(), "", 90)[1])
    whole = of_one().targets[0].whole
    of_ramp = of_one(steady=NOTHING, whole=replace(whole, goodput=400.0))
    assert results.summary(of_ramp) == "fastapi served 400 ok/s."
    shown = "\n".join(lines(results.result_rows(of_ramp, "", 110)))
    assert "of the whole run: no level settled" in shown
    assert re.search(r"fastapi uvicorn.* 400 ", shown), "the table is of the same seconds as the sentence"


def test_of_several_targets_all_figures_are_of_the_same() -> None:
    picture = replace(snapshot(), phase="ended", outcome="completed")
    changed = with_target(picture, "django-asgi", steady=NOTHING)
    assert results.what_it_is_of(picture) == "level"
    assert results.what_it_is_of(changed) == "whole"
    assert not results.summary(changed).startswith("At 20 users")


def test_where_nothing_was_measured_it_says_why() -> None:
    none = NOTHING
    for changes, why in (
        ({"state": "failed"}, "no target became ready"),
        ({}, "the run ended before its first second outside warm-up and pauses"),
        ({"whole": replace(none, seconds=7.0)}, "no request ended in the 7 s after warm-up"),
    ):
        picture = of_one(**{"steady": none, "whole": none, **changes})
        assert results.summary(picture) == f"Nothing was measured, because {why}."


def test_requests_that_all_failed_are_no_silence() -> None:
    failed = replace(of_one().targets[0].whole, ok=0, failed=90, requests=90, goodput=0.0)
    assert results.summary(of_one(steady=failed, whole=failed)) == "No request succeeded."
    assert results.summary(of_one(steady=failed)) == "No request succeeded since the last change of load."


def test_results_name_failures_and_a_light_that_is_not_green() -> None:
    over = with_target(
        replace(snapshot(), phase="ended", outcome="failed"), "fastapi", totals={"errors": (("reset", 12),)}
    )
    over = replace(over, health=HealthSnapshot("amber", ("CPU at 84 %",), 84.0, 1.0, contended=False))
    shown = "\n".join(lines(results.result_rows(over, "", 78)))
    assert "failures: reset 12" in shown
    assert "generator amber: CPU at 84 %" in shown


def test_results_have_every_reason_for_the_light_to_its_end() -> None:
    reasons = tuple(f"target {number}'s p99 may be too high: the load worker was late" for number in range(3))
    health = HealthSnapshot("red", reasons, 9.0, 3.1, contended=False)
    picture = replace(snapshot(), phase="ended", health=health)
    shown = " ".join("\n".join(lines(results.result_rows(picture, "", 60))).split())
    for reason in reasons:
        assert reason in shown
    assert results.light_lines(health)[-1] == (
        "  load worker: 9 % of its core; its heartbeats come up to 3.1 ms late (p99)"
    )


# ---------------------------------------------------------------- the lobby's plan


def test_a_plan_shows_its_question_its_figures_and_changes() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], None, None, 54)))
    assert "Users keep coming" in shown
    assert "after a published comparison" in shown
    assert "hello · think none · race · 50 s" in shown
    changed = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], 40, 20.0, 54)))
    assert "20 s · 40 users held" in changed


def test_a_broken_preset_shows_its_error_instead() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[3], None, None, 54)))
    assert "cannot be used" in shown
    assert "unknown key 'thnk_time'" in shown


def test_the_load_shape_ends_at_its_last_users() -> None:
    rows = lines(plan_summary.shape_rows(PRESETS[1].stages, 60, 6, "braille"))
    assert rows[0].strip().startswith("60 ")
    assert rows[0].rstrip().endswith("● 60")


# ---------------------------------------------------------------- the command table


def test_every_command_has_an_action_a_help_or_a_label() -> None:
    for screen, table in ((LiveScreen, LIVE), (LobbyScreen, LOBBY)):
        for command in table:
            assert not command.keys or hasattr(screen, f"action_{command.id}"), command.id
            assert command.help or command.label, command.id


def test_no_key_means_two_things() -> None:
    for table in (LIVE, LOBBY):
        keys = [key for command in table for key in command.keys]
        assert len(keys) == len(set(keys))


def test_the_footer_says_what_a_key_does_now() -> None:
    before, _ = footer(LIVE, now_of(snapshot(), "fastapi"), 160)
    steered = replace(with_target(snapshot(), "fastapi", load={"paused": True, "manual": True}), linked=False)
    after, _ = footer(LIVE, now_of(steered, "fastapi", frozen=True), 160)
    assert all(word in text(before) for word in ("pause", "freeze", "unlink"))
    assert all(word in text(after) for word in ("resume", "unfreeze", "link", "to plan"))
    assert "users" not in text(footer(LIVE, now_of(ended(snapshot()), "fastapi"), 160)[0])


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_footer_fits_and_always_offers_help_and_quit(width: int) -> None:
    row, cells = footer(LIVE, now_of(snapshot(), "fastapi"), width)
    assert rows.width_of(row) == width
    assert "? help" in text(row)
    assert "q quit" in text(row)
    at = text(row).index("q quit")
    command = cells[at]
    assert command is not None
    assert command.id == "quit"


STREAMED = replace(
    target(0, 72).window, tokens=5000, tokens_per_s=500.0, first_byte_p50=Figure(12.0, 10.0, False)
)


@pytest.mark.parametrize(
    ("width", "says"), [(24, "500 tok/s"), (36, "500 tok/s"), (51, "1st 12 ms  500 tok/s")]
)
def test_a_lane_of_a_target_that_streams(width: int, says: str) -> None:
    lane = replace(target(0, 72), streams=True, window=STREAMED)
    drawn = target_lane.lane_rows(lane, "", width)
    assert {rows.width_of(row) for row in drawn} == {width}
    assert text(drawn[-1]).strip().endswith(says)
    assert "tok/s" not in "".join(lines(target_lane.lane_rows(replace(lane, streams=False), "", width)))


def test_a_table_of_targets_that_stream() -> None:
    picture = with_target(snapshot(), "fastapi", streams=True, window=STREAMED)
    head, row, *_ = lines(tables.scoreboard_rows(picture, "", 140, steady=False))
    assert head.split()[-5:] == ["tok/s", "1st", "p50", "1st", "p95"]
    assert row.split()[-4:] == ["500", "12", "ms", "·"]
    assert "tok/s" not in lines(tables.scoreboard_rows(snapshot(), "", 140, steady=False))[0]
    assert any(
        "500 tokens/s, first byte p50 12 ms" in line for line in results.detail_lines(picture.targets[0])
    )
