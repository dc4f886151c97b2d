"""Everything abreast keeps lies below one folder, which it makes."""

from pathlib import Path

import platformdirs
import pytest

from engine.machine import paths
from targets.errors import UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "deep" / "home"
    monkeypatch.setenv("ABREAST_HOME", str(home))
    return home


def test_folders_lie_below_the_home_and_exist(home: Path) -> None:
    folders = [paths.home(), paths.sessions(), paths.session_folder("one"), paths.cache()]
    assert folders == [home, home / "sessions", home / "sessions" / "one", home / "cache"]
    assert all(folder.is_dir() for folder in folders)


def test_the_home_is_absolute_and_may_be_below_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ABREAST_HOME", "~/load tests")
    assert paths.home() == tmp_path / "load tests"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ABREAST_HOME", "here")
    assert paths.home() == tmp_path / "here"


def test_without_a_name_the_system_has_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ABREAST_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert paths.home() == Path(platformdirs.user_data_dir("abreast"))
    assert paths.home().is_relative_to(tmp_path)


def test_a_home_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ABREAST_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot store its files in") as caught:
        paths.sessions()
    assert "file" in caught.value.why
    assert "ABREAST_HOME" in caught.value.hint


@pytest.mark.parametrize("name", ["", "..", ".", "../elsewhere", "a/b", "/etc"])
def test_a_session_stays_in_its_folder(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a session"):
        paths.session_folder(name)
    assert not home.exists()


def test_what_is_kept_is_its_owner_s_alone(home: Path) -> None:
    for folder in (home, paths.sessions(), paths.session_folder("one"), paths.cache()):
        paths.home()
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    for folder in (home, paths.sessions()):
        folder.chmod(0o755)
    assert paths.sessions().stat().st_mode & 0o777 == 0o700
    assert home.stat().st_mode & 0o777 == 0o755, "it may be somebody's for other things too"
