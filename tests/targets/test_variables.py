"""`${NAME}` stands for a variable of the environment, and its value for nothing else."""

import pytest

from targets.variables import VariableError, Variables, has_variables, variables_in, without_defaults

VARIABLES = Variables({"TOKEN": "t-1", "EMPTY": "", "TRICKY": "${TOKEN} {n} $${", "BYTES": "a\udcff"})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bearer ${TOKEN}", "Bearer t-1"),
        ("${TOKEN}${TOKEN}", "t-1t-1"),
        ("${TOKEN:-other}", "t-1"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-a:-b}", "a:-b"),
        ("${NONE:-}", ""),
        ("$${TOKEN}", "${TOKEN}"),
        ("$$${TOKEN}", "$${TOKEN}"),
        ("${{n}} $TOKEN {TOKEN} $", "${{n}} $TOKEN {TOKEN} $"),
        ("${TRICKY}", "${TOKEN} {n} $${"),
    ],
)
def test_values_are_filled_in_once(text: str, filled: str) -> None:
    assert VARIABLES.fill(text) == filled
    assert list(VARIABLES.problems(text)) == []


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("a ${NONE} b", "the environment variable NONE is not set", "export NONE=…"),
        ("${EMPTY}", "the environment variable EMPTY is empty", "${EMPTY:-…}"),
        ("${BYTES}", "the environment variable BYTES is not UTF-8 text", "UTF-8"),
        ("${a-b}", "'${a-b}' is not a variable", "$${"),
        ("${}", "'${}' is not a variable", "${NAME"),
        ("${1}", "'${1}' is not a variable", "${NAME"),
        ("${TOKEN", "'${TOKEN' is not a variable", "${NAME"),
        ("${TOKEN:=x}", "'${TOKEN:=x}' is not a variable", "${NAME"),
        ("${random:1-9}", "'${random:1-9}' is not a variable", "$${"),
    ],
)
def test_what_cannot_be_filled_in_is_an_error(text: str, why: str, hint: str) -> None:
    with pytest.raises(VariableError) as caught:
        VARIABLES.fill(text)
    assert str(caught.value) == why
    assert hint in caught.value.hint
    assert [str(each) for each in VARIABLES.problems(text)] == [why]


def test_names_are_found_in_order() -> None:
    assert list(variables_in("${B} ${A:-x} $${C} ${1} ${D")) == ["B", "A"]
    assert has_variables("${1}")
    assert not has_variables("${{n}} $A")


def test_defaults_can_be_replaced() -> None:
    assert without_defaults("${A:-secret} ${B} ${C:-} $${D:-e}", lambda _: "x") == (
        "${A:-x} ${B} ${C:-} $${D:-e}"
    )


def test_an_environment_is_not_in_its_repr() -> None:
    assert "t-1" not in repr(VARIABLES)
