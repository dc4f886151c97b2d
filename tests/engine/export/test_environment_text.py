"""Fields of an environment have units; what the system does not report is unknown."""

import re

import pytest

from engine.export.environment_text import environment_text
from engine.machine import environment
from engine.machine.environment_fields import FIELDS


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("memory_bytes", 8_334_000_000, "8.33 GB"),
        ("memory_bytes", None, "unknown"),
        ("memory_limit_bytes", None, "none"),
        ("cpu_limit", None, "none"),
        ("cpu_limit", 1.5, "1.5"),
        ("worker_slice_us", 3000.0, "3 ms"),
        ("worker_slice_us", 100.0, "0.1 ms"),
        ("virtual_machine", None, "unknown"),
        ("virtual_machine", True, "yes"),
        ("container", False, "no"),
        ("cores_logical", 2, "2"),
        ("front_nice", 0, "0"),
        ("os", "Debian", "Debian"),
    ],
)
def test_a_field_in_words(field: str, value: object, text: str) -> None:
    assert environment_text(field, value) == text


def test_no_field_of_this_machine_is_a_code_word_or_has_no_unit() -> None:
    described = environment.describe()
    for field, about in FIELDS.items():
        assert "_" not in about.title
        text = environment_text(field, described.get(field))
        assert text
        assert not re.fullmatch(r"None|True|False|\d{6,}", text), (field, text)
