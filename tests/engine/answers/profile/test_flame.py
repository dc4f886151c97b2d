"""Call trees as flame graphs."""

import pytest

from engine.answers.profile.collapsed import DEEPEST
from engine.answers.profile.flame import flame_graph
from engine.metrics.profiles import Frame, TargetProfile
from tests.support.made_profiles import DENIED, FASTAPI, JSON, ORM, SERVER, VIEW, target_profile

OUTER = Frame("main", "runpy.py", "python")


def test_boxes_are_as_wide_as_their_share_and_below_their_caller() -> None:
    graph = flame_graph(FASTAPI)
    found = [(box.frame.function, box.depth, box.start, box.share) for box in graph.boxes]
    assert found == [
        ("Runner.run", 0, 0.0, 1.0),
        ("get_request_handler.<locals>.app", 1, 0.0, 0.75),
        ("prices <&>", 2, 0.0, 0.5),
        ("jsonable_encoder", 2, 0.5, 0.1),
    ]
    assert graph.depth == 3
    assert [box.layer for box in graph.boxes] == ["server", "framework", "view", "validation and JSON"]


def test_what_all_samples_are_in_is_left_out_and_counted() -> None:
    graph = flame_graph(target_profile("a", {(OUTER, OUTER, SERVER): 10, (OUTER, OUTER, SERVER, VIEW): 30}))
    assert graph.hidden == 2
    assert [box.frame for box in graph.boxes] == [SERVER, VIEW]


def test_a_single_stack_keeps_its_innermost_function() -> None:
    graph = flame_graph(target_profile("a", {(OUTER, SERVER, VIEW): 30}))
    assert [box.frame for box in graph.boxes] == [VIEW]
    assert graph.boxes[0].share == 1.0


def test_a_stack_without_its_outermost_functions_is_placed_where_its_first_one_was_called_most() -> None:
    begin = Frame("<module>", "app.py", "")
    stacks: dict[tuple[Frame, ...], int] = {
        (begin, SERVER, VIEW): 60,
        (begin, OUTER, VIEW): 10,
        (begin, SERVER): 10,
        (VIEW, JSON): 15,
        (ORM,): 5,
    }
    graph = flame_graph(target_profile("a", stacks))
    assert graph.completed == 15
    assert [(box.frame.function, box.depth, box.samples) for box in graph.boxes] == [
        ("<module>", 0, 95),
        ("QuerySet.filter", 0, 5),
        ("Runner.run", 1, 85),
        ("main", 1, 10),
        ("prices <&>", 2, 75),
        ("prices <&>", 2, 10),
        ("jsonable_encoder", 3, 15),
    ]
    assert graph.samples == 100


def test_a_deep_call_tree_is_drawn() -> None:
    deep = tuple(Frame(f"f{at}", "a.py", "") for at in range(DEEPEST))
    stacks: dict[tuple[Frame, ...], int] = {deep: 10, deep[:1]: 10}
    assert flame_graph(target_profile("a", stacks)).depth == DEEPEST


def test_boxes_too_narrow_to_be_seen_are_left_out() -> None:
    stacks: dict[tuple[Frame, ...], int] = {(SERVER,): 990, (SERVER, VIEW): 10}
    assert len(flame_graph(target_profile("a", stacks), least_share=0.02).boxes) == 1
    assert len(flame_graph(target_profile("a", stacks), least_share=0.005).boxes) == 2


@pytest.mark.parametrize("profile", [DENIED, TargetProfile("a", looks=500)])
def test_a_profile_without_samples_has_no_boxes(profile: TargetProfile) -> None:
    graph = flame_graph(profile)
    assert (graph.boxes, graph.depth, graph.samples) == ((), 0, 0)
