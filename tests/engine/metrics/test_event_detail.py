"""Every kind of event, and everything that can have happened, is documented for readers of exports."""

import re
from typing import get_args

from engine.export.session_json import schema
from engine.metrics.event_detail import Action, EventKind
from engine.metrics.snapshot import MARKED_KINDS
from engine.metrics.timeline import REMARKED_KINDS, RESTARTING_KINDS


def named_in(field: str) -> set[str]:
    fields = schema()["properties"]["events"]["items"]["properties"]
    return set(re.findall(r"`([\w-]+)`", fields[field]["description"]))


def test_the_schema_names_every_kind_and_no_other() -> None:
    assert named_in("kind") == set(get_args(EventKind))


def test_the_schema_names_everything_that_can_have_happened() -> None:
    actions = set(get_args(Action)) - {""}
    assert actions <= named_in("action")
    assert named_in("action") - actions == {"auto", "trouble"}


def test_kinds_that_are_treated_in_another_way_exist() -> None:
    assert set(get_args(EventKind)) >= MARKED_KINDS | REMARKED_KINDS | RESTARTING_KINDS
