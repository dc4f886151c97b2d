"""What the tables show, as text."""

from dataclasses import replace

import pytest

from engine.metrics.duels import DuelBegan
from engine.metrics.rounds import Round, Turn
from engine.metrics.session_result import session_result
from engine.metrics.streak import Streak
from engine.metrics.window_stats import Figure
from tests.support.fakes import STREAMED, ended, snapshot, target, with_target
from tests.support.row_text import lines, text
from tui.views import rows, tables, target_details, target_lane


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
    picture = with_target(
        snapshot(), "fastapi", window=nothing, steady=nothing, ratio=None, steady_ratio=None
    )
    for steady in (True, False):
        head, row, *_ = lines(tables.scoreboard_rows(picture, "", 78, steady=steady))
        figures = ["ok/s", "ratio", "p50", "p95", "p99", "errors"]
        assert head.split()[: len(figures)] == figures
        assert row.split().count("·") == len(figures) + ("requests" in head)
    lane = text(target_lane.lane_rows(picture.targets[0], 40)[0])
    assert "· ok/s" in lane


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
    assert row.rstrip().endswith(" 9.81 s ✖ 7.81 s")


def test_the_scoreboard_says_what_is_wrong_with_a_target() -> None:
    picture = with_target(snapshot(), "django-asgi", state="died", state_s=6.0, trouble="exit code 1")
    assert "✖ down 6 s  exit code 1" in text(tables.scoreboard_rows(picture, "", 78, steady=False)[3])
    window = replace(picture.targets[0].window, ok=0, failed=500)
    down = with_target(picture, "django-wsgi", state="down", state_s=6.0)
    down = replace(down, compared_with="fastapi")
    table = lines(tables.scoreboard_rows(down, "", 78, steady=False))
    assert "✖ down 6 s" in table[2]
    assert "baseline now: fastapi" in table[2]
    assert " base " in table[1]
    waiting = replace(picture.targets[0].window, unanswered=20)
    silent = with_target(picture, "fastapi", window=waiting, streak=Streak(silent_s=8.0))
    assert "✖ silent 8 s" in text(tables.scoreboard_rows(silent, "", 78, steady=True)[1])
    failing = with_target(picture, "fastapi", window=window, streak=Streak(3.0, 500, "status 404"))
    for steady in (True, False):
        assert "✖ 100 % errors  status 404" in text(tables.scoreboard_rows(failing, "", 78, steady=steady)[1])


@pytest.mark.parametrize("width", [78, 160, 300])
@pytest.mark.parametrize("command", ["python3 -P " + "app.py --port 8000 " * 3, "x" * 250])
def test_a_long_command_does_not_push_the_figures_away_from_the_names(command: str, width: int) -> None:
    """Of a custom target, what serves is its command; without a terminal lines have 160 cells."""
    result = session_result(ended(with_target(snapshot(), "fastapi", server=command)))
    head, row, *others = lines(tables.result_table(result, "", width))
    assert "● fastapi" in row
    assert head.index("ok/s") <= max(tables.LONGEST, width // 4) + tables.GAP + 6
    assert all("django" in each for each in others)
    if width >= 160:
        assert "gthread 1×8" in others[0]


def test_a_table_of_targets_that_stream() -> None:
    picture = with_target(snapshot(), "fastapi", streams=True, window=STREAMED)
    head, row, *_ = lines(tables.scoreboard_rows(picture, "", 140, steady=False))
    assert head.split()[-5:] == ["tok/s", "1st", "p50", "1st", "p95"]
    assert row.split()[-4:] == ["500", "12", "ms", "·"]
    assert "tok/s" not in lines(tables.scoreboard_rows(snapshot(), "", 140, steady=False))[0]
    assert any(
        "500 tokens/s, first byte p50 12 ms" in line
        for line in target_details.detail_lines(picture.targets[0])
    )


def test_requests_beside_lanes_are_of_the_time_that_the_other_figures_are_of() -> None:
    picture = snapshot()
    first = picture.targets[0]
    steady = replace(first.steady, requests=321)
    assert first.totals.requests != 321
    drawn = lines(
        tables.scoreboard_rows(with_target(picture, first.name, steady=steady), "", 78, steady=True)
    )
    assert drawn[0].split()[-1] == "requests"
    assert drawn[1].split()[-1] == "321"


def test_the_second_table_says_why_it_has_no_figures() -> None:
    picture = snapshot()
    assert tables.scoreboard_title(picture, steady=True) == "since the last change of load"
    nothing = replace(target(0, 72).steady, seconds=0.0, requests=0)
    for name in ("fastapi", "django-wsgi", "django-asgi"):
        picture = with_target(picture, name, steady=nothing)
    assert tables.scoreboard_title(picture, steady=True) == "once the load has settled"
    _, row, *_ = lines(tables.scoreboard_rows(picture, "", 158, steady=True))
    assert row.split()[-1] == "·", "not 0 requests, while the lane beside it shows thousands a second"


@pytest.mark.parametrize("width", [58, 78])
def test_in_a_duel_the_scoreboard_shows_what_lanes_show(width: int) -> None:
    turns = {"fastapi": Turn(1.0, 4000, 0, cpu_s=0.4)}
    rounds = (Round(1, "duel", 71.0, 72.0, turns, users=10, series=1),)
    duel = DuelBegan(3.0, 1, 0, 10, ("fastapi",), in_race=True)
    picture = replace(snapshot(), rounds=rounds, duel=duel)
    head, first, second, *_ = drawn = lines(tables.scoreboard_rows(picture, "", width, steady=False))
    assert {len(line) for line in drawn} == {width}
    assert "CPU time/request" in head
    assert "p95" not in head
    assert "4.00 k" in first
    assert "0.1 ms" in first
    assert second.split()[2:4] == ["·", "·"], "nothing of it is known yet"
    assert tables.scoreboard_title(picture, steady=False) == "duel"
    assert tables.scoreboard_title(picture, steady=True) == "nothing counts in a duel"
