"""The manual page is current, and man can show it."""

import os
import re
import shutil
import subprocess

import pytest

from tests.man_page import PAGE, page
from tui.cli.arguments import commands_of, parser
from tui.cli.completion import options_and_arguments


def plain(text: str) -> list[str]:
    """Its words: versions of Python break lines at different places."""
    return text.split()


def test_it_is_current() -> None:
    assert plain(PAGE.read_text(encoding="utf-8")) == plain(page()), "renew it with: make man"


def test_it_has_every_command_and_every_option() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    for name in commands_of(parser()).choices:
        assert f".SS \\fBabreast {name}\\fR" in text
    for path, action in options_and_arguments(parser()):
        if action.help != "==SUPPRESS==" and action.dest != "help":
            assert all(option in text for option in action.option_strings), path


def test_no_text_of_it_is_taken_for_a_request() -> None:
    requests = set(re.findall(r"^[.'](\S+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert requests <= {"TH", "SH", "SS", "TP", "RS", "RE", "PP", "B", "nf", "fi", "nh", "ad"}


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_it_without_warnings() -> None:
    shown = subprocess.run(
        ["man", "--warnings", "--local-file", str(PAGE)],
        env=os.environ | {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shown.stderr == ""
    assert "EXIT STATUS" in shown.stdout
    assert "--think-time TIME" in shown.stdout
    assert "before compinit in ~/.zshrc" in shown.stdout  # a line that continues an example
