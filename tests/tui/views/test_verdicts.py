"""Verdicts as rows, while rounds go on and among the results."""

import math
from dataclasses import replace

import pytest

from engine.answers.verdicts.verdict import verdicts
from engine.metrics.duels import DuelBegan
from engine.metrics.noise_floor import NoiseFloor
from tests.engine.answers.verdicts.judged import ALIKE, FAST, OTHER, result_with
from tests.support.fakes import snapshot
from tests.support.made_rounds import MadeTarget, duels, turns
from tests.support.row_text import lines
from tui.views.verdicts import DUEL_SHOWN_S, interval_plot, is_judged, live_rows, verdict_rows

SLOTS = {"django-wsgi": 1, "fastapi": 0, "django-asgi": 2}
FLOOR = NoiseFloor("2026-11-29T12:00:00+00:00", {f"turns.{name}": 0.01 for name in ("goodput", "cpu")})


@pytest.mark.parametrize(
    ("ratio", "interval", "plot"),
    [
        (1.0, (0.5, 2.0), "├───●───┤"),
        (2.0, (1.0, 4.0), "    ├─●─┤"),
        (1.0, (1.0, 1.0), "    ●    "),
        (1 / 3, (1 / 4, 1 / 2), "├●┤ ┊    "),
        (1.6, (0.7, 3.9), "   ├┼●──┤"),
    ],
)
def test_an_interval_is_drawn_on_a_logarithmic_scale(
    ratio: float, interval: tuple[float, float], plot: str
) -> None:
    reach = math.log(2.0 if interval == (0.5, 2.0) else 4.0)
    assert interval_plot(ratio, interval, reach, 9) == plot


def test_the_place_of_1_is_marked_in_an_interval_that_holds_it() -> None:
    assert interval_plot(1.5, (0.8, 2.0), math.log(2), 21)[10] == "┼"
    assert interval_plot(1.5, (1.2, 2.0), math.log(2), 21)[10] == "┊"


@pytest.mark.parametrize("width", [78, 120, 160])
def test_results_have_a_row_for_each_metric_and_what_it_rests_on(width: int) -> None:
    found = verdicts(result_with(turns(FAST, 20)))
    shown = lines(verdict_rows(found, SLOTS, width, None))
    assert shown[0] == " ● fastapi against ▲ django-wsgi · 20 rounds"
    assert [row.split()[0] for row in shown[1:7]] == ["goodput", "p50", "p95", "p99", "CPU", "memory"]
    assert "▲ faster" in shown[1]
    assert "= equivalent within ±1 %" in shown[6]
    assert "noise floor is not known" in " ".join(shown[7:])
    assert max(map(len, shown)) <= width


@pytest.mark.parametrize(("width", "height"), [(38, 8), (78, 20), (30, 3)])
def test_live_rows_fill_the_panel_and_no_more(width: int, height: int) -> None:
    found = verdicts(result_with(turns(FAST, 20)))
    rows = lines(live_rows(found, SLOTS, OTHER, width, height))
    assert len(rows) == min(height, 7)
    assert {len(row) for row in rows} == {width}
    assert rows[1].startswith(" goodput")


def test_the_selected_target_comes_first_where_not_all_fit() -> None:
    three = {name: MadeTarget() for name in SLOTS}
    found = verdicts(result_with(turns(three, 20)))
    rows = lines(live_rows(found, SLOTS, "django-asgi", 60, 8))
    assert rows[0].startswith(" ■ django-asgi against ▲ django-wsgi")
    assert len([row for row in rows if "against" in row]) == 1
    assert len([row for row in lines(live_rows(found, SLOTS, "", 60, 20)) if "against" in row]) == 2


def test_before_there_are_enough_rounds_it_says_how_many_there_are() -> None:
    found = verdicts(result_with(turns(ALIKE, 4)))
    rows = lines(live_rows(found, SLOTS, OTHER, 60, 8))
    assert rows[0].startswith(" ● fastapi against ▲ django-wsgi · 4 rounds")
    assert rows[1].strip() == "goodput  ? 1.01× so far, at least 6 more rounds"
    none_yet = verdicts(result_with(turns(ALIKE, 1)))
    rows = lines(live_rows(none_yet, SLOTS, OTHER, 60, 8))
    assert [row.strip() for row in rows[1:]] == ["? undecided, at least 9 more rounds"]


def test_a_narrow_panel_leaves_out_what_its_border_says() -> None:
    found = verdicts(result_with(turns(ALIKE, 4)))
    rows = [row.rstrip() for row in lines(live_rows(found, SLOTS, OTHER, 36, 8))]
    assert rows[0] == " ● fastapi against ▲ django-wsgi"
    assert rows[1] == " goodput  ? 1.01× so far"


def test_what_a_duel_does_not_show_is_said_once() -> None:
    found = verdicts(result_with(duels(FAST, 60)))
    rows = lines(live_rows(found, SLOTS, OTHER, 70, 8))
    assert " ".join(" ".join(rows).split()).count("share one core") == 1
    assert [row.split()[0] for row in rows[1:3]] == ["CPU", "memory"]


def test_a_narrow_panel_keeps_the_sign_of_the_outcome() -> None:
    found = verdicts(result_with(turns(FAST, 20)))
    rows = lines(live_rows(found, SLOTS, OTHER, 38, 8))
    assert rows[1].rstrip().endswith("▲")
    assert "[" in rows[1]


def test_no_verdicts_have_no_rows() -> None:
    assert verdict_rows((), SLOTS, 80, None) == []
    assert live_rows((), SLOTS, "", 40, 8) == ()


def test_hostile_labels_stay_in_their_row() -> None:
    odd = [replace(each, target_label="a\x1b[31m\nb") for each in verdicts(result_with(turns(FAST, 20)))]
    shown = lines(verdict_rows(odd, SLOTS, 80, FLOOR))
    assert not [row for row in shown if "\n" in row or "\x1b" in row]


def test_verdicts_are_shown_while_rounds_go_on_and_a_while_after_a_duel_of_a_race() -> None:
    rounds = tuple(duels({OTHER: MadeTarget(), "fastapi": MadeTarget()}, 20))
    over_s = rounds[-1].to_s
    race = replace(snapshot(), rounds=rounds, now_s=over_s + 1)
    on = DuelBegan(1.0, 1, 0, 10, (OTHER, "fastapi"), in_race=True)
    assert not is_judged(replace(race, rounds=()))
    assert is_judged(race)
    assert is_judged(replace(race, now_s=over_s + DUEL_SHOWN_S + 1, duel=on))
    assert not is_judged(replace(race, now_s=over_s + DUEL_SHOWN_S + 1))
    assert is_judged(replace(race, now_s=over_s + DUEL_SHOWN_S + 1, schedule="turns"))
    assert not is_judged(replace(race, phase="ended"))
