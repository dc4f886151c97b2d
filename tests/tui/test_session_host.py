"""Presets as the lobby shows them."""

import pytest

import presets
from tui.session_host import preset_info


@pytest.mark.parametrize("name", presets.names())
def test_the_rows_of_a_preset_are_its_plan(name: str) -> None:
    plan, rows = presets.load(name), preset_info(name).targets
    assert plan.changed(targets=tuple(row.text for row in rows)) == plan
    assert [row.name for row in rows] == [choice.name for choice in plan.targets]
