"""What the lobby shows of a preset."""

from dataclasses import replace

import pytest

from engine.protocol.load_shape import Stage
from tests.support.fakes import PRESETS
from tests.support.row_text import lines
from tui.session_api import PlannedEvent
from tui.views import plan_summary
from tui.views.plan_summary import Changes


def test_a_plan_shows_its_question_its_figures_and_changes() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], Changes(), 54)))
    assert "Users keep coming" in shown
    assert "after a published comparison" in shown
    assert "hello · think none · race · 50 s" in shown
    planned = replace(PRESETS[1], length_s=20.0)
    changed = "\n".join(lines(plan_summary.plan_rows(planned, Changes(users=40, seconds=20.0), 54)))
    assert "20 s · 40 users held" in changed


def test_a_broken_preset_shows_its_error_instead() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[3], Changes(), 54)))
    assert "cannot be used" in shown
    assert "unknown key 'thnk_time'" in shown


def test_the_load_shape_ends_at_its_last_users() -> None:
    rows = lines(plan_summary.shape_rows(PRESETS[1], 60, 6, "braille"))
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


KILLS = (PlannedEvent(10.0, "kill-worker"), PlannedEvent(30.0, "pause for 3 s", "fastapi ×4"))


def test_faults_are_named_above_their_marks() -> None:
    preset = replace(PRESETS[1], faults=KILLS)
    names, *chart = lines(plan_summary.shape_rows(preset, 90, 12, "braille"))
    assert "kill-worker" in names
    assert "pause for 3 s fast" in names
    assert sum(row.count("┆") for row in chart) >= 16
    assert {len(row) for row in (names, *chart)} == {90}


def test_a_low_shape_has_marks_without_names() -> None:
    preset = replace(PRESETS[1], faults=KILLS)
    rows = lines(plan_summary.shape_rows(preset, 70, 4, "braille"))
    assert len(rows) == 4
    assert "kill" not in "".join(rows)


def test_solo_turns_lie_one_after_another_each_in_its_targets_colour() -> None:
    preset = replace(PRESETS[1], turns=2, gap_s=2.0)
    rows = plan_summary.shape_rows(preset, 80, 8, "braille")
    styles = [[span.style for span in row if span.style.startswith("slot")] for row in rows]
    assert all(set(row) <= {"slot0", "slot0 bold", "slot1", "slot1 bold"} for row in styles)
    first = [row for row in rows if any(span.style == "slot0" for span in row)]
    assert first
    for row in rows:
        at: dict[str, list[int]] = {}
        column = 0
        for span in row:
            at.setdefault(span.style, []).append(column)
            column += len(span.text)
        if "slot0" in at and "slot1" in at:
            assert max(at["slot0"]) < min(at["slot1"])
    legend = "".join(span.text for span in plan_summary.turns_legend(preset))
    assert legend == "one after another: ● fastapi → ▲ django-wsgi"
    assert plan_summary.turns_legend(PRESETS[1]) == ()


def test_a_day_of_load_is_drawn_in_steps() -> None:
    preset = replace(PRESETS[1], stages=(Stage(5, 0.0), Stage(5, 86_000.0)))
    rows = lines(plan_summary.shape_rows(preset, 80, 8, "braille"))
    assert "h" in rows[-1] or ":00" in rows[-1]
    assert rows[0].rstrip().endswith("● 5")


def test_the_course_tells_stages_and_faults_in_order_and_what_is_left_out() -> None:
    steps = tuple(
        PlannedEvent(at * 10.0, f"hold {at} users", say="watch" if at == 1 else "") for at in range(4)
    )
    preset = replace(PRESETS[1], course=steps, faults=KILLS)
    rows = [row.split() for row in lines(plan_summary.course_rows(preset, 70, 10))]
    assert [row[0] for row in rows] == ["00:00", "00:10", "00:10", "00:20", "00:30", "00:30"]
    assert rows[1][1:] == ["hold", "1", "users", "“watch”"]
    assert rows[2][1:] == ["kill-worker"]
    assert lines(plan_summary.course_rows(preset, 70, 3))[-1].strip() == "… and 4 more"


def test_captions_go_on_below_where_they_began() -> None:
    steps = (
        PlannedEvent(0.0, "hold 1 users", say="one two three four five six"),
        PlannedEvent(9.0, "hold 2 users"),
    )
    rows = [row.rstrip() for row in lines(plan_summary.course_rows(replace(PRESETS[1], course=steps), 40, 9))]
    assert [row[24:] for row in rows] == ["“one two three", "four five six”", ""]
    assert [row[:24].split() for row in rows] == [
        ["00:00", "hold", "1", "users"],
        [],
        ["00:09", "hold", "2", "users"],
    ]


def test_a_course_without_captions_has_columns_where_there_is_room() -> None:
    preset = replace(PRESETS[1], course=tuple(PlannedEvent(at * 10.0, f"hold {at} users") for at in range(5)))
    rows = [row.split() for row in lines(plan_summary.course_rows(preset, 100, 10))]
    assert [[word for word in row if ":" in word] for row in rows] == [
        ["00:00", "00:30"],
        ["00:10", "00:40"],
        ["00:20"],
    ]
    assert lines(plan_summary.course_rows(preset, 100, 2))[-1].strip() == "… and 3 more"


def test_notes_are_indented_where_they_go_on() -> None:
    rows = lines(plan_summary.note_rows(["one two three four", "five"], 14))
    assert [row.rstrip() for row in rows] == [" · one two", "   three four", " · five"]
