"""The shell of HTML pages: its policy, its colours, and the data of its script."""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from engine.export.chart_data import RATE, Chart, Line, Mark, Point, Stop
from engine.export.html_page import ChartGroup, policy, rendered, style_sheet
from engine.metrics.palette import DARK, LIGHT

HOSTILE = "</script><script>alert(1)</script>"


def chart(name: str, label: str = "a", events: Sequence[Mark] = ()) -> Chart:
    line = Line(0, label, 0, (Point(1, 10.0), Point(2, 30.0)), ("10", "30"), "10 to 30 ok/s")
    stops = (Stop(0.5, "00:00"), Stop(1.5, "00:01"))
    return Chart(name, "Goodput", "time", RATE, "session time", (line,), stops, tuple(events))


def page(*groups: ChartGroup) -> str:
    texts = dict.fromkeys(("title", "question", "origin", "verdict", "facts", "heading"), HOSTILE)
    return rendered(
        "report.html.j2",
        groups,
        **texts,
        warnings=[],
        scoreboard=None,
        scoreboard_note="",
        sections=[],
        command="",
        plan="",
        session_id="",
        forest=None,
        flame_graphs=[],
        layer_keys=[],
    )


def data_of(text: str) -> dict[str, list[dict[str, Any]]]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    data: dict[str, list[dict[str, Any]]] = orjson.loads(found)
    return data


def test_the_policy_allows_only_what_is_in_the_page() -> None:
    text = page(ChartGroup("g", "Group", "Note.", [chart("goodput")]))
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (stated,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert stated.replace("&#39;", "'") == policy(style, script)
    assert "default-src 'none'" in policy(style, script)
    assert "unsafe" not in policy(style, script)


def test_the_style_sheet_has_the_colours_of_the_screen_in_both_themes() -> None:
    light, dark = style_sheet().split("@media screen and (prefers-color-scheme: dark)")
    assert all(f"--{name}: {colour};" in light for name, colour in LIGHT.items())
    assert all(f"--{name}: {colour};" in dark for name, colour in DARK.items())
    assert not re.search(r"\b(LIGHT|DARK|SLOTS|FONT)\b", style_sheet())


def test_each_group_has_its_own_crosshair_and_events_at_their_stops() -> None:
    events = [Mark(0.0, "begins"), Mark(1.4, "stage 2"), Mark(9.0, "ends")]
    text = page(
        ChartGroup("one", "One", "", [chart("a", events=events), chart("b")]),
        ChartGroup("two", "Two", "", [chart("c")]),
        ChartGroup("none", "None", "", []),
    )
    groups = data_of(text)["groups"]
    assert [[each["name"] for each in group["charts"]] for group in groups] == [["a", "b"], ["c"]]
    assert groups[0]["events"] == [[0, "begins"], [1, "stage 2"], [1, "ends"]]
    assert groups[0]["names"] == ["00:00", "00:01"]


def test_no_text_ends_the_scripts_data() -> None:
    text = page(ChartGroup("g", HOSTILE, HOSTILE, [chart("goodput", HOSTILE)]))
    assert text.count("<script") == 2
    assert data_of(text)["groups"][0]["targets"] == [
        {"at": 0, "label": HOSTILE, "style": "slot0", "marker": "●"}
    ]


def test_a_page_without_charts_has_no_legend() -> None:
    assert 'class="legend' not in page()
