"""Variables that commands set are filled in as a shell does it; bash itself is asked where there is one."""

import shutil
import subprocess

import pytest

from engine.imports.curl.set_variables import MAX_CHARACTERS, MAX_WORD_CHARACTERS, SetVariables
from engine.imports.curl.shell_words import shell_commands
from engine.imports.marked_text import variable
from tests.support.waiting import WITHIN_S

VALUES = {"A": "-X POST  -d a=1", "EMPTY": "", "B": " b ", "C": "c"}
WORDS = [
    "$A", "x$A", "$A$C", '"$A"', "$EMPTY", '"$EMPTY"', "x${EMPTY}y", "$B", "x${B}y", "$EMPTY$EMPTY",
    '"$C"$A', "$B$B", "'$A' $C",
]  # fmt: skip


def filled(text: str, values: dict[str, str]) -> list[str]:
    """The words of a text in which these variables are set."""
    found = SetVariables()
    for name, value in values.items():
        found.set(name, value)
    [command] = shell_commands(f"show {text}")
    words = enumerate(command.words)
    return [each for at, word in words for each in found.words(word, command.bare.get(at, ()))][1:]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash to ask")
@pytest.mark.parametrize("text", WORDS)
def test_words_are_those_of_bash(text: str) -> None:
    script = f"show() {{ printf '%s\\0' $# \"$@\"; }}; show {text}\n"
    shown = subprocess.run(
        ["bash", "-c", script], env=VALUES, capture_output=True, check=True, timeout=WITHIN_S
    ).stdout
    assert filled(text, VALUES) == shown.decode().split("\0")[1:-1]


def test_a_variable_that_is_not_set_stays_one() -> None:
    assert filled("$D/$C", VALUES) == [f"{variable('D')}/c"]


def test_what_is_filled_into_a_word_has_a_limit() -> None:
    found = SetVariables()
    found.set("A", "a" * (MAX_WORD_CHARACTERS // 2))
    twice = variable("A") * 2
    assert len(found.filled(twice)) == MAX_WORD_CHARACTERS
    assert not found.too_long
    assert found.filled(twice + variable("A")) == twice + variable("A")
    assert list(found.too_long) == ["A"]


def test_what_is_filled_in_altogether_has_a_limit() -> None:
    found = SetVariables()
    found.set("A", "a" * MAX_WORD_CHARACTERS)
    words = [found.filled(variable("A")) for _ in range(2 * MAX_CHARACTERS // MAX_WORD_CHARACTERS)]
    assert sum(map(len, words)) < MAX_CHARACTERS + MAX_WORD_CHARACTERS
    assert words[-1] == variable("A")
