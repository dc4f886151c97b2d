"""Two targets of a comparison on one time axis, from each one's first second under load. Pure."""

from collections.abc import Sequence

from engine.comparison.comparison import TargetComparison
from tui.views.chart_metrics import Metric, Values
from tui.views.plot import Line, Plot

A_SLOT, B_SLOT = 0, 1
"""The colours and markers of the two sides."""


def pair_plot(target: TargetComparison, metric: Metric, limit: int) -> Plot:
    """All of both sides, in steps of so many seconds that at most `limit` values are shown."""
    seconds = max(target.a.seconds, target.b.seconds)
    step_s = max(-(-seconds // max(limit - 1, 1)), 1)
    steps = -(-seconds // step_s)
    lines = tuple(
        Line(slot, _in_steps(metric.values(subject.series), step_s, steps, metric.merge == "peak"))
        for slot, subject in ((A_SLOT, target.a), (B_SLOT, target.b))
    )
    return Plot(lines, float(steps * step_s), (), metric.unit, step_s=step_s, most=metric.most)


def _in_steps(values: Values, step_s: int, steps: int, is_peak: bool) -> Values:
    """One value a step; None where there is none."""
    parts = [values[at * step_s : (at + 1) * step_s] for at in range(steps)]
    return tuple(_value_of(part, is_peak) for part in parts)


def _value_of(part: Sequence[float | None], is_peak: bool) -> float | None:
    known = [value for value in part if value is not None]
    if not known:
        return None
    return max(known) if is_peak else sum(known) / len(known)
