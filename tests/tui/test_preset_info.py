"""Presets and plans as the lobby shows them."""

from pathlib import Path

import pytest

import presets
from tui.preset_info import plan_info, preset_info


@pytest.mark.parametrize("name", presets.names())
def test_the_rows_of_a_preset_are_its_plan(name: str) -> None:
    plan, rows = presets.load(name), preset_info(name).targets
    chosen = plan.changed(targets=tuple(row.text for row in rows))
    assert chosen == plan.model_copy(update={"sweep": {}})
    assert [row.name for row in rows] == [choice.name for choice in plan.targets]


@pytest.mark.parametrize("name", presets.names())
def test_the_course_of_a_preset_takes_as_long_as_its_shape(name: str) -> None:
    plan, info = presets.load(name), preset_info(name)
    assert info.course
    starts = [event.at_s for event in info.course]
    assert starts == sorted(starts)
    assert starts[-1] < plan.turn_s
    assert all(event.at_s < plan.turn_s for event in info.faults)
    assert info.turns == (len(plan.targets) if plan.schedule == "solo" else 1)


def test_stages_captions_and_faults_are_in_words() -> None:
    info = preset_info("faults")
    assert [(each.at_s, each.text) for each in info.course] == [
        (0.0, "warm-up"),
        (1.0, "hold 20 users for 9 s"),
        (10.0, "hold 20 users for 12 s"),
        (22.0, "hold 20 users for 18 s"),
        (40.0, "hold 20 users for 21 s"),
    ]
    assert info.course[1].say.startswith("Three servers")
    assert [(each.at_s, each.text) for each in info.faults] == [
        (11.0, "kill-worker"),
        (23.0, "pause for 3 s"),
        (41.0, "kill for 3 s"),
    ]


def test_a_fault_has_the_label_of_its_target() -> None:
    plan = presets.load("faults")
    specs = (plan.fault[0].model_copy(update={"target": plan.targets[1].name}),)
    (fault,) = plan_info(plan.model_copy(update={"fault": specs}), "faults").faults
    assert fault.target == preset_info("faults").targets[1].label


def test_a_file_that_is_wrong_says_why(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('targets = ["fastapi"]\nthnk_time = 1\n')
    info = preset_info(str(path))
    assert "thnk_time" in info.error
    path.write_text('targets = ["fastapi"]\n[[stages]]\nusers = 3\nhold = "5 s"\n')
    assert preset_info(str(path)).title == "mine"
