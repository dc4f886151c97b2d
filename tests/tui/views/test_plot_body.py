"""The body of a chart."""

import pytest

from tests.support.row_text import text
from tui.views.plot_body import LABEL_WIDTH, body_rows
from tui.views.raster import GHOST, Canvas, Mode
from tui.views.rows import width_of


def canvas(mode: Mode = "ascii") -> Canvas:
    """Two lines and a ghost, in twelve columns and three rows."""
    made = Canvas(12, 3, mode)
    across, up = made.cell_dots
    made.dotted([(11 * across, 0)], GHOST + 1)
    made.line([(2 * across, 0), (3 * across, 0)], 0)
    made.line([(6 * across, up), (7 * across, up)], 1)
    return made


def test_labels_grid_lines_marks_and_signs_have_their_places() -> None:
    rows = body_rows(canvas(), {0: "5 k", 2: "0"}, {}, {(1, 7): 1}, frozenset({4, 6, 40}))
    assert [text(row)[LABEL_WIDTH:] for row in rows] == [
        "....:.:.....",
        "    : ++    ",
        "  **: :    '",
    ]
    assert [text(row)[:LABEL_WIDTH].strip() for row in rows] == ["5 k", "", "0"]
    assert {width_of(row) for row in rows} == {LABEL_WIDTH + 12}


def test_a_mark_does_not_cover_a_line_and_a_sign_covers_all() -> None:
    (_, row, _) = body_rows(canvas(), {}, {}, {(1, 6): 3}, frozenset({6, 7}))
    assert text(row)[LABEL_WIDTH:] == "      #+    "
    assert [(span.text, span.style) for span in row[1:]] == [
        ("      ", "faint"),
        ("#", "slot3 bold"),
        ("+    ", "slot1"),
    ]


@pytest.mark.parametrize("mode", ["braille", "block", "ascii"])
def test_blank_cells_are_joined_to_what_is_before_them(mode: Mode) -> None:
    (_, _, row) = body_rows(canvas(mode), {}, {}, {})
    assert [span.style for span in row[1:]] == ["faint", "slot0", "slot1"], "a ghost has its target's colour"
    assert sum(len(span.text) for span in row[1:]) == 12


def test_a_grid_line_keeps_its_colour_between_lines() -> None:
    (_, row, _) = body_rows(canvas(), {1: "2"}, {}, {})
    assert [(span.text, span.style) for span in row[1:]] == [
        ("......", "faint"),
        ("++", "slot1"),
        ("....", "faint"),
    ]
