"""What the fields of a session's environment are called."""

import pytest

from engine.machine import environment
from engine.machine.environment_fields import FIELDS

IN_HEADERS = {"cores", "load_workers", "database"}
"""Beside what describes the machine."""


def test_every_field_is_one_of_a_sessions_environment() -> None:
    assert FIELDS.keys() <= environment.describe().keys() | IN_HEADERS


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("cpu_model", "processor"),
        ("cpu_governor", "CPU governor"),
        ("virtual_machine", "in a virtual machine"),
        ("python", "Python"),
    ],
)
def test_a_name_within_a_sentence(field: str, name: str) -> None:
    assert FIELDS[field].in_a_sentence == name


def test_titles_are_different() -> None:
    assert len({each.title for each in FIELDS.values()}) == len(FIELDS)
