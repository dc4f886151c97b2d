"""The tables of how and where a session was measured."""

from dataclasses import replace

from engine.export import context_tables
from engine.metrics.records import Header
from tests.support.loaded_sessions import loaded
from tests.support.made_sessions import Shape, records


def test_events_are_in_order_and_limited() -> None:
    table = context_tables.events(loaded(seconds=121, rps=1))
    assert table is not None
    assert [row.cells for row in table.rows] == [("01:00", "", "minute 1"), ("02:00", "", "minute 2")]


def test_the_environment_has_words_for_its_fields() -> None:
    header = next(each for each in records(Shape()) if isinstance(each, Header))
    environment = {
        "memory_bytes": 2_000_000_000,
        "virtual_machine": True,
        "cpu_governor": None,
        "sources": [{"target": "mine", "revision": "abc", "dirty": True}],
        "packages": {"anyio": "4.1"},
    }
    table = context_tables.environment(loaded(replace(header, environment=environment)))
    assert [row.cells for row in table.rows] == [
        ("Memory", "2.00 GB"),
        ("In a virtual machine", "yes"),
        ("Source of mine", "abc, with changes"),
        ("Packages", "anyio 4.1"),
    ]


def test_the_command_can_be_typed_again() -> None:
    header = next(each for each in records(Shape()) if isinstance(each, Header))
    words = ("abreast", "run", "a plan.toml", "--headless")
    assert (
        context_tables.command(loaded(replace(header, command_line=words)))
        == "abreast run 'a plan.toml' --headless"
    )


def test_a_plan_is_shown_without_what_is_empty() -> None:
    plan = {
        "title": "a",
        "note": "",
        "fault": [],
        "slo": {"errors": None},
        "users": 0,
        "steps": [{"a": "", "b": 1}],
    }
    assert context_tables.without_empty(plan) == {"title": "a", "users": 0, "steps": [{"b": 1}]}
