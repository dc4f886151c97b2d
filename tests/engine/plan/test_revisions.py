"""A plan's own targets, once for each revision."""

from typing import Any

import pytest

from engine.plan.labels import labels_of
from engine.plan.plan import Plan, make_plan
from engine.plan.revisions import at_revisions, parse_revisions, shown
from targets.errors import UsageError

HASH = "3f2a1bc" + "0" * 33


def plan(*targets: dict[str, Any], **fields: Any) -> Plan:
    values = {
        "title": "mine",
        "stages": [{"users": 2, "hold": "5 s"}],
        "target": list(targets) or [{"name": "shop", "command": "serve {port}"}],
        "request": [{"path": "/"}],
    }
    return make_plan(values | fields, where="test")


def test_each_revision_is_a_target_that_it_labels() -> None:
    made, left_out = at_revisions(plan(), ["main", "HEAD~2", "work-tree", HASH])
    assert [choice.name for choice in made.targets] == ["shop", "shop#2", "shop#3", "shop#4"]
    assert [choice.custom and choice.custom.revision for choice in made.targets] == [
        "main",
        "HEAD~2",
        "work-tree",
        HASH,
    ]
    assert list(labels_of(made.targets).values()) == ["main", "HEAD~2", "work-tree", "3f2a1bc"]
    assert left_out == ()


def test_one_revision_twice_is_two_targets() -> None:
    made, _ = at_revisions(plan(), ["main", "main"])
    assert list(labels_of(made.targets).values()) == ["main", "main#2"]


def test_several_targets_keep_their_names_in_their_labels() -> None:
    both = ({"name": "shop", "command": "a {port}"}, {"name": "blog", "label": "Blog", "command": "b {port}"})
    made, _ = at_revisions(plan(*both), ["main", "HEAD"])
    assert list(labels_of(made.targets).values()) == ["shop main", "shop HEAD", "Blog main", "Blog HEAD"]


def test_targets_without_a_source_are_left_out() -> None:
    own = {"name": "shop", "command": "serve {port}"}
    staging = {"name": "staging", "url": "http://127.0.0.1:9000"}
    made, left_out = at_revisions(plan(own, staging, targets=["fastapi", "shop", "staging"]), ["main"])
    assert [choice.name for choice in made.targets] == ["shop"]
    assert left_out == ("fastapi", "staging")


@pytest.mark.parametrize(
    ("made", "revisions", "what"),
    [
        (
            make_plan({"title": "t", "targets": ["fastapi"], "stages": [{"users": 1, "hold": 5}]}, where="x"),
            ["main"],
            "no target of 't' has a source",
        ),
        (plan({"name": "a", "url": "http://127.0.0.1:9000"}), ["main"], "no target of 'mine' has a source"),
        (plan(), list("abcdefgh"), "1 × 8 revisions are 8 targets"),
    ],
)
def test_what_has_no_revisions_is_refused(made: Plan, revisions: list[str], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        at_revisions(made, revisions)
    assert what in caught.value.what
    assert caught.value.why
    assert caught.value.hint


def test_the_option_is_a_list() -> None:
    assert parse_revisions("main, HEAD~1 ,work-tree") == ("main", "HEAD~1", "work-tree")


@pytest.mark.parametrize("text", ["", " , ", "-x", "a b", "main:file", "x" * 251, "a\nb"])
def test_what_is_no_revision_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_revisions(text)


def test_a_long_name_is_cut_in_its_label() -> None:
    made, _ = at_revisions(plan(), ["feature/a-branch-with-quite-a-long-name"])
    (label,) = labels_of(made.targets).values()
    assert label == "feature/a-branch-with-quite-a-l…"


def test_a_target_in_a_plan_may_name_its_revision() -> None:
    made = plan({"name": "old", "command": "serve {port}", "revision": "v1.2"})
    assert list(labels_of(made.targets).values()) == ["v1.2"]


def test_only_whole_hashes_are_shortened() -> None:
    assert [shown(text) for text in (HASH, "main", "A" * 40)] == ["3f2a1bc", "main", "A" * 40]
