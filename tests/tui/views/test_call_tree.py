"""A call tree as rows."""

import pytest

from engine.metrics.profiles import Frame, TargetProfile
from tests.support.made_profiles import FASTAPI, SERVER, target_profile
from tests.support.row_text import lines
from tui.views.call_tree import call_tree_rows
from tui.views.profile import Who
from tui.views.rows import width_of

WHO = Who("fastapi ×4", 0)


def test_functions_are_below_their_callers_and_as_wide_as_their_share() -> None:
    head, first, second, third = lines(call_tree_rows(FASTAPI, WHO, 80, 20))
    assert head.startswith(" ● fastapi ×4  400 samples; a box")
    assert first.startswith("100 % Runner.run asyncio/runners.py")
    assert second.startswith("75 % get_request_handler.<locals>.app")
    assert second.rstrip() == second[:60].rstrip(), "three quarters of the width"
    assert third.startswith("50 % prices <&> shop/api.py")
    assert third[40:47] == "10 % j…"


@pytest.mark.parametrize("width", [40, 80, 160])
def test_every_row_has_the_width(width: int) -> None:
    assert {width_of(row) for row in call_tree_rows(FASTAPI, WHO, width, 20)} == {width}


def test_neighbours_differ_in_their_style() -> None:
    row = call_tree_rows(FASTAPI, WHO, 80, 20)[3]
    assert [span.style for span in row[:2]] == ["slot0 reverse", "slot0 underline"]


def test_a_deep_tree_is_cut_and_says_so() -> None:
    deep = tuple(Frame(f"f{at}", "a.py", "") for at in range(30))
    stacks: dict[tuple[Frame, ...], int] = {(SERVER, *deep[:at]): 10 for at in range(31)}
    rows = lines(call_tree_rows(target_profile("a", stacks), WHO, 80, 10))
    assert len(rows) == 10
    assert rows[-1].strip() == "… 23 more levels: see the HTML report"


def test_a_target_without_samples_says_so() -> None:
    (row,) = lines(call_tree_rows(TargetProfile("a", looks=500), WHO, 80, 10))
    assert row.rstrip() == " ● fastapi ×4 has no busy sample"
