"""`abreast plan save`."""

from pathlib import Path

import pytest

import presets
from engine.machine import paths
from tests.support.made_sessions import USERS, Shape, write
from tui.cli.main import main


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of 30 seconds, three levels, in the archive; the current folder is an empty one."""
    monkeypatch.chdir(tmp_path)
    return write(paths.sessions(), Shape(seconds=30))


@pytest.mark.usefixtures("recorded")
def test_the_saved_plan_runs_the_same_load_on_the_same_targets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "save", "again"]) == 0
    plan = presets.load("again.toml")
    assert [choice.text for choice in plan.targets] == ["fastapi", "django-wsgi"]
    assert [(step.users, step.hold) for step in plan.stages] == [(users, 10.0) for users in USERS]
    assert "abreast run again.toml" in capsys.readouterr().err


@pytest.mark.usefixtures("recorded")
def test_no_file_is_replaced_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("again.toml").write_text("kept")
    assert main(["plan", "save", "again.toml"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert Path("again.toml").read_text() == "kept"
    assert main(["plan", "save", "again.toml", "--force"]) == 0
    assert presets.load("again.toml").targets


def test_a_session_is_named_and_a_folder_must_exist(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "save", "here/again", str(recorded)]) == 2
    assert "folder here does not exist" in capsys.readouterr().err
    assert main(["plan", "save", "again", "nothing-like-it"]) == 2
    assert "unknown session" in capsys.readouterr().err


@pytest.mark.usefixtures("recorded")
def test_a_device_is_no_name_that_lacks_a_suffix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "save", "/dev/null"]) == 0
    assert "written to /dev/null; " in capsys.readouterr().err
    Path("again").mkdir()
    assert main(["plan", "save", "again"]) == 0
    assert presets.load("again.toml").targets


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("name", ["plans/", ".", "..", "/"])
def test_a_folder_is_no_name_of_a_plan(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "save", name]) == 2
    assert "is not the name of a file" in capsys.readouterr().err
