"""A comparison as one HTML page."""

from dataclasses import replace
from pathlib import Path

from PIL import ImageColor

from engine.comparison.comparison import Side, compared
from engine.comparison.gate import parse_conditions
from engine.comparison.html import html
from engine.comparison.wording import summary
from engine.metrics.palette import LIGHT
from tests.engine.comparison.conftest import MakeRun
from tests.support.browser import opened_browser

HOSTILE = "<script>alert(1)</script>"


def _page(made_run: MakeRun, title: str = "Made", conditions: str = "p50 > +10 %") -> str:
    a = made_run(seconds=90)
    b = made_run(session_id="b", seed=2, slowness=(1.5,), seconds=60)
    b = replace(b, plan={**b.plan, "workload": "tasks"}, title=title)
    return html(compared(Side(a, a.subjects), Side(b, b.subjects), parse_conditions(conditions)))


def test_the_verdict_counts_what_is_certain(made_run: MakeRun) -> None:
    a, b = made_run(seconds=90), made_run(session_id="b", seed=2, slowness=(1.5,), seconds=90)
    found = compared(Side(a, a.subjects), Side(b, b.subjects))
    claims = [
        each.claim for level in found.targets[0].levels for each in level.differences if each.metric != "rps"
    ]
    certain = sum(claim in ("higher", "lower") for claim in claims)
    assert certain >= 3
    assert summary(found).startswith(f"Of {len(claims)} figures {certain} differ for certain, ")


def test_what_makes_them_not_comparable_comes_first_then_the_gate(made_run: MakeRun) -> None:
    page = _page(made_run)
    order = ["The gate: failed.", "workload: A hello, B tasks", "✖ failed", "both begin", "<h3>50 users"]
    places = [page.lower().index(each.lower()) for each in order]
    assert places == sorted(places)


def test_texts_of_others_stay_texts(made_run: MakeRun) -> None:
    page = _page(made_run, title=HOSTILE)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_both_are_drawn_on_one_axis_and_nothing_is_requested(made_run: MakeRun, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(_page(made_run), encoding="utf-8")
    with opened_browser(tmp_path) as browser:
        browser.show()
        browser.open(path)
        for name in ("p50-0", "p95-0"):
            pixels = browser.colours(f"#{name} .plot")
            assert {ImageColor.getrgb(LIGHT["slot0"]), ImageColor.getrgb(LIGHT["slot1"])} <= pixels
        assert [each for each in browser.requests if each != "data:,"] == [path.as_uri()]
        assert browser.messages == []
