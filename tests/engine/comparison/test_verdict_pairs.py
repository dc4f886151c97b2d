"""Verdicts of two runs side by side, in every format, and in baselines."""

from dataclasses import replace

import pytest

from engine.answers.verdicts.verdict import Verdict
from engine.comparison.baseline_file import Baseline, decoded, encoded
from engine.comparison.comparison import Comparison, Side, compared
from engine.comparison.document import document
from engine.comparison.html import html
from engine.comparison.markdown import markdown
from engine.comparison.subjects import Run, run_of
from engine.comparison.verdict_pairs import paired, why_refused
from engine.metrics.formatting import MISSING
from engine.metrics.timeline import Timeline
from tests.engine.answers.verdicts.judged import FAST
from tests.support.made_rounds import turns
from tests.support.made_sessions import Shape, records
from tests.support.made_verdicts import FASTER
from tui.views.comparison import comparison_lines

SLOWER = replace(FASTER, ratio=3.0, interval=(2.8, 3.2))
REFUSED = replace(FASTER, outcome="refused", ratio=None, interval=None)


def run(session_id: str, rounds: int, seed: int = 1) -> Run:
    timeline = Timeline(history_s=None)
    for record in records(Shape(seconds=30, session_id=session_id, targets=tuple(FAST))):
        timeline.apply(record)
    for each in turns(FAST, rounds, seed=seed):
        timeline.apply(each)
    return run_of(timeline, "interrupted", None)


@pytest.fixture(scope="module")
def both() -> Comparison:
    a, b = run("a", 20), run("b", 24, seed=2)
    return compared(Side(a, a.subjects), Side(b, b.subjects))


def test_the_same_metric_of_the_same_targets_is_paired_and_what_only_one_has_stands_alone() -> None:
    cpu = replace(FASTER, metric="cpu")
    other = replace(FASTER, baseline_label="django-asgi")
    assert [(pair.a, pair.b) for pair in paired([FASTER, cpu], [other, SLOWER])] == [
        (FASTER, SLOWER),
        (cpu, None),
        (None, other),
    ]
    assert paired([], []) == ()
    (alone,) = paired([], [SLOWER])
    assert alone.overlaps is None
    assert alone.cells == ("goodput: fastapi / django-wsgi", MISSING, "▲ 3.0× [2.8, 3.2]", "")


def test_why_there_is_no_verdict_is_told_of_each_run() -> None:
    red = replace(REFUSED, why="the generator was red")
    assert why_refused([red, replace(red, metric="p99")], [FASTER]) == [
        "A: no verdict on goodput, p99: the generator was red."
    ]


@pytest.mark.parametrize(
    ("b", "overlaps", "text", "words"),
    [
        (SLOWER, False, "▲ 3.0× [2.8, 3.2]", "intervals do not overlap"),
        (replace(SLOWER, interval=(2.8, 3.9)), True, "▲ 3.0× [2.8, 3.9]", "intervals overlap"),
        (REFUSED, None, "– no verdict", ""),
        (replace(REFUSED, outcome="undecided"), None, "? undecided", ""),
    ],
)
def test_runs_disagree_where_their_intervals_do_not_overlap(
    b: Verdict, overlaps: bool | None, text: str, words: str
) -> None:
    (pair,) = paired([FASTER], [b])
    assert pair.overlaps is overlaps
    assert pair.cells == ("goodput: fastapi / django-wsgi", "▲ 4.1× [3.9, 4.4]", text, words)


def test_all_formats_have_them(both: Comparison) -> None:
    label = both.verdicts[0].label
    assert label == "goodput: fastapi / django-wsgi"
    lines = comparison_lines(both)
    at = next(at for at, line in enumerate(lines) if line.startswith("verdict "))
    row = lines[at + 1]
    assert row.startswith(f"{label}  ")
    assert row.count("×") == 2
    assert row.index("intervals overlap") > row.rindex("×")
    assert lines[at].index("B") == row.index("▲", row.index("▲") + 1), "columns are aligned"
    assert "## Verdicts" in markdown(both)
    assert '<h2 id="verdicts">Verdicts</h2>' in html(both)
    found = document(both)["verdicts"]
    assert len(found) == len(both.verdicts) == 6
    assert (found[0]["a"]["rounds"], found[0]["b"]["rounds"]) == (20, 24)
    assert found[0]["intervals_overlap"] is True


def test_one_target_has_only_its_own(both: Comparison) -> None:
    fastapi = next(each for each in both.a.subjects if each.name == "fastapi")
    found = compared(Side(both.a.run, (fastapi,)), both.b)
    assert {pair.a.target for pair in found.verdicts if pair.a} == {"fastapi"}
    baseline = next(each for each in both.a.subjects if each.name == "django-wsgi")
    of_b = compared(Side(both.a.run, (baseline,)), both.b).verdicts
    assert [pair.a for pair in of_b] == [None] * 6


def test_runs_without_rounds_have_no_section() -> None:
    a, b = run("a", 0), run("b", 0)
    found = compared(Side(a, a.subjects), Side(b, b.subjects))
    assert found.verdicts == ()
    assert document(found)["verdicts"] == []
    assert "Verdicts" not in markdown(found)
    assert not any("×" in line for line in comparison_lines(found))


def test_a_baseline_keeps_them(both: Comparison) -> None:
    kept = decoded(encoded(Baseline("2025-01-01T12:00", both.a.run)), "main.json").run
    assert kept.verdicts == both.a.run.verdicts
    assert len(kept.verdicts) == 6
