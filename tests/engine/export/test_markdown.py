"""Markdown reports: the tables of a published report, and no text that breaks out of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from engine.export.loaded import LoadedSession, load
from engine.export.markdown import escaped, markdown, table
from engine.metrics.records import Damage, Event
from tests.support.made_sessions import Shape, write


def made(tmp_path: Path, **changes: Any) -> LoadedSession:
    return load(write(tmp_path, replace(Shape(seconds=60, rps=400), **changes)))


def page(session: LoadedSession) -> str:
    return b"".join(markdown(session)).decode()


def test_the_tables_of_a_published_report(tmp_path: Path) -> None:
    lines = page(made(tmp_path)).splitlines()
    assert lines[0] == "# Made"
    assert lines[2].startswith("**At 100 users fastapi served 398 ok/s")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Figures of the last level, 100 users",
        "## The whole measured run",
        "## Throughput and error rate by level of load",
        "## Response times by level of load",
        "## CPU and memory by level of load",
        "## Hints",
        "## Environment",
        "## Targets",
    ]
    at = lines.index("| Users | Target | ok/s | Errors |")
    assert lines[at + 1] == "| ---: | --- | ---: | ---: |"
    assert "| Users | Target | Average | p95 | p99 |" in lines
    assert "| 50 | fastapi | 398 | 0.50 % |" in lines
    assert "| 100 | django-wsgi | 60 % | 80 MB |" in lines
    hint = "fastapi's throughput stopped growing at 10 users: 398 ok/s there, 398 ok/s with 100"
    assert f"| fastapi | {hint} |" in lines
    assert "abreast run hello --headless" in lines


def test_figures_are_those_of_the_json(tmp_path: Path) -> None:
    session = made(tmp_path)
    lines = page(session).splitlines()
    for target in session.document["targets"]:
        for level in target["levels"]:
            latency = level["latency_ms"]
            texts = [f"{latency[name]:.1f} ms" if latency[name] < 9.95 else f"{latency[name]:.0f} ms"
                     for name in ("mean", "p95", "p99")]  # fmt: skip
            assert f"| {level['users']} | {target['label']} | {' | '.join(texts)} |" in lines


def test_warnings_and_differences_come_before_the_figures(tmp_path: Path) -> None:
    events = (Event(0.0, "settings", "", "workers: fastapi 4, django-wsgi 1"),)
    made_ = made(
        tmp_path,
        outcome="interrupted",
        light="red",
        reasons=("a core was busy",),
        events=events,
        slo="p95 < 1 ms",
    )
    text = page(LoadedSession(made_.journal, made_.timeline, damage=Damage(1, 0, 7)))
    warnings = text.partition("## ")[0].splitlines()
    assert "> [!WARNING]" in warnings
    assert (
        "> - ✖ The journal is damaged: 1 record is lost, from line 7 on. This report covers the rest."
        in warnings
    )
    assert "> - ✖ The session is not complete: interrupted." in warnings
    light = "red for 60 s of 60 s measured; a core was busy"
    assert f"> - ✖ The load generator's light is red: {light}." in warnings
    assert "> - ⓘ workers: fastapi 4, django-wsgi 1" in warnings
    assert "| ✖ | fastapi | 0.00 % within 1 ms, at least 95 % required |" in text.splitlines()


def test_no_text_of_a_plan_is_markup(tmp_path: Path) -> None:
    odd = "a|b `c` <script>alert(1)</script> [x](http://y) **z** @team & #1"
    text = page(made(tmp_path, seconds=6, title=odd, labels=(odd, "b\n# c")))
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in html
    assert "<a " not in html
    assert "<code>c" not in html
    assert "@team" not in text
    shown = "a|b `c` &lt;script&gt;alert(1)&lt;/script&gt; [x](http://y) **z** @team &amp; #1"
    assert f"<h1>{shown}</h1>" in html
    assert f"<td>{shown}</td>" in html
    assert "<h1>c" not in html


def test_a_text_is_one_line() -> None:
    assert escaped("a\nb\x1b[2J") == "a b\N{REPLACEMENT CHARACTER}\\[2J"


def test_columns_of_figures_are_aligned_to_the_right() -> None:
    assert table(["A", "B"], [["x", "1 ms"], ["y", "·"]]) == [
        "| A | B |",
        "| --- | ---: |",
        "| x | 1 ms |",
        "| y | · |",
    ]


def test_a_session_without_targets(tmp_path: Path) -> None:
    assert "The session ended before any target started." in page(made(tmp_path, seconds=1, targets=()))


def test_levels_over_repetitions_have_a_table(tmp_path: Path) -> None:
    lines = page(made(tmp_path, seconds=90, repetitions=3, gap_s=2, noise=0.2)).splitlines()
    at = lines.index("## Levels of load over repetitions")
    assert lines[at + 2].startswith("| Target | Users | Repetitions | Ok/s |")
    assert " ± " in lines[at + 4]
    assert any(line.startswith("| 50 | fastapi, repetition 2 |") for line in lines)
