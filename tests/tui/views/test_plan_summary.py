"""What the lobby shows of a preset."""

from tests.support.fakes import PRESETS
from tests.support.row_text import lines
from tui.views import plan_summary


def test_a_plan_shows_its_question_its_figures_and_changes() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], None, None, 54)))
    assert "Users keep coming" in shown
    assert "after a published comparison" in shown
    assert "hello · think none · race · 50 s" in shown
    changed = "\n".join(lines(plan_summary.plan_rows(PRESETS[1], 40, 20.0, 54)))
    assert "20 s · 40 users held" in changed


def test_a_broken_preset_shows_its_error_instead() -> None:
    shown = "\n".join(lines(plan_summary.plan_rows(PRESETS[3], None, None, 54)))
    assert "cannot be used" in shown
    assert "unknown key 'thnk_time'" in shown


def test_the_load_shape_ends_at_its_last_users() -> None:
    rows = lines(plan_summary.shape_rows(PRESETS[1].stages, 60, 6, "braille"))
    assert rows[0].strip().startswith("60 ")
    assert rows[0].rstrip().endswith("● 60")
