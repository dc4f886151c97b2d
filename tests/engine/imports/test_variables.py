"""Names of variables never make a plan send what the source's author has no right to."""

import pytest

from engine.imports.marked_text import variable
from engine.imports.variables import Variables, variable_name


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("accessToken", "API_ACCESS_TOKEN"),
        ("X-Api-Key", "API_KEY"),
        ("api_key", "API_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "API_AWS_SECRET_ACCESS_KEY"),
        ("pwd", "API_PWD"),
        ("", "API_SECRET"),
        ("пароль", "API_SECRET"),
        ("a" * 100, "API_" + "A" * 36),
    ],
)
def test_names(name: str, known: str) -> None:
    assert variable_name(name) == known


def test_equal_values_have_one_variable() -> None:
    found = Variables()
    assert found.mark("one", "token", "a") == variable("API_TOKEN")
    assert found.mark("two", "token", "b") == variable("API_TOKEN_2")
    assert found.mark("one", "password", "c") == variable("API_TOKEN")
    found.refer("MINE", "d")
    assert found.values == {"API_TOKEN": "one", "API_TOKEN_2": "two", "MINE": ""}
    assert found.about == {"API_TOKEN": "a", "API_TOKEN_2": "b", "MINE": "d"}
