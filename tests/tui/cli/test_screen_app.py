"""How the screen is drawn, from the command line to the app."""

import argparse
from pathlib import Path

import pytest

from targets.errors import UsageError
from tui import settings
from tui.cli.screen_app import look_of
from tui.look import Look, Settings


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the test's own, and a terminal that can show everything."""
    monkeypatch.setenv("ABREAST_HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("LC_ALL", "ABREAST_THEME", "ABREAST_CHARTS", "ABREAST_SIGNS"):
        monkeypatch.delenv(name, raising=False)


def given(**options: str) -> argparse.Namespace:
    """Arguments as `parse_arguments` gives them."""
    return argparse.Namespace(**{"theme": None, "charts": None, "signs": None} | options)


def test_options_variables_and_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_of(given()) == Look()
    settings.save(Settings("light", "block", "narrow", 600))
    assert look_of(given()) == Look("light", "block", "narrow", 600)
    monkeypatch.setenv("ABREAST_CHARTS", "ascii")
    assert look_of(given(theme="nord")) == Look("nord", "ascii", "ascii", 600)


def test_a_theme_of_the_command_line_must_exist() -> None:
    with pytest.raises(UsageError, match="unknown theme 'ligt'") as caught:
        look_of(given(theme="ligt"))
    assert "light" in caught.value.hint


@pytest.mark.parametrize("place", ["file", "variable"])
def test_a_theme_that_is_gone_is_ignored_with_one_line(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if place == "file":
        settings.save(Settings("gone"))
    else:
        monkeypatch.setenv("ABREAST_THEME", "gone")
    assert look_of(given()).theme == "dark"
    (line,) = capsys.readouterr().err.splitlines()
    assert "unknown theme 'gone'" in line


def test_odd_settings_are_ignored_with_one_line_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / settings.NAME).write_text('{"charts": "dots", "theme": "light"}')
    monkeypatch.setenv("ABREAST_SIGNS", "huge")
    assert look_of(given()) == Look("light")
    lines = capsys.readouterr().err.splitlines()
    assert [name in line for name, line in zip(("ABREAST_SIGNS", "charts"), lines, strict=True)] == [
        True,
        True,
    ]
