"""The specification of a table's picture."""

from engine.export.tables import Row, Table
from engine.export.vega_table import table_spec
from engine.metrics.palette import LIGHT, SURFACES_LIGHT

COLOURS = LIGHT | SURFACES_LIGHT


def test_a_table_has_a_row_with_a_marker_for_each_target() -> None:
    table = Table(("target", "ok/s"), (Row(("fastapi", "98.3"), "slot0", "●"),))
    spec = table_spec(table, "Title", "Sentence.", COLOURS)
    texts = [mark["encode"]["enter"]["text"]["value"] for mark in spec["marks"] if mark["type"] == "text"]
    assert texts == ["Title", "Sentence.", "target", "ok/s", "●", "fastapi", "98.3"]


def test_figures_end_where_their_column_does() -> None:
    table = Table(("target", "ok/s"), (Row(("a", "9"), "slot0", "●"), Row(("b", "98.3"), "slot1", "▲")))
    marks = [
        each["encode"]["enter"]
        for each in table_spec(table, "", "", COLOURS)["marks"]
        if each["type"] == "text"
    ]
    figures = [each for each in marks if each["text"]["value"] in {"ok/s", "9", "98.3"}]
    assert [each["align"]["value"] for each in figures] == ["right"] * 3
    assert len({each["x"]["value"] for each in figures}) == 1
