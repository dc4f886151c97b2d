"""Titles, legends and tabs on a chart's border."""

from dataclasses import replace
from typing import get_args

import pytest

from engine.metrics.palette import MARKERS
from engine.metrics.snapshot import ChosenView
from engine.plan.view import ChartName
from tests.support.fakes import snapshot, with_target
from tui.views.chart_metrics import GOODPUT, HEALTH, P95
from tui.views.chart_titles import (
    Piece,
    charts_of,
    chosen_charts,
    legend,
    piece_at,
    tabs,
    title_of,
)
from tui.views.chart_view import ChartView, Ghost
from tui.views.shapes import HEAT_MAP, KNEE

LABELS = ["p50", "p95", "p99", "err", "cpu", "mem", "usr", "/health", "%ile", "heat", "knee"]


def text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def test_every_chart_of_plans_can_be_shown() -> None:
    streaming = with_target(snapshot(), "fastapi", streams=True)
    assert {each.key for each in charts_of(streaming)} == set(get_args(ChartName))


@pytest.mark.parametrize(
    ("charts", "shown"),
    [
        (("goodput", "p95"), (GOODPUT, P95)),
        (("health", "goodput"), (HEALTH, GOODPUT)),
        (("health",), (HEALTH, P95)),
        (("p95",), (P95, GOODPUT)),
        (("tokens", "knee"), (KNEE, P95)),
        (("what a later version has",), (P95, GOODPUT)),
    ],
)
def test_a_plan_chooses_the_charts_as_far_as_there_are_any(charts: tuple[str, ...], shown: object) -> None:
    assert chosen_charts(replace(snapshot(), chosen_view=ChosenView(charts))) == shown


def test_a_title_has_the_plans_caption_if_there_is_room() -> None:
    picture = replace(snapshot(), chosen_view=ChosenView(captions={"health": "is it blocked?"}))
    assert title_of(HEALTH, picture, "", ChartView(), 80) == "/health answer time · is it blocked?"
    assert title_of(HEALTH, picture, "", ChartView(), 30) == "/health answer time"
    assert title_of(P95, picture, "", ChartView(is_log=True), 80) == "p95 latency (log)"
    assert title_of(HEAT_MAP, picture, "fastapi", ChartView(), 80) == "how latencies are spread: fastapi"
    assert len(title_of(HEAT_MAP, picture, "fastapi", ChartView(), 12)) <= 12


def test_only_lines_over_time_have_another_session_behind_them() -> None:
    behind = ChartView(ghost=Ghost("20250101-hello", (), 1, {}, {}))
    assert title_of(P95, snapshot(), "", behind, 80) == "p95 latency (dotted: 20250101-hello)"
    assert "dotted" not in title_of(KNEE, snapshot(), "", behind, 80)


def test_a_legend_has_the_targets_colours_and_the_signs_of_their_lines() -> None:
    pieces = legend(snapshot(), "fastapi", "braille", 60)
    assert text(pieces) == "● fastapi  ▲ django-wsgi  ■ django-asgi"
    assert [piece.style for piece in pieces if piece.text.strip()] == ["slot0 bold", "slot1", "slot2"]
    assert text(legend(snapshot(), "", "ascii", 60)) == "* fastapi  + django-wsgi  o django-asgi"


@pytest.mark.parametrize("width", [0, 5, 20, 34, 60, 200])
@pytest.mark.parametrize("targets", [0, 1, 3, 7])
def test_a_legend_fits_and_keeps_its_signs(width: int, targets: int) -> None:
    made = text(legend(snapshot(targets=targets), "", "braille", width))
    assert len(made) <= width
    if width >= 60:
        assert all(sign in made for sign in MARKERS[:targets])


@pytest.mark.parametrize("active", range(len(LABELS)))
@pytest.mark.parametrize("width", [8, 20, 34, 60])
def test_the_active_tab_is_always_there_and_arrows_lead_to_the_others(active: int, width: int) -> None:
    pieces = tabs(LABELS, active, width)
    assert len(text(pieces)) <= max(width, len(LABELS[active]) + 4)
    assert [piece.text for piece in pieces if "reverse" in piece.style] == [LABELS[active]]
    chosen = [piece.chooses for piece in pieces if piece.chooses is not None]
    assert chosen == list(range(chosen[0], chosen[-1] + 1)), "an arrow leads to the nearest that is missing"
    assert (pieces[0].text == "‹") == (LABELS[0] not in text(pieces).split())
    assert (pieces[-1].text == "›") == (LABELS[-1] not in text(pieces).split())


def test_what_is_under_a_column() -> None:
    pieces = tabs(LABELS, 1, 60)
    assert piece_at(pieces, 0) == pieces[0]
    found = piece_at(pieces, text(pieces).index("/health") + 2)
    assert found is not None
    assert found.chooses == LABELS.index("/health")
    gap = piece_at(pieces, 3)
    assert gap is not None
    assert gap.chooses is None
    assert piece_at(pieces, 200) is None
    assert piece_at(pieces, -1) is None
