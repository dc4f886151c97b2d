"""What comes from the terminal as keys, and how a terminal is given back."""

import fcntl
import json
import os
import subprocess
import sys
import termios
import threading
from contextlib import suppress

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


STOPS = 40


def drained(terminal: int) -> None:
    """Reads what is drawn until the terminal is closed."""
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass


@pytest.mark.timeout(120)
def test_each_stop_is_seen_as_one_although_other_threads_may_take_its_signals() -> None:
    ours, theirs = os.openpty()
    reads, writes = os.pipe()
    command = [sys.executable, "-m", "tests.support.little_shell", str(STOPS), str(writes)]
    shell = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        pass_fds=(writes,),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    os.close(writes)
    reader = threading.Thread(target=drained, args=(ours,))
    reader.start()
    with os.fdopen(reads) as file:
        told = [json.loads(line) for line in file]
    assert shell.wait() == 0
    reader.join()
    os.close(ours)
    assert told == [[]] * (STOPS + 1)
