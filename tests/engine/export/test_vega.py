"""Specifications: axes with round numbers, legends that fit, and texts that are values."""

import pytest

from engine.export import vega
from engine.export.charts import COARSE_PERCENT, MEMORY, RATE, TIME, USERS, Chart, Line, Point, Stop, Unit
from engine.export.sections import Row, Table
from engine.metrics.palette import LIGHT, SURFACES_LIGHT

COLOURS = LIGHT | SURFACES_LIGHT


def chart(*labels: str) -> Chart:
    lines = tuple(
        Line(at, label, at, (Point(1, 10.0), None, Point(3, 30.0)), ("10", "", "30"), "")
        for at, label in enumerate(labels)
    )
    stops = (Stop(0.5, "00:00"), Stop(1.5, "00:01"), Stop(2.5, "00:02"))
    return Chart("goodput", "Goodput", "time", RATE, "session time", lines, stops)


def test_value_axes_begin_at_zero_and_end_above_the_peak() -> None:
    assert vega.value_ticks(0) == [0.0, 1.0]
    assert vega.value_ticks(97) == [0, 20, 40, 60, 80, 100]
    assert vega.value_ticks(0.3) == [0.0, 0.1, 0.2, 0.3]
    assert vega.value_ticks(1_190) == [0, 250, 500, 750, 1000, 1250]


@pytest.mark.parametrize(
    ("unit", "peak", "labels"),
    [
        (TIME, 0.18, ["0.0 ms", "0.1 ms", "0.2 ms"]),
        (TIME, 1.2, ["0.0 ms", "0.5 ms", "1.0 ms", "1.5 ms"]),
        (TIME, 2_300, ["0.0 ms", "500 ms", "1.00 s", "1.50 s", "2.00 s", "2.50 s"]),
        (USERS, 2, ["0", "1", "2"]),
        (USERS, 11, ["0", "5", "10", "15"]),
        (COARSE_PERCENT, 0.9, ["0 %", "1 %"]),
        (MEMORY, 1_100, ["0 MB", "250 MB", "500 MB", "750 MB", "1.00 GB", "1.25 GB"]),
    ],
)
def test_labels_of_an_axis_are_neither_rounded_nor_repeated(
    unit: Unit, peak: float, labels: list[str]
) -> None:
    assert [unit.text(tick) for tick in vega.value_ticks(peak, unit.text)] == labels


def test_time_axes_have_round_times() -> None:
    assert vega.time_ticks(64) == [0, 10, 20, 30, 40, 50, 60]
    assert vega.time_ticks(3600)[:3] == [0, 600, 1200]
    assert vega.time_ticks(36_000)[:2] == [0, 7200]


def test_logarithmic_axes_have_whole_decades() -> None:
    assert vega.decades(1, 10) == [1, 10]
    assert vega.decades(0.3, 2_000) == [0.1, 1, 10, 100, 1000, 10_000]
    assert vega.decades(100, 100) == [100, 1000]


def test_a_line_breaks_where_values_are_missing_and_its_target_is_a_group() -> None:
    spec = vega.chart_spec(chart("a", "b"), COLOURS)
    assert spec["data"][0]["values"][1] == {"x": None, "y": None}
    assert [mark["name"] for mark in spec["marks"]] == ["events", "target-0", "target-1"]


def test_each_target_has_its_own_colour_and_its_own_shape() -> None:
    spec = vega.chart_spec(chart(*"abcdef"), COLOURS)
    symbols = [group["marks"][1]["encode"]["enter"] for group in spec["marks"][1:]]
    assert len({each["shape"]["value"] for each in symbols}) == 6
    assert [each["fill"]["value"] for each in symbols] == [LIGHT[f"slot{slot}"] for slot in range(6)]


def test_a_page_has_variables_for_colours() -> None:
    assert vega.page_colours(["slot0"]) == {"slot0": "var(--slot0)"}


def test_a_legend_takes_as_many_rows_as_it_needs() -> None:
    assert [[label for _, label in row] for row in vega.legend_rows(["a" * 30, "b" * 40, "c"])] == [
        ["a" * 30],
        ["b" * 40, "c"],
    ]
    assert vega.legend_rows(["x" * 500, "y"]) == [[(0.0, "x" * 500)], [(0.0, "y")]]


def test_texts_of_a_session_are_values_and_never_expressions() -> None:
    hostile = "'] + alert(1) //"
    spec = vega.picture_spec(chart(hostile), hostile, COLOURS)
    texts = [each["encode"]["enter"]["text"] for each in spec["marks"] if each["type"] == "text"]
    assert {"value": hostile} in texts
    assert all(list(each) == ["value"] for each in texts)


def test_a_table_has_a_row_with_a_marker_for_each_target() -> None:
    table = Table(("target", "ok/s"), (Row(("fastapi", "98.3"), "slot0", "●"),))
    spec = vega.table_spec(table, "Title", "Sentence.", COLOURS)
    texts = [mark["encode"]["enter"]["text"]["value"] for mark in spec["marks"] if mark["type"] == "text"]
    assert texts == ["Title", "Sentence.", "target", "ok/s", "●", "fastapi", "98.3"]
