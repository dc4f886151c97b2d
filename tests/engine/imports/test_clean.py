"""Nothing that a source says can control a terminal."""

from engine.imports.clean import clean, listed
from targets.plain_text import visible


def test_a_text_is_one_short_line() -> None:
    assert clean("a\n\tb  c") == "a b c"
    assert clean("x" * 500, 10) == "xxxxxxxxx…"


def test_a_text_has_no_control_characters() -> None:
    text = clean("\x1b[31mred\x07\u202e")
    assert "\x1b" not in text
    assert text == visible(text)
    assert "red" in text


def test_a_list_is_short() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
