"""Commands are split as a POSIX shell splits them; bash itself is asked where there is one."""

import shutil
import subprocess

import pytest

from engine.imports.curl.shell_words import ansi_text, shell_commands
from engine.imports.marked_text import variable
from targets.errors import UsageError
from tests.support.waiting import WITHIN_S

PLAIN = [
    "a b  c",
    "'a b' \"c d\" e\\ f",
    r"""'it'\''s' "say \"hi\"" """,
    r'"\\ \a \$x" \\ \a',
    r"$'a\tb\n\'\\' $'\x41\101\u00e9'",
    r"$'\u0021\U0001f600'",
    "a'b'\"c\"d",
    "'' \"\" x",
    "a \\\n  b",
    "'a\nb'",
    "a # a comment",
    "a#b '#c'",
    "http://h/?a=1 -H 'x: y'",
    "{a,b}c'd'",
    '"$(" ")"'.replace("$(", "("),
]
"""Words that mean the same whatever the environment has."""


def words(text: str) -> list[str]:
    [command] = shell_commands(text)
    return command.words


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash to ask")
@pytest.mark.parametrize("text", PLAIN)
def test_words_are_those_of_bash(text: str) -> None:
    script = f"set +B; show() {{ printf '%s\\0' \"$@\"; }}; show {text}\n"
    shown = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=WITHIN_S).stdout
    assert words(text) == shown.decode().split("\0")[:-1]


def test_several_commands_and_their_lines() -> None:
    text = "curl a;\ncurl \\\n  b | jq .\n\n# note\ncurl c && curl d &\ncurl e"
    found = [(command.line, command.words) for command in shell_commands(text)]
    assert found == [
        (1, ["curl", "a"]),
        (2, ["curl", "b"]),
        (3, ["jq", "."]),
        (6, ["curl", "c"]),
        (6, ["curl", "d"]),
        (7, ["curl", "e"]),
    ]


def test_variables_and_outputs_of_commands_are_marked_and_not_run() -> None:
    [command] = shell_commands("""curl "$A/${B}" $C '$D' "$(cat token)" `date`""")
    assert command.words[1:4] == [f"{variable('A')}/{variable('B')}", variable("C"), "$D"]
    assert command.words[4:] == [variable("API_OUTPUT"), variable("API_OUTPUT_2")]
    assert command.outputs == {"API_OUTPUT": "$(cat token)", "API_OUTPUT_2": "`date`"}


def test_an_ampersand_within_a_word_belongs_to_a_query() -> None:
    assert words("curl http://h/?a=1&b=2") == ["curl", "http://h/?a=1&b=2"]


def test_redirections_are_dropped() -> None:
    [command] = shell_commands("curl -o x h > out.txt 2>&1 <in")
    assert command.words == ["curl", "-o", "x", "h"]
    assert command.stdin is None


READ = [
    'cat <<EOF\na \'b\' "c" \\$d \\\\ \\q \\" x\\\ny\n EOF\nEOF\n',
    "cat <<'E F'\na $b \\ `c`\nE F\n",
    'cat <<"E"\n$a\nE\n',
    "cat <<\\E\n$a\nE\n",
    "cat <<-E\n\ta\n\t\tb\n\tE\n",
    "cat <<E; true\na\nE\n",
    "cat <<< 'a b'\"c\"\n",
    "cat <<A 2>&1 <<B\na\nA\nb\nB\n",
    "cat <<E\nno end",
    "cat <<E\nE\n",
]
"""What commands read from the text itself."""


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash to ask")
@pytest.mark.parametrize("text", READ)
def test_what_a_command_reads_is_what_bash_gives_it(text: str) -> None:
    shown = subprocess.run(["bash", "-c", text], capture_output=True, check=True, timeout=WITHIN_S).stdout
    command, *others = shell_commands(text)
    assert command.stdin == shown.decode()
    assert [each.words for each in others] == [["true"]] * ("true" in text)
    following = shell_commands(f"{text}\nnext")[-1]
    assert following.line == text.count("\n") + 2 or "no end" in text


@pytest.mark.parametrize("text", ["curl 'a", 'x\ncurl "a', "curl $'a", "curl `a"])
def test_a_quote_that_is_not_closed_is_named_with_its_line(text: str) -> None:
    line = text.count("\n") + 1
    with pytest.raises(UsageError, match=f"line {line}: a quote is not closed"):
        shell_commands(text)


def test_escapes_of_browsers() -> None:
    assert ansi_text(r"\ud83d\ude00 \ud83d x") == "\U0001f600 \ufffd x"
    assert ansi_text(r"caf\xe9 \xc3\xa9") == "café é"
    assert ansi_text(r"\ca\q") == "\x01\\q"
