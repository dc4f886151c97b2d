"""Commands are split as cmd.exe and the runtime of C split them: what browsers copy "as cURL (cmd)"."""

import re

import pytest

from engine.imports.curl.cmd_words import cmd_commands, is_cmd
from targets.errors import UsageError

CHROME = (
    'curl ^"https://h.example/api?x=1^&y=%^41^" ^\r\n'
    '  -H ^"accept: */*^" ^\r\n'
    '  --data-raw ^"^{^\\^"a^\\^":^\\^"b c^\\^",^\\^"e^\\^":^\\^"^\\^"^}^" &\r\n'
    'curl ^"https://h.example/2^"'
)
OLDER = 'curl "http://h/?a=1" ^\r\n -H "x: say ""hi""" -d "C:\\\\x \\"q\\""'


def test_what_chrome_copies() -> None:
    first, second = cmd_commands(CHROME)
    assert first.words[:4] == ["curl", "https://h.example/api?x=1&y=%41", "-H", "accept: */*"]
    assert first.words[-1] == '{"a":"b c","e":""}'
    assert (second.line, second.words) == (4, ["curl", "https://h.example/2"])


def test_what_older_browsers_copy() -> None:
    [command] = cmd_commands(OLDER)
    assert command.words == ["curl", "http://h/?a=1", "-H", 'x: say "hi"', "-d", 'C:\\x "q"']


IN_ONE_LINE = 'curl "http://h/" -H "sec-ch-ua: ""A"";v=""1""" --data-raw "{""a"":""b c"",""n"":[1]}"'


def test_what_firefox_copied_in_one_line() -> None:
    [command] = cmd_commands(IN_ONE_LINE)
    assert command.words[2:] == ["-H", 'sec-ch-ua: "A";v="1"', "--data-raw", '{"a":"b c","n":[1]}']


def copied(text: str) -> str:
    """A word as Chromium copies it (`escapeStringWin` of its developer tools)."""
    text = re.sub(r'["\\]', lambda sign: f"\\{sign[0]}", text)
    text = re.sub(r"[^a-zA-Z0-9\s_\-:=+~'\/.,?;()*`]", r"^\g<0>", text)
    text = re.sub(r"%(?=[a-zA-Z0-9_])", "%^", text)
    return f'^"{re.sub(chr(10), "^" + 2 * chr(10), text)}^"'


@pytest.mark.parametrize(
    "text",
    [
        '{"p":"C:\\\\x","q":"say \\"hi\\"","e":""}',
        "a\nb",
        "%41 %PATH% 100%",
        "^ & | < > ! $ {}[]",
        '"',
        "\\",
        'a\\\\"',
        "it's",
        "a b\tc",
    ],
)
def test_what_a_browser_copies_is_what_it_sent(text: str) -> None:
    [command] = cmd_commands(f"curl {copied(text)} ^\n  -v")
    assert command.words == ["curl", text, "-v"]


def test_a_literal_line_end_is_written_with_two() -> None:
    [command] = cmd_commands('curl ^"h^" --data-raw ^"a^\n\nb^"')
    assert command.words[-1] == "a\nb"


def test_the_form_is_recognized() -> None:
    assert is_cmd(CHROME)
    assert is_cmd(OLDER)
    assert is_cmd(IN_ONE_LINE)
    assert is_cmd('curl h -d "[{ ""a"":1}]"')
    assert not is_cmd("""curl "h" -d "{""$BODY""}" -d "" -H "X: " -d 'it is ""quoted""' """)
    assert not is_cmd("curl 'http://h/^x' \\\n -H 'a: b'")


def test_a_quote_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(UsageError, match="a quote is not closed"):
        cmd_commands('curl "a')
