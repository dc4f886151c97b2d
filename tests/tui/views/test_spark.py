"""The newest seconds as bars."""

from dataclasses import replace

from tests.support.fakes import snapshot, target
from tui.views.spark import SPARK_S, spark, spark_top


def test_bars_are_on_the_scale_of_all_targets() -> None:
    assert spark((None, 0.0, 1.0, 50.0, 100.0), 100.0, 5) == "  ▁▅█"
    assert spark((1.0, 50.0, 100.0), 200.0, 5) == "  ▁▃▅"


def test_the_last_second_is_at_the_right_and_is_shown_first() -> None:
    assert spark((100.0, 1.0), 100.0, 1) == "▁"
    assert spark((100.0,), 100.0, 3) == "  █"
    assert spark((100.0,), 100.0, 0) == spark((100.0,), 100.0, -3) == ""
    assert spark((5.0,), 0.0, 2) == "  "


def test_a_full_bar_is_the_most_that_any_target_served_in_the_seconds_shown() -> None:
    picture = snapshot(targets=2)
    fast, slow = picture.targets
    assert spark_top(picture) == max(fast.series.goodput[-SPARK_S:], default=0)  # type: ignore[type-var]  # no second is empty
    long_ago = replace(slow, series=replace(slow.series, goodput=(1e9, *slow.series.goodput[1:])))
    assert spark_top(replace(picture, targets=(fast, long_ago))) == spark_top(picture)
    assert spark_top(replace(picture, targets=())) == 0.0
    assert spark_top(replace(picture, targets=(target(0, 0),))) == 0.0
