"""What sections of reports are made of."""

from engine.export.tables import label_of, target_row
from tests.support.loaded_sessions import loaded


def test_a_row_about_a_target_has_its_label_colour_and_marker() -> None:
    result = loaded(labels=("fastapi ×4", "django\nwsgi")).result
    row = target_row(result.targets[1], "12", "3")
    assert row.cells == ("django wsgi", "12", "3")
    assert (row.style, row.marker) == ("slot1", "▲")


def test_a_target_that_is_not_among_the_results_is_called_by_its_name() -> None:
    result = loaded(labels=("fastapi ×4", "")).result
    assert label_of(result, "fastapi") == "fastapi ×4"
    assert label_of(result, "gone") == "gone"
