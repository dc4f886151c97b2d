"""The forest plot of verdicts: what is where, and that hostile names stay text."""

from dataclasses import replace

import pytest

from engine.answers.verdicts.verdict import Verdict
from engine.export.forest_plot import FARTHEST, LEFT, PLOT, Axis, forest_plot, ticks
from engine.export.html import html
from engine.export.loaded import LoadedSession
from tests.engine.answers.verdicts.judged import FAST
from tests.support.loaded_sessions import loaded
from tests.support.made_rounds import MadeTarget, duels, turns
from tests.support.made_verdicts import FASTER


def judged(count: int = 20, label: str = "") -> LoadedSession:
    session = loaded()
    if label:
        for target in session.timeline.targets.values():
            target.added = replace(target.added, label=label)
    for each in turns(FAST, count):
        session.timeline.apply(each)
    return session


def test_each_verdict_with_a_ratio_has_a_row() -> None:
    plot = forest_plot(judged())
    assert plot is not None
    assert plot.baseline == "fastapi"
    assert [row.metric for row in plot.rows] == ["goodput", "p50", "p95", "p99", "CPU time", "memory"]
    goodput, *_, memory = plot.rows
    assert goodput.ends is not None
    assert LEFT <= goodput.ends[0] < goodput.x < goodput.ends[1] < plot.one_x, "it serves less than fastapi"
    assert goodput.text.startswith("▼ 0.2")
    assert goodput.text.endswith("slower")
    assert goodput.title.startswith("fastapi serves ")
    assert memory.band[0] < plot.one_x < memory.band[0] + memory.band[1]
    assert [row.y for row in plot.rows] == sorted({row.y for row in plot.rows})
    assert all(row.y < plot.axis_y < plot.height for row in plot.rows)
    assert "p95 of " in plot.words


def test_targets_of_one_metric_are_below_each_other() -> None:
    session = loaded(targets=("fastapi", "django-wsgi", "django-asgi"))
    for each in duels({name: MadeTarget() for name in ("fastapi", "django-wsgi", "django-asgi")}, 30):
        session.timeline.apply(each)
    plot = forest_plot(session)
    assert plot is not None
    cpu = [row for row in plot.rows if row.metric or row.label]
    assert [(row.metric, row.label) for row in cpu][:2] == [("CPU time", "django-wsgi"), ("", "django-asgi")]


def test_refused_verdicts_and_sessions_without_rounds_have_no_plot() -> None:
    assert forest_plot(loaded()) is None
    assert "Verdicts at a glance" not in b"".join(html(loaded())).decode()


def test_first_rounds_have_a_point_without_an_interval() -> None:
    plot = forest_plot(judged(4))
    assert plot is not None
    assert {row.ends for row in plot.rows} == {None}


def verdict(ratio: float, low: float, high: float) -> Verdict:
    return replace(FASTER, ratio=ratio, interval=(low, high))


def test_an_enormous_interval_does_not_squeeze_the_others() -> None:
    axis = Axis.of([verdict(1.1, 1e-6, 1e6), verdict(4.0, 3.9, 4.1)])
    assert axis.high < 1.1 * FARTHEST * 4.0
    assert axis.low > 0.3
    assert axis.x(1e9) == LEFT + PLOT
    assert axis.x(1e-9) == LEFT
    assert axis.low < 1 < axis.high


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.09, 11.0, [0.1, 1.0, 10.0]),
        (0.2, 1.1, [0.2, 0.5, 1.0]),
        (0.97, 1.025, [0.98, 1.0, 1.02]),
        (0.9, 3.2, [1.0, 2.0, 3.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


def test_there_are_never_too_many_ticks() -> None:
    for low in (1e-4, 0.03, 0.5, 0.97, 0.999):
        for high in (1.001, 1.02, 1.7, 9.0, 5e3):
            found = ticks(low, high)
            assert 1 <= len(found) <= 9
            assert all(low <= each <= high for each in found)


@pytest.mark.parametrize("text", ["</svg><script>alert(1)</script>", '" onload="alert(1)', "\x1b[31mred"])
def test_hostile_labels_stay_text(text: str) -> None:
    page = b"".join(html(judged(label=text))).decode()
    assert "Verdicts at a glance" in page
    assert "<script>alert" not in page
    assert 'onload="alert' not in page
    assert "\x1b" not in page
