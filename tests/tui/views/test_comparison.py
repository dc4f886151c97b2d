"""A comparison as lines of text."""

from dataclasses import replace

from engine.comparison.comparison import Side, compared
from engine.comparison.gate import parse_conditions
from tests.engine.comparison.conftest import run_like
from tests.support.made_sessions import Shape
from tests.support.row_text import lines
from tui.views.comparison import comparison_lines, levels_rows

SHAPE = Shape(seconds=60, targets=("fastapi",), rps=30)


def _lines() -> list[str]:
    a = run_like(SHAPE)
    b = run_like(replace(SHAPE, seed=2, slowness=(1.5,), session_id="b"))
    subject = replace(b.subjects[0], levels=b.subjects[0].levels[:2], options={"workers": 4})
    b = replace(b, subjects=(subject,), plan={**b.plan, "workload": "tasks"}, title="odd\x1b[2J")
    return comparison_lines(
        compared(Side(a, a.subjects), Side(b, b.subjects), parse_conditions("p50 > +10 %"))
    )


def test_warnings_come_before_figures() -> None:
    lines = _lines()
    assert lines[2] == "✖ not comparable: the plan's workload: A hello, B tasks"
    assert lines[3] == "· option workers of fastapi: A 1, B 4"
    assert lines[4].startswith("✖ failed: p50 > +10 %: fastapi, 10 users: +")
    assert "◌ undecided: p50 > +10 %: fastapi, 100 users: only in A" in lines
    assert lines.index("fastapi") > 6


def test_columns_are_aligned() -> None:
    lines = _lines()
    first = lines.index("10 users · A 17 s, B 17 s")
    table = lines[first + 1 : first + 9]
    ends = {line.index(" %  ") for line in table[2:5]}
    assert len(ends) == 1
    assert [line.split("  ")[0] for line in table[1:]] == [
        "goodput, ok/s",
        "p50",
        "p95",
        "p99",
        "error rate",
        "CPU per 1,000 ok",
        "memory, mean",
    ]


def test_levels_of_one_side_are_listed() -> None:
    assert "fastapi: only A settled at 100 users" in _lines()


def test_no_text_of_others_controls_the_terminal() -> None:
    assert all(line.isprintable() for line in _lines())


def test_where_the_table_does_not_fit_what_is_claimed_stays() -> None:
    a, b = run_like(SHAPE), run_like(replace(SHAPE, seed=2, slowness=(1.5,), session_id="b"))
    (target,) = compared(Side(a, a.subjects), Side(b, b.subjects)).targets
    wide, narrow = (lines(levels_rows(target.levels[:1], "users", width)) for width in (118, 58))
    assert "95 % interval" in wide[1]
    assert "95 % interval" not in narrow[1]
    (p95,) = (line for line in narrow if line.strip().startswith("p95"))
    assert len(p95) <= 58
    assert p95.endswith("▲ higher")
