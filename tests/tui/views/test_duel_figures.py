"""What lanes show in a duel."""

from dataclasses import replace

from engine.metrics.duels import DuelBegan
from engine.metrics.rounds import Round, Turn
from tests.support.fakes import snapshot
from tui.views.duel_figures import SHOWN_ROUNDS, cpu_text, newest_of_duel


def second(number: int, ok: int, *, series: int = 1, cpu_s: float | None = 0.5) -> Round:
    turns = {"fastapi": Turn(1.0, ok, 1, cpu_s=cpu_s)}
    return Round(number, "duel", float(number), number + 1.0, turns, users=10, series=series)


def test_a_lane_shows_the_newest_seconds_of_this_duel() -> None:
    rounds = (second(1, 999_999, series=1), *(second(number, 100, series=2) for number in range(3)))
    live = replace(snapshot(), rounds=rounds, duel=DuelBegan(3.0, 2, 0, 10, ("fastapi",), in_race=True))
    shown = newest_of_duel(live, "fastapi")
    assert shown is not None
    assert (shown.seconds, shown.ok, shown.failed, shown.goodput) == (3.0, 300, 3, 100.0)
    assert shown.cpu_s_per_1000_ok == 5.0
    assert newest_of_duel(live, "django-wsgi") is None


def test_it_shows_a_window_and_no_cpu_time_that_was_not_read() -> None:
    rounds = tuple(second(number, number, cpu_s=None) for number in range(100))
    live = replace(snapshot(), rounds=rounds, duel=DuelBegan(0.0, 1, 0, 10, ("fastapi",)))
    shown = newest_of_duel(live, "fastapi")
    assert shown is not None
    assert shown.seconds == SHOWN_ROUNDS
    assert shown.cpu_s is None


def test_without_a_duel_there_is_nothing() -> None:
    assert newest_of_duel(replace(snapshot(), rounds=(second(1, 5),)), "fastapi") is None
    assert newest_of_duel(replace(snapshot(), duel=DuelBegan(0.0, 1, 0, 10, ("fastapi",))), "fastapi") is None


def test_cpu_time_is_that_of_one_request() -> None:
    assert cpu_text(Turn(1.0, 2000, 0, cpu_s=0.1274)) == "0.0637 ms"
    assert cpu_text(Turn(1.0, 2000, 0)) == "·"
    assert cpu_text(None) == "·"
