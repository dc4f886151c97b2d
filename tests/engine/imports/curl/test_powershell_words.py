"""Commands are split as PowerShell splits them."""

import pytest

from engine.imports.curl.powershell_words import is_powershell, powershell_commands
from engine.imports.marked_text import variable
from targets.errors import UsageError

COPIED = """curl.exe -X POST "http://h/a" `
  -H "A: `"b`" ""c"" `$5 $env:TOKEN ${x}" `\r
  -d '{"a":"it''s $y"}'; curl.exe http://h/b | jq .
curl.exe http://h/c `
  -d '{\\"n\\":1}'"""


def test_what_is_copied_from_powershell() -> None:
    first, second, jq, third = powershell_commands(COPIED)
    assert first.words[:4] == ["curl.exe", "-X", "POST", "http://h/a"]
    assert first.words[4:6] == ["-H", f'A: "b" "c" $5 {variable("TOKEN")} {variable("x")}']
    assert first.words[6:] == ["-d", '{"a":"it\'s $y"}']
    assert (second.words, jq.words) == (["curl.exe", "http://h/b"], ["jq", "."])
    assert (third.line, third.words[-1]) == (4, '{"n":1}')


def test_the_form_is_recognized() -> None:
    assert is_powershell(COPIED)
    assert not is_powershell("curl http://h/`date` \\\n -H 'a: `'")
    assert not is_powershell("curl http://h/ \\\n -d 'a `\nb'")


@pytest.mark.parametrize("text", ["curl 'a `\n", 'x `\ncurl "a'])
def test_a_quote_that_is_not_closed_is_named_with_its_line(text: str) -> None:
    with pytest.raises(UsageError, match="a quote is not closed"):
        powershell_commands(text)
