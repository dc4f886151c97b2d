"""A round in a line: what every target did in its turn, and why it does not count."""

from dataclasses import replace

from engine.metrics.rounds import Round, Turn
from tests.support.fakes import snapshot
from tests.support.recording import latencies
from tui.cli.round_text import round_lines

FAST = Turn(0.6, 600, 0, latencies(*[2000] * 600))
SLOW = Turn(0.6, 60, 3, latencies(*[20_000] * 60))
ROUND = Round(7, "turns", 2.0, 3.6, {"django-wsgi": SLOW, "fastapi": FAST}, users=4)
SHOWN = snapshot(targets=2)


def test_targets_are_in_the_order_of_the_session() -> None:
    (line,) = round_lines(ROUND, SHOWN, 120)
    assert line == "round   7 │ fastapi 1.00 k ok/s p95 2.0 ms │ django-wsgi    100 ok/s p95      · failed 3"


def test_a_narrow_terminal_gets_signs_and_more_lines() -> None:
    lines = round_lines(ROUND, SHOWN, 40)
    assert all(len(line) <= 48 for line in lines)
    assert len(lines) == 2
    assert "●" in lines[0]


def test_a_tainted_round_says_why() -> None:
    *_, last = round_lines(replace(ROUND, tainted="users were paused"), SHOWN, 120)
    assert last == "          │ does not count: users were paused"


def test_a_turn_without_figures() -> None:
    nothing = replace(ROUND, turns={"fastapi": Turn(0.0, 0, 0), "django-wsgi": FAST})
    (line,) = round_lines(nothing, SHOWN, 120)
    assert "fastapi      · ok/s" in line


def test_a_second_of_a_duel_shows_what_a_request_cost() -> None:
    turns = {"fastapi": Turn(1.0, 400, 0, cpu_s=0.1), "django-wsgi": Turn(1.0, 0, 2, cpu_s=0.5)}
    (line,) = round_lines(Round(2, "duel", 2.0, 3.0, turns), SHOWN, 120)
    assert line == (
        "round   2 │ fastapi    400 ok/s cpu 0.25 ms │ django-wsgi      0 ok/s cpu      · failed 2"
    )
