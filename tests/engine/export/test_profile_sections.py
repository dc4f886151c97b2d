"""Profiles in reports: tables, and flame graphs in the page."""

import re
from dataclasses import replace

import pytest

from engine.export.html import html
from engine.export.markdown import markdown
from engine.export.profile_sections import flame_graphs, layer_keys, profile_sections
from engine.metrics.profiles import Frame, Profiled
from tests.support.made_profiles import PROFILED, profiled_session, target_profile


def test_a_session_without_profiles_has_no_sections() -> None:
    assert list(profile_sections(profiled_session())) == []
    assert flame_graphs(profiled_session()) == []


def test_layers_are_a_row_for_each_sampled_target() -> None:
    section, looks, _ = profile_sections(profiled_session(PROFILED))
    assert section.table.heads[:6] == ("target", "server", "framework", "validation and JSON", "ORM", "view")
    assert [row.cells[:6] for row in section.table.rows] == [
        ("fastapi", "25 %", "15 %", "10 %", "0 %", "50 %"),
        ("django-wsgi", "30 %", "0 %", "0 %", "60 %", "10 %"),
    ]
    assert section.table.rows[0].marker == "●"
    assert [row.cells for row in looks.table.rows] == [
        ("fastapi", "20 %", "80 %", "400 in 500 looks", "2.0 % (1.00 k → 980 ok/s)"),
        ("django-wsgi", "40 %", "60 %", "300 in 500 looks", "not known"),
    ]


def test_functions_are_listed_with_file_and_layer() -> None:
    *_, section = profile_sections(profiled_session(PROFILED))
    assert section.table.rows[0].cells == ("fastapi", "prices <&>", "shop/api.py", "view", "50.0 %")


def test_the_newest_of_several_profiles_is_shown_and_said_to_be() -> None:
    section, *_ = profile_sections(profiled_session(PROFILED, replace(PROFILED, t_s=20.0, until_s=25.0)))
    assert "from 00:20 on" in section.note
    assert "last of 2 profiles" in section.note


def test_markdown_has_both_tables() -> None:
    text = b"".join(markdown(profiled_session(PROFILED))).decode()
    assert "## Profile: busy time by layer" in text
    assert "| fastapi | prices \\<&amp;\\> | shop/api.py | view | 50.0 % |" in text


def test_the_page_has_a_flame_graph_for_each_target_with_samples() -> None:
    page = b"".join(html(profiled_session(PROFILED))).decode()
    assert page.count('aria-label="Flame graph of ') == 2
    assert "prices &lt;&amp;&gt; (shop/api.py): 50.0 %, 200 samples, view" in page
    styles = set(re.findall(r'<rect class="(layer-[\w-]+)"', page))
    assert styles <= {style for _, style in layer_keys()}
    for _, style in layer_keys():
        assert f".{style} {{ fill: " in page, "every layer has its colour"


def test_boxes_do_not_leave_the_drawing_and_their_text_fits() -> None:
    graph = flame_graphs(profiled_session(PROFILED))[0]
    for box in graph.boxes:
        assert box.x >= 0
        assert box.x + box.width <= 1000
        assert len(box.text) * 6.4 <= box.width
        assert box.y < graph.height


@pytest.mark.parametrize("text", ["</svg><script>alert(1)</script>", '" onload="alert(1)', "\x1b[31mred"])
def test_hostile_names_of_functions_stay_text(text: str) -> None:
    made = target_profile("fastapi", {(Frame(text, text, ""),): 90})
    page = b"".join(html(profiled_session(Profiled(1, 6, 100, (made,))))).decode()
    assert "<script>alert" not in page
    assert 'onload="alert' not in page
    assert "\x1b" not in page
