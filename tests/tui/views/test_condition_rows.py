"""A target that does not answer, across its lane."""

import pytest

from engine.metrics.condition import Condition
from tests.support.row_text import lines
from tui.views.condition_rows import banner_rows, reason_rows

ERRORS = Condition("errors", 3.0, "status 404")


@pytest.mark.parametrize(("width", "in_banner"), [(24, False), (25, False), (26, True), (80, True)])
def test_the_kind_of_errors_is_in_the_banner_or_below_it(width: int, in_banner: bool) -> None:
    banner = lines(banner_rows(ERRORS, width))
    assert [len(row) for row in banner] == [width] * 3
    assert ("status 404" in banner[1]) == in_banner
    assert lines(reason_rows(ERRORS, width, 2)) == ([] if in_banner else ["status 404"])


def test_what_a_target_said_is_wrapped_and_plain() -> None:
    died = Condition("down", 75.0, "exit code 1\n\x1b[31m[b]ImportError[/b]: no module named shop")
    assert "✖ DOWN 75 s" in lines(banner_rows(died, 24))[1]
    shown = lines(reason_rows(died, 22, 2))
    assert len(shown) == 2
    assert max(map(len, shown)) <= 22
    assert "\x1b" not in "".join(shown)
    assert "[b]" in "".join(shown)
