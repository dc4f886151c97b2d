"""The figures in big letters."""

from dataclasses import replace
from typing import get_args

import pytest

from engine.metrics.duels import DuelBegan
from engine.metrics.rounds import Round, Turn
from engine.metrics.snapshot import ChosenView
from engine.plan.view import Figure
from tests.support.fakes import snapshot, with_target
from tui.views.headlines import BY_NAME, HEADLINES, headlines_of


def test_every_headline_that_a_plan_may_choose_has_a_figure() -> None:
    assert set(BY_NAME) == set(get_args(Figure))
    target = snapshot().targets[0]
    texts = {name: headline.text(target, target.window) for name, headline in BY_NAME.items()}
    assert texts["p50"] == "2.1 ms"
    assert texts["errors"] == "0.00 %"
    assert texts["cpu"] == "88 %"
    assert texts["memory"] == "68 MB"
    assert texts["first_byte"] == "·"


@pytest.mark.parametrize(
    ("headline", "labels"),
    [
        ("", ["ok/s", "p95"]),
        ("health", ["/health", "ok/s"]),
        ("goodput", ["ok/s", "p95"]),
        ("new", ["ok/s", "p95"]),
    ],
)
def test_goodput_is_beside_the_headline_of_the_plan(headline: str, labels: list[str]) -> None:
    picture = replace(snapshot(), chosen_view=ChosenView(headline=headline))
    assert [each.label for each in headlines_of(picture)] == labels


def test_health_that_has_not_answered_takes_as_long_as_it_has_waited() -> None:
    picture = with_target(snapshot(), "fastapi", health_probe={"latency_ms": 3.0, "waiting_ms": 4200.0})
    target = picture.targets[0]
    assert BY_NAME["health"].text(target, target.window) == "4.2 s"


def test_the_default_is_goodput_and_p95() -> None:
    target = snapshot().targets[0]
    assert [each.text(target, target.window) for each in HEADLINES] == ["4.22 k", "4.3 ms"]


def test_in_a_duel_they_are_of_the_duel() -> None:
    turn = Turn(1.0, 2000, 0, cpu_s=0.5)
    picture = replace(
        snapshot(),
        rounds=(Round(1, "duel", 3.0, 4.0, {"fastapi": turn}, users=10),),
        duel=DuelBegan(3.0, 1, 0, 10, ("fastapi",), in_race=True),
        chosen_view=ChosenView(headline="health"),
    )
    fastapi, other, _ = picture.targets
    shown = headlines_of(picture)
    assert [each.label for each in shown] == ["CPU time for each request", "ok/s"]
    assert [each.text(fastapi, fastapi.window) for each in shown] == ["0.25 ms", "2 k"]
    assert [each.text(other, other.window) for each in shown] == ["·", "·"]
    assert [each.label for each in headlines_of(replace(picture, phase="ended"))] == ["/health", "ok/s"]
