"""What the lobby shows of a preset."""

from dataclasses import replace

import pytest

from tests.support.fakes import PRESETS
from tests.support.row_text import lines
from tui.views import plan_summary
from tui.views.plan_summary import Changes


def test_a_plan_shows_its_question_its_figures_and_changes() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], Changes(), 54)))
    assert "Users keep coming" in shown
    assert "after a published comparison" in shown
    assert "hello · think none · race · 50 s" in shown
    changed = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], Changes(users=40, seconds=20.0), 54)))
    assert "20 s · 40 users held" in changed


def test_a_broken_preset_shows_its_error_instead() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[3], Changes(), 54)))
    assert "cannot be used" in shown
    assert "unknown key 'thnk_time'" in shown


def test_the_load_shape_ends_at_its_last_users() -> None:
    rows = lines(plan_summary.shape_rows(PRESETS[1].stages, 60, 6, "braille"))
    assert rows[0].strip().startswith("60 ")
    assert rows[0].rstrip().endswith("● 60")


@pytest.mark.parametrize(
    ("changes", "docker_answers", "said"),
    [
        (Changes(), None, "rows in SQLite files; published with MySQL"),
        (Changes(), True, "rows in SQLite files; published with MySQL: b starts it in a container"),
        (Changes(), False, "rows in SQLite files; published with MySQL, which needs Docker here"),
        (Changes(database="mysql"), True, "rows in MySQL, as published, in a container"),
        (Changes(runtime="docker"), True, ""),
    ],
)
def test_the_database_of_the_source_is_offered_where_rows_are_in_files(
    changes: Changes, docker_answers: bool | None, said: str
) -> None:
    preset = replace(PRESETS[1], published_database="mysql")
    rows = lines(plan_summary.plan_rows(preset, changes, 90, docker_answers=docker_answers))
    assert [row.strip() for row in rows if "rows in" in row] == ([said] if said else [])
