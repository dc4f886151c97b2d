"""The file of what is remembered."""

from pathlib import Path

import pytest

from targets.errors import UsageError
from tui import settings
from tui.look import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, which does not exist yet."""
    monkeypatch.setenv("ABREAST_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_what_is_saved_is_loaded(home: Path) -> None:
    chosen = Settings("light", "block", "narrow", 0)
    settings.save(chosen)
    assert settings.load() == (chosen, "")
    assert [each.name for each in home.iterdir()] == [settings.NAME]


def test_without_a_file_nothing_is_remembered_and_nothing_is_created(home: Path) -> None:
    assert settings.load() == (Settings(), "")
    assert not home.exists()


@pytest.mark.parametrize(
    ("content", "theme", "says"),
    [
        (b"{", "", "is not valid JSON"),
        (b"\xff", "", "is not valid JSON"),
        (b"[" * 10_000, "", "is not valid JSON"),
        (b"7", "", "all of it"),
        (b'{"theme": "light", "charts": "dots"}', "light", "ignored: charts"),
        (b" " * (settings.MAX_BYTES + 1), "", "the limit"),
    ],
)
def test_odd_content_is_ignored_with_one_line(home: Path, content: bytes, theme: str, says: str) -> None:
    home.mkdir()
    (home / settings.NAME).write_bytes(content)
    found, trouble = settings.load()
    assert found == Settings(theme)
    assert says in trouble
    assert "\n" not in trouble


def test_a_folder_in_its_place_is_ignored(home: Path) -> None:
    (home / settings.NAME).mkdir(parents=True)
    assert "is not a regular file" in settings.load()[1] or "directory" in settings.load()[1]
    with pytest.raises(UsageError, match="cannot be remembered"):
        settings.save(Settings("light"))


def test_a_home_that_cannot_be_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABREAST_HOME", "/proc/none")
    assert settings.load() == (Settings(), "")
    with pytest.raises(UsageError):
        settings.save(Settings("light"))
