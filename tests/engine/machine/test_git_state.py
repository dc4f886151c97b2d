"""The revision of a folder: read from real repositories."""

from pathlib import Path

import pytest

from engine.machine.git_state import git_state
from tests.support.repositories import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "server.py").write_text("print('one')\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "The server")
    return tmp_path


def test_a_clean_folder_has_its_revision(repository: Path) -> None:
    assert git_state(repository / "app") == {"revision": git(repository, "rev-parse", "HEAD"), "dirty": False}


@pytest.mark.parametrize("name", ["server.py", "new.py"])
def test_a_changed_or_new_file_makes_it_dirty(repository: Path, name: str) -> None:
    (repository / "app" / name).write_text("print('two')\n")
    state = git_state(repository / "app")
    assert state is not None
    assert state["dirty"] is True


def test_a_change_elsewhere_in_the_repository_does_not(repository: Path) -> None:
    (repository / "readme.md").write_text("about\n")
    state = git_state(repository / "app")
    assert state is not None
    assert state["dirty"] is False


def test_the_repository_that_a_variable_names_is_not_asked(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert git_state(elsewhere) is None


def test_outside_a_repository_there_is_none(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None


def test_without_git_there_is_none(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_state(repository) is None
