"""The load shape in one row."""

from dataclasses import replace

import pytest

from engine.metrics.snapshot import ShapePosition, Snapshot
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.next_stage import next_stage
from tests.support.fakes import snapshot
from tui.views.load_shape import has_shape, moved_by_s, next_text, shape_cells, shape_row
from tui.views.rows import width_of

HOLDS = (Stage(20, 0.0), Stage(20, 20.0), Stage(300, 0.0), Stage(300, 20.0), Stage(20, 0.0), Stage(20, 20.0))


def at(shape_s: float, stages: tuple[Stage, ...] = HOLDS, **fields: object) -> Snapshot:
    shape = ShapePosition(stages, shape_s, 0.0, next_stage(Steering(stages, 0.0), shape_s))
    values: dict[str, object] = {"shape": shape, "length_s": 60.0}
    return replace(snapshot(), **values | fields)  # type: ignore[arg-type]


def text(picture: Snapshot, cells: int = 30) -> str:
    return "".join(span.text for span in shape_cells(picture, cells))


def test_it_has_the_heights_of_the_stages_and_a_mark_where_it_is() -> None:
    assert text(at(0.0)) == "┃" + "▁" * 9 + "█" * 10 + "▁" * 10
    assert text(at(30.0)).index("┃") == 15
    assert text(at(60.0)).index("┃") == 29


def test_what_is_past_and_what_comes_next_differ_in_style() -> None:
    styles = [span.style for span in shape_cells(at(8.0), 30)]
    assert styles[:4] == ["accent"] * 4
    assert styles[10] == "warn bold", "the next stage begins there"
    assert styles[11:] == ["faint"] * 19


def test_without_a_number_of_seconds_there_is_always_room_after_the_mark() -> None:
    assert text(at(500.0, length_s=None)).index("┃") < 29


@pytest.mark.parametrize("width", [10, 60, 100, 200])
def test_the_row_fits(width: int) -> None:
    assert width_of(shape_row(at(30.0), width)) == width
    assert width_of(shape_row(replace(snapshot(), shape=None), width)) == width


def test_what_comes_next_in_words() -> None:
    assert next_text(at(8.0)) == "next: 300 users in 0:12"
    assert next_text(at(8.0, model="open")) == "next: 300 arrivals/s in 0:12"
    assert next_text(at(50.0)) == "last stage"
    one = (Stage(5, 0.0), Stage(5, 20.0), Stage(1, 0.0), Stage(1, 20.0))
    assert next_text(at(8.0, one)) == "next: 1 user in 0:12"
    ends = (Stage(5, 0.0), Stage(5, 20.0), Stage(0, 0.0))
    assert next_text(at(8.0, ends)) == "load ends in 0:12"
    held = replace(at(8.0), shape=ShapePosition(HOLDS, 8.0, 0.0, None))
    assert next_text(held) == "stages wait"
    assert next_text(replace(at(8.0), phase="ended")) == ""


def test_a_click_moves_the_next_stage_there_but_not_into_the_past() -> None:
    picture = at(10.0)
    assert moved_by_s(picture, 1 + 15, 32) == pytest.approx(11.0)
    assert moved_by_s(picture, 1 + 6, 32) == pytest.approx(-7.0)
    assert moved_by_s(picture, 1 + 2, 32) == pytest.approx(-10.0), "now"
    assert moved_by_s(picture, 0, 32) is None
    assert moved_by_s(picture, 31, 32) is None
    assert moved_by_s(at(50.0), 12, 32) is None, "no stage follows"


def test_only_load_that_changes_while_it_runs_has_a_row() -> None:
    assert has_shape(at(8.0))
    assert not has_shape(at(8.0, (Stage(5, 0.0), Stage(5, 20.0))))
    assert not has_shape(replace(at(8.0), phase="ended"))
    assert not has_shape(replace(snapshot(), shape=None))


def test_ascii() -> None:
    drawn = "".join(span.text for span in shape_cells(at(30.0), 30, "ascii"))
    assert drawn.isascii()
    assert len(drawn) == 30
