"""Presets as the lobby shows them."""

import pytest

import presets
from tui.session_host import preset_info


@pytest.mark.parametrize("name", presets.names())
def test_the_rows_of_a_preset_are_its_plan(name: str) -> None:
    plan, rows = presets.load(name), preset_info(name).targets
    chosen = plan.changed(targets=tuple(row.text for row in rows))
    assert chosen == plan.model_copy(update={"sweep": {}})
    assert [row.name for row in rows] == [choice.name for choice in plan.targets]
