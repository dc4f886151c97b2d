"""A comparison as Markdown."""

from dataclasses import replace

from engine.comparison.comparison import Side, compared
from engine.comparison.gate import parse_conditions
from engine.comparison.markdown import markdown
from tests.engine.comparison.conftest import MakeRun


def _page(made_run: MakeRun) -> str:
    a = made_run(seconds=90)
    b = made_run(session_id="b", seed=2, slowness=(1.5,), seconds=90)
    b = replace(b, plan={**b.plan, "workload": "ta|sks"}, title="@all [link](x)")
    conditions = parse_conditions("p50 > +10 %, p95 > +400 %")
    return markdown(compared(Side(a, a.subjects), Side(b, b.subjects), conditions))


def test_what_makes_them_not_comparable_comes_first(made_run: MakeRun) -> None:
    page = _page(made_run)
    assert page.index("[!CAUTION]") < page.index("## Gate") < page.index("## fastapi")
    assert "> - the plan's workload: A hello, B ta\\|sks" in page


def test_the_gate_says_what_failed(made_run: MakeRun) -> None:
    page = _page(made_run)
    assert "## Gate: failed" in page
    failed, passed = page.index("✖ failed"), page.index("✔ passed")
    assert failed < passed


def test_each_level_has_a_table(made_run: MakeRun) -> None:
    page = _page(made_run)
    assert "### 50 users (A 27 s, B 27 s)" in page
    row = next(line for line in page.splitlines() if line.startswith("| p50"))
    assert row.endswith("| ▲ higher |")
    assert "requests/s" not in page


def test_no_text_of_others_becomes_markup(made_run: MakeRun) -> None:
    page = _page(made_run)
    assert "@all" not in page
    assert "&#64;all \\[link\\](x)" in page
