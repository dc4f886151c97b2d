"""Specifications: legends that fit, and texts that are values."""

from dataclasses import replace

from engine.export import vega
from engine.export.chart_data import RATE, Chart, Line, Point, Stop
from engine.metrics.palette import LIGHT, SURFACES_LIGHT

COLOURS = LIGHT | SURFACES_LIGHT


def chart(*labels: str) -> Chart:
    lines = tuple(
        Line(at, label, at, (Point(1, 10.0), None, Point(3, 30.0)), ("10", "", "30"), "")
        for at, label in enumerate(labels)
    )
    stops = (Stop(0.5, "00:00"), Stop(1.5, "00:01"), Stop(2.5, "00:02"))
    return Chart("goodput", "Goodput", "time", RATE, "session time", lines, stops)


def test_a_line_breaks_where_values_are_missing_and_its_target_is_a_group() -> None:
    spec = vega.chart_spec(chart("a", "b"), COLOURS)
    assert spec["data"][0]["values"][1] == {"x": None, "y": None}
    assert [mark["name"] for mark in spec["marks"]] == ["events", "target-0", "target-1"]


def test_single_measurements_are_faint_points_within_the_axis() -> None:
    plain = chart("a", "b")
    lines = (replace(plain.lines[0], single=(Point(1, 5.0), Point(1, 90.0))), plain.lines[1])
    spec = vega.chart_spec(replace(plain, lines=lines), COLOURS)
    data = {each["name"]: each["values"] for each in spec["data"]}
    assert data["single0"] == [{"x": 1, "y": 5.0}, {"x": 1, "y": 90.0}]
    assert "single1" not in data
    assert spec["scales"][1]["domain"][1] >= 90
    first, *_ = spec["marks"][1]["marks"]
    assert first["from"] == {"data": "single0"}
    assert first["encode"]["enter"]["opacity"]["value"] < 1


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
