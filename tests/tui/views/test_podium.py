"""The podium as rows."""

import pytest

from engine.answers.podium import Place, Podium
from tests.support.fakes import snapshot
from tui.views.podium import podium_rows
from tui.views.rows import width_of

PODIUM = Podium(
    "pause",
    20.0,
    (Place("django-wsgi", 4, 1), Place("fastapi", 6, 2), Place("django-asgi", None, 0)),
)


@pytest.mark.parametrize(("width", "height"), [(78, 8), (158, 12), (40, 5)])
def test_rows_fit(width: int, height: int) -> None:
    rows = podium_rows(PODIUM, snapshot(), width, height, "braille")
    assert 0 < len(rows) <= height
    assert {width_of(row) for row in rows} == {width}


def test_the_first_stands_in_the_middle_and_highest() -> None:
    rows = ["".join(span.text for span in row) for row in podium_rows(PODIUM, snapshot(), 90, 8, "braille")]
    head, *stands = rows
    assert head.strip() == "recovered from “pause”"
    named = {
        label: next(at for at, row in enumerate(stands) if label in row)
        for label in ("wsgi", "fastapi", "asgi")
    }
    assert named["wsgi"] < named["fastapi"]
    columns = {label: stands[row].index(label) for label, row in named.items()}
    assert columns["fastapi"] < columns["wsgi"] < columns["asgi"]
    assert "4 s" in stands[named["wsgi"] + 1]
    assert any("not recovered" in row for row in stands)


def test_too_little_room_has_no_podium() -> None:
    assert podium_rows(PODIUM, snapshot(), 90, 3, "braille") == ()
    assert podium_rows(PODIUM, snapshot(), 15, 9, "braille") == ()


def test_ascii() -> None:
    rows = podium_rows(PODIUM, snapshot(), 90, 8, "ascii")
    text = "".join(span.text for row in rows for span in row)
    assert "#" in text
    assert "█" not in text
