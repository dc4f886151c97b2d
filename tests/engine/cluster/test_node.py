"""Nodes have names that differ, versions that match, and processors for as many load workers as are asked
for."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cluster.clock_offset import ClockOffset
from engine.cluster.node import Node, check_versions, dealt, most_free, named, worker_count
from targets.errors import UsageError

FRONT = {"python": "3.12.4", "ray": "2.60.0", "abreast": "0.1.0", "code": "abc"}


def node(**changes: Any) -> Node:
    return Node("1f", "box", "10.0.0.2", 4, FRONT | changes)


def test_nodes_with_the_same_host_name_can_be_told_apart() -> None:
    assert [each.name for each in named([node(), node(), replace(node(), name="other"), node()])] == [
        "box", "box#2", "other", "box#3",
    ]  # fmt: skip


def test_a_node_that_joins_later_gets_a_name_that_no_other_has() -> None:
    assert [each.name for each in named([node(), node()], ["box", "box#3"])] == ["box#2", "box#4"]


def test_processors_are_looked_for_where_most_are_free() -> None:
    nodes = [replace(node(), id=each, cpus=2) for each in "abcd"]
    found = most_free(nodes, {"a": 2, "b": 1, "d": 0}, lost={"d"})
    assert [each.id for each in found] == ["c", "b", "d"]


def test_the_same_versions_are_fine() -> None:
    check_versions([node(), node(python="3.12.11")], FRONT)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"python": "3.11.4"}, "here is python 3.12.4, there 3.11.4"),
        ({"ray": "2.59.1"}, "here is ray 2.60.0, there 2.59.1"),
        ({"abreast": "0.2.0"}, "here is abreast 0.1.0, there 0.2.0"),
        ({"ray": ""}, "here is ray 2.60.0, there it is missing"),
        ({"code": "def"}, "both say abreast 0.1.0, but their code differs"),
    ],
)
def test_other_versions_are_an_error_that_says_what_to_do(changes: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_versions([node(), node(**changes)], FRONT)
    assert raised.value.what == "node box (10.0.0.2) does not match this machine"
    assert raised.value.why == why
    assert 'pip install "abreast[cluster]==0.1.0" "ray==2.60.0", with Python 3.12' in raised.value.hint


def test_a_node_without_abreast_is_named() -> None:
    bare = replace(node(), facts={"hostname": "box", "why": "ModuleNotFoundError: No module named 'engine'"})
    with pytest.raises(UsageError, match=r"abreast cannot be imported on node box") as raised:
        check_versions([bare], FRONT)
    assert raised.value.why == "ModuleNotFoundError: No module named 'engine'"


@pytest.mark.parametrize(
    ("wanted", "free", "count"), [(3, 4, 3), ("max", 7, 7), ("auto", 7, 3), ("auto", 1, 1), (4, 4, 4)]
)
def test_load_workers_take_free_processors(wanted: int | str, free: int, count: int) -> None:
    assert worker_count(wanted, free) == count


@pytest.mark.parametrize(
    ("wanted", "free", "text"),
    [
        (5, 4, "cannot run 5 load workers"),
        (2, 1, "1 is free"),
        ("max", 0, "no free processor"),
    ],
)
def test_too_few_processors_are_an_error(wanted: int | str, free: int, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        worker_count(wanted, free)
    assert text in str(raised.value)


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_numbers_go_from_node_to_node(places: list[str]) -> None:
    order = dealt(places)
    assert sorted(order) == list(range(len(places)))
    share = dict.fromkeys(places, 0)
    for index in order:
        share[places[index]] += 1
        behind = [place for place in share if share[place] < places.count(place)]
        assert all(share[places[index]] - share[place] <= 1 for place in behind), (
            "any number of users is even"
        )


def test_what_a_session_records_of_a_node() -> None:
    assert node(cpu_model="", os="Linux 6").recorded(2, ClockOffset(2_500_000, 300_000)) == {
        "name": "box",
        "address": "10.0.0.2",
        "processors": 4,
        "load_workers": 2,
        "clock_offset_ms": 2.5,
        "clock_error_ms": 0.3,
        "cpu_model": None,
        "os": "Linux 6",
        "python": "3.12.4",
        "ray": "2.60.0",
        "abreast": "0.1.0",
    }
