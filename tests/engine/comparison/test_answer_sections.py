"""Verdicts, capacity, profiles and hints of two runs beside each other, in every format."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from engine.comparison.answer_sections import (
    cause_sections,
    function_changes,
    has_answers,
    layer_changes,
    result_sections,
)
from engine.comparison.comparison import Comparison
from engine.comparison.document import document
from engine.comparison.html import html
from engine.comparison.markdown import markdown
from engine.comparison.wording import summary
from engine.export.tables import Section
from engine.metrics.formatting import MISSING
from engine.metrics.profiles import Frame, TargetProfile
from tests.support.made_comparisons import AFTER, BEFORE, QUEUE, SIZED, both, profiled, searched
from tests.support.made_profiles import JSON, SERVER, VIEW, target_profile
from tests.support.made_searches import MadeSearch
from tests.support.made_trials import Server
from tui.views.comparison import comparison_lines


@pytest.fixture(scope="module")
def slower() -> Comparison:
    """A view of B takes far more of the time than in A."""
    return both(profiled(BEFORE, hints=(QUEUE,)), profiled(AFTER, session_id="b"))


def cells(section: Section) -> dict[str, tuple[str, ...]]:
    """The rows of a table by their first cell."""
    return {row.cells[0]: row.cells[1:] for row in section.table.rows}


def of_name(sections: Iterable[Section], name: str) -> Section:
    return next(each for each in sections if each.name == name)


def test_layers_stand_beside_each_other_and_what_changed_is_told(slower: Comparison) -> None:
    rows = cells(of_name(cause_sections(slower), "profile-0"))
    assert rows["view"][:2] == ("12.5 %", "56.2 %")
    assert rows["view"][2].startswith("+43.8 pt [+")
    assert rows["server"][2].startswith("−25.0 pt [−")
    assert rows["samples"][:2] == ("400", "800")


def test_functions_with_most_self_time_of_both_are_listed(slower: Comparison) -> None:
    section = of_name(cause_sections(slower), "profile-functions-0")
    assert [row.cells[0] for row in section.table.rows] == [
        "slow <view>",
        "Runner.run",
        "get_request_handler.<locals>.app",
        "prices <&>",
    ]
    rows = cells(section)
    assert rows["slow <view>"][:2] == ("0.00 %", "56.2 %")
    assert rows["slow <view>"][3:] == ("view", "shop/api.py")
    assert rows["prices <&>"][:2] == ("12.5 %", "0.00 %")


def test_a_change_that_can_be_chance_is_none() -> None:
    few = target_profile("fastapi", {(SERVER,): 30, (SERVER, JSON): 30})
    fewer = target_profile("fastapi", {(SERVER,): 34, (SERVER, JSON): 26})
    found = both(profiled(few), profiled(fewer, session_id="b"))
    rows = cells(of_name(cause_sections(found), "profile-0"))
    assert [row[2] for name, row in rows.items() if name in ("server", "validation and JSON")] == [
        "within chance"
    ] * 2


def test_the_more_shares_are_compared_the_wider_are_their_intervals() -> None:
    def widths(others: int) -> float:
        stacks: dict[tuple[Frame, ...], int] = {
            (SERVER, Frame(f"f{at}", "app.py", "")): 1 for at in range(others)
        }
        made = profiled(target_profile("fastapi", {(SERVER, VIEW): 100, (SERVER,): 100 - others, **stacks}))
        figures = [each.profile.figures for each in made.subjects if each.profile]
        low, high = function_changes(figures[0], figures[0])[VIEW].interval or (0.0, 0.0)
        return high - low

    assert widths(50) > 1.2 * widths(0)
    figures = [each.profile.figures for each in profiled(BEFORE).subjects if each.profile]
    assert set(layer_changes(figures[0], figures[0])) == {"server", "framework", "view"}


def test_a_profile_of_one_run_stands_alone() -> None:
    found = both(profiled(BEFORE), profiled(session_id="b"))
    rows = cells(of_name(cause_sections(found), "profile-0"))
    assert rows["view"] == ("12.5 %", MISSING, "")
    assert rows["samples"] == ("400", MISSING, "")
    plain = document(found)["targets"][0]["profile"]
    assert plain["b"] is None
    assert plain["layers"]["view"] == {"a": 0.125, "b": None, "change": None, "interval": None}


def test_why_a_target_could_not_be_sampled_is_told() -> None:
    denied = TargetProfile("fastapi", trouble="the kernel forbids tracing", hint="allow it")
    found = both(profiled(BEFORE), profiled(denied, session_id="b"))
    assert cells(of_name(cause_sections(found), "profile-0"))["not sampled"] == (
        MISSING,
        "the kernel forbids tracing",
        "",
    )


def test_hints_are_listed_with_their_session(slower: Comparison) -> None:
    section = of_name(cause_sections(slower), "hints")
    assert [row.cells for row in section.table.rows] == [("A", "fastapi", QUEUE.text)]
    assert document(slower)["hints"] == {
        "a": [{"kind": "queue", "target": "fastapi", "text": QUEUE.text, "figures": {"users": 20.0}}],
        "b": [],
    }


def test_every_format_has_profiles_and_hints(slower: Comparison) -> None:
    lines = comparison_lines(slower)
    assert any(line.startswith("slow <view>") and "+56.2 pt [" in line for line in lines)
    assert f"A  fastapi  {QUEUE.text}" in lines
    assert "| slow \\<view\\> | 0.00 % | 56.2 % | +56.2 pt" in markdown(slower)
    assert "slow &lt;view&gt;" in html(slower)
    plain = document(slower)["targets"][0]["profile"]
    assert plain["layers"]["view"] == {
        "a": 0.125,
        "b": 0.5625,
        "change": 0.4375,
        "interval": plain["layers"]["view"]["interval"],
    }
    assert plain["functions"][0]["function"] == "slow <view>"


def test_runs_without_any_of_it_have_no_sections() -> None:
    found = both(profiled(), profiled(session_id="b"))
    assert not has_answers(found)
    assert "Profile" not in markdown(found)
    assert document(found)["targets"][0]["profile"] is None
    assert document(found)["targets"][0]["capacity"] is None


# ---------------------------------------------------------------- capacity


@pytest.fixture(scope="module")
def searches() -> Comparison:
    """B serves half as many users with fastapi, and as many with django-wsgi."""
    half = replace(SIZED, servers={**SIZED.servers, "fastapi": Server(155.0)})
    return both(searched(), searched(half, "b"))


def test_ranges_stand_beside_each_other(searches: Comparison) -> None:
    fastapi, django = (of_name(result_sections(searches), f"capacity-{at}") for at in (0, 1))
    assert cells(fastapi)["users within the SLO"][2] == "B serves fewer"
    assert cells(django)["users within the SLO"][2] == "the ranges overlap"
    assert fastapi.title == "Capacity: fastapi, within p95 < 500 ms, errors < 1 %"
    assert "A: 5,000 users need " in fastapi.note
    assert "B: 5,000 users need " in fastapi.note
    turned = both(searches.b.run, searches.a.run)
    (more, _) = result_sections(turned)
    assert cells(more)["users within the SLO"][2] == "B serves more"


def test_a_search_is_comparable_without_levels(searches: Comparison) -> None:
    assert not [each.text for each in searches.reasons if each.severity == "red"]
    capacity = [each.a.capacity for each in searches.targets]
    assert capacity[0] is not None
    assert summary(searches).startswith(f"Most users of fastapi: A {capacity[0].range}, B ")
    lines = comparison_lines(searches)
    assert not any("no common level" in line for line in lines)
    plain = document(searches)["targets"][0]["capacity"]
    assert (plain["a"]["lower"], plain["a"]["upper"]) == (capacity[0].lower, capacity[0].upper)
    assert plain["b"]["sizing"]["load"] == 5000
    assert "Capacity: fastapi" in markdown(searches)
    assert "Capacity: fastapi" in html(searches)


def test_another_slo_is_another_search() -> None:
    found = both(searched(), searched(MadeSearch(slo="p95 < 0.4 s"), "b"))
    assert "the SLO that was searched for: A p95 < 500 ms, errors < 1 %; B p95 < 400 ms, errors < 1 %" in [
        each.text for each in found.reasons if each.severity == "red"
    ]
    (fastapi, _) = result_sections(found)
    assert cells(fastapi)["users within the SLO"][2] == "not the same SLO"
    assert cells(fastapi)["SLO"][:2] == ("p95 < 500 ms, errors < 1 %", "p95 < 400 ms, errors < 1 %")


def test_a_search_beside_a_session_of_levels_is_listed_alone() -> None:
    found = both(searched(), profiled(session_id="b"))
    rows = cells(of_name(result_sections(found), "capacity-0"))
    assert rows["users within the SLO"][1:] == (MISSING, "")
    assert any("the plan's schedule" in each.text for each in found.reasons)
