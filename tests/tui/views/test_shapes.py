"""Shapes of latency, as rows."""

from dataclasses import replace

import pytest

from engine.metrics.latency_bins import binned
from engine.metrics.palette import marker
from engine.metrics.target_snapshot import Signals
from engine.protocol.histogram import Histogram
from tests.support.fakes import snapshot, with_target
from tests.support.row_text import lines, text
from tui.views.chart_view import ChartView
from tui.views.plot import Frame
from tui.views.plot_body import LABEL_WIDTH
from tui.views.raster import Mode
from tui.views.rows import width_of
from tui.views.shapes import HEAT, HEAT_MAP, KNEE, NOTHING_YET, SHAPES, SPECTRUM, Shape

FRAME = Frame(78, 14)


def rows(shape: Shape, second: int = 72, view: ChartView | None = None, frame: Frame = FRAME) -> list[str]:
    return lines(shape.draw(snapshot(second), "fastapi", view or ChartView(), frame).rows)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.key)
@pytest.mark.parametrize("size", [(12, 2), (38, 8), (78, 17), (190, 40)])
@pytest.mark.parametrize("mode", ["braille", "block", "ascii"])
@pytest.mark.parametrize("second", [0, 1, 72])
def test_every_row_is_exactly_as_wide_as_the_chart(
    shape: Shape, size: tuple[int, int], mode: Mode, second: int
) -> None:
    frame = Frame(*size, mode)
    made = shape.draw(snapshot(second), "fastapi", ChartView(), frame).rows
    assert len(made) == size[1]
    assert {width_of(row) for row in made} == {size[0]}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.key)
def test_a_session_without_an_answer_says_so(shape: Shape) -> None:
    picture = snapshot(0)
    for target in picture.targets:
        picture = with_target(picture, target.name, spectrum=(), whole_spectrum=())
    shown = "\n".join(lines(shape.draw(picture, "fastapi", ChartView(), FRAME).rows))
    assert NOTHING_YET in shown


def test_percentiles_of_all_targets_are_on_one_axis() -> None:
    shown = rows(SPECTRUM)
    assert shown[-1].split() == ["p50", "p90", "p99", "p99.9"]
    assert sorted(row[69:].split()[0] for row in shown[:-1] if row[69:].strip()) == ["■", "▲", "●"]
    assert any(row.startswith("     0 ") for row in shown)
    assert not any(row.startswith("     0 ") for row in rows(SPECTRUM, view=ChartView(is_log=True)))


def test_percentiles_are_of_the_whole_run_once_it_has_ended() -> None:
    picture = with_target(snapshot(), "fastapi", whole_spectrum=((0.5, 7777.0),))
    before = lines(SPECTRUM.draw(picture, "fastapi", ChartView(), FRAME).rows)
    after = lines(SPECTRUM.draw(replace(picture, phase="ended"), "fastapi", ChartView(), FRAME).rows)
    assert not any("7.78 s" in row for row in before)
    assert any("7.78 s" in row for row in after)


def test_each_nine_has_the_same_room() -> None:
    below = rows(SPECTRUM)[-1]
    starts = [below.index(word) + len(word.strip()) // 2 for word in ("p90", "p99 ", "p99.9")]
    assert abs((starts[1] - starts[0]) - (starts[2] - starts[1])) <= 2


def test_the_knee_shows_goodput_against_latency() -> None:
    """Twice as many users bring twice the goodput, until only the latency grows."""
    picture = snapshot(60, targets=1)
    users = tuple(float(1 + second // 10) for second in range(60))
    goodput = tuple(min(count * 100.0, 300.0) for count in users)
    p95 = tuple(10.0 if count <= 3 else 10.0 * count for count in users)
    series = replace(picture.targets[0].series, users=users, goodput=goodput, p95_ms=p95)
    picture = with_target(picture, "fastapi", series=series)
    shown = lines(KNEE.draw(picture, "fastapi", ChartView(), Frame(60, 12, "ascii")).rows)
    body = [row[LABEL_WIDTH:51] for row in shown[:-1]]
    assert shown[-1].split()[0] == "0"
    assert shown[-1].split()[-1].endswith("/s")
    columns = [at for row in body[:5] for at, sign in enumerate(row) if sign == "*"]
    assert len(set(columns)) == 1, "at the end the line goes straight up"
    assert body[-2].count("*") + body[-1].count("*") > 15, "at first it goes to the right"


@pytest.mark.parametrize("overlays", [True, False])
def test_the_knee_has_every_turn_whether_they_are_overlaid_or_in_order(overlays: bool) -> None:
    picture = replace(snapshot(60), schedule="solo")
    for at, each in enumerate(picture.targets):
        began, own = 20 * at, range(20 * at, 20 * at + 20)
        goodput = tuple(100.0 * (at + 1) if second in own else None for second in range(60))
        series = replace(each.series, goodput=goodput, p95_ms=(10.0 * (at + 1),) * 60)
        picture = with_target(picture, each.name, series=series, turn_began_s=float(began))
    view = ChartView(span_s=30, overlays_turns=overlays)
    drawn = KNEE.draw(picture, "fastapi", view, Frame(60, 12)).rows
    signs = "".join(lines(drawn))
    assert all(marker(each.slot) in signs for each in picture.targets)


def test_the_heat_map_is_darkest_where_most_requests_are() -> None:
    histogram = Histogram()
    for value_us in [10_000] * 90 + [160_000] * 6:
        histogram.record(value_us)
    picture = snapshot(60, targets=1)
    signals = Signals(latencies=(binned(histogram),) * 60)
    picture = with_target(picture, "fastapi", signals=signals)
    drawn = HEAT_MAP.draw(picture, "fastapi", ChartView(), Frame(60, 14, "ascii"))
    body = [text(row)[LABEL_WIDTH:51] for row in drawn.rows[:-1]]
    dark = [at for at, row in enumerate(body) if HEAT["ascii"][3] in row]
    light = [at for at, row in enumerate(body) if HEAT["ascii"][1] in row]
    assert max(light) < min(dark), "the slow ones are above"
    assert all(row.strip() == "" for row in body[max(light) + 1 : min(dark)]), "and nothing between"
    beside = [text(row)[:LABEL_WIDTH].strip() for row in drawn.rows[:-1]]
    assert [label for label in beside if label] == ["100 ms", "50 ms", "20 ms", "10 ms"]
    assert drawn.plot is not None
    assert drawn.plot.last_s == 60.0


def test_the_heat_map_has_holes_where_nothing_was_answered() -> None:
    picture = snapshot(60, targets=1)
    silent = (
        picture.targets[0].signals.latencies[:20] + (None,) * 20 + picture.targets[0].signals.latencies[40:]
    )
    picture = with_target(picture, "fastapi", signals=replace(picture.targets[0].signals, latencies=silent))
    drawn = lines(HEAT_MAP.draw(picture, "fastapi", ChartView(), Frame(69, 14)).rows)
    across = 69 - LABEL_WIDTH - 9
    columns = [any(row[LABEL_WIDTH + at] != " " for row in drawn[:-1]) for at in range(across)]
    third = across // 3
    assert all(columns[: third - 1])
    assert not any(columns[third + 1 : 2 * third - 1])
    assert all(columns[2 * third + 2 :])


def test_the_heat_map_is_empty_below_the_fastest_of_each_moment() -> None:
    picture = snapshot(60, targets=1)
    quick, slow = Histogram(), Histogram()
    quick.record(5_000)
    slow.record(900_000)
    halves = (binned(quick),) * 30 + (binned(slow),) * 30
    picture = with_target(picture, "fastapi", signals=Signals(latencies=halves))
    drawn = HEAT_MAP.draw(picture, "fastapi", ChartView(), Frame(69, 30, "ascii"))
    body = [text(row)[LABEL_WIDTH:60] for row in drawn.rows[:-1]]
    filled = [[at for at, row in enumerate(body) if row[column] != " "] for column in (5, 45)]
    assert all(1 <= len(rows) <= 2 for rows in filled)
    assert max(filled[1]) < 3
    assert min(filled[0]) > 25


def test_the_heat_map_follows_the_zoom() -> None:
    drawn = HEAT_MAP.draw(snapshot(72), "fastapi", ChartView(zoom=(10.0, 20.0)), FRAME)
    assert drawn.plot is not None
    assert (drawn.plot.first_s, drawn.plot.last_s) == (10.0, 20.0)
