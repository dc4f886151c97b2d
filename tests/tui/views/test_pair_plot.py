"""Two targets on one time axis."""

from dataclasses import replace

from engine.comparison.comparison import TargetComparison
from tests.engine.comparison.conftest import run_like
from tests.support.made_sessions import Shape
from tui.views.chart_metrics import GOODPUT, TABS
from tui.views.pair_plot import pair_plot

P50 = TABS[0]
SHAPE = Shape(seconds=30, targets=("fastapi",), rps=20)


def _pair() -> TargetComparison:
    a = run_like(SHAPE).subjects[0]
    return TargetComparison(a, run_like(replace(SHAPE, seconds=60)).subjects[0], (), (), ())


def test_a_short_session_has_a_value_for_each_second() -> None:
    plot = pair_plot(_pair(), GOODPUT, 200)
    assert (plot.step_s, plot.last_s) == (1, 60)
    assert [line.slot for line in plot.lines] == [0, 1]
    assert [len(line.values) for line in plot.lines] == [60, 60]
    assert plot.lines[0].values[30:] == (None,) * 30, "A was shorter"


def test_a_long_session_is_shown_whole_in_longer_steps() -> None:
    pair = _pair()
    plot = pair_plot(pair, GOODPUT, 21)
    assert (plot.step_s, plot.last_s) == (3, 60)
    known = [value for value in pair.b.series.goodput[:3] if value is not None]
    assert plot.lines[1].values[0] == sum(known) / len(known)


def test_percentiles_are_not_averaged() -> None:
    pair = _pair()
    seconds = [value for value in pair.b.series.p50_ms[3:6] if value is not None]
    assert pair_plot(pair, P50, 21).lines[1].values[1] == max(seconds)


def test_targets_that_took_no_load_are_an_empty_plot() -> None:
    pair = _pair()
    nothing = replace(pair.a, series=type(pair.a.series)(*((),) * 10))
    plot = pair_plot(TargetComparison(nothing, nothing, (), (), ()), GOODPUT, 50)
    assert all(line.values == () for line in plot.lines)
