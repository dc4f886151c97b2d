"""From words of the command line to what is compared."""

from pathlib import Path

import pytest

from engine.comparison import baselines
from engine.comparison.sources import run_named, side_of
from engine.machine import paths
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write

SHAPE = Shape(seconds=9, rps=10, targets=("fastapi", "fastapi#2"), labels=("fastapi", "fastapi ×4"))


@pytest.fixture
def session() -> Path:
    """The journal of a recorded session with two targets."""
    return write(paths.sessions(), SHAPE)


@pytest.mark.usefixtures("session")
def test_a_session_is_found_by_id_beginning_or_last() -> None:
    for word in (SHAPE.session_id, "20250101", "last"):
        side = side_of(word)
        assert side.run.id == SHAPE.session_id
        assert [subject.label for subject in side.subjects] == ["fastapi", "fastapi ×4"]


def test_a_target_is_found_by_label_or_name(session: Path) -> None:
    for word in ("last:fastapi ×4", "last:fastapi#2", f"{session}:fastapi ×4"):
        [subject] = side_of(word).subjects
        assert subject.name == "fastapi#2"


@pytest.mark.usefixtures("session")
def test_an_unknown_target_lists_what_there_is() -> None:
    with pytest.raises(UsageError, match="unknown target 'django'") as caught:
        side_of("last:django")
    assert caught.value.why == "known: fastapi, fastapi ×4"


def test_a_baseline_is_found_by_name_or_path(session: Path, tmp_path: Path) -> None:
    run = run_named(str(session))
    baselines.save("main", run, "now")
    file = baselines.save(str(tmp_path / "ci:1.json"), run, "now")
    assert side_of("main").run.baseline == "main"
    assert side_of("main:fastapi").subjects[0].name == "fastapi"
    assert side_of(str(file)).run.baseline == "ci:1"
    assert side_of(f"{file}:fastapi").subjects[0].name == "fastapi"


@pytest.mark.usefixtures("session")
def test_an_unknown_session_names_the_baselines_too() -> None:
    baselines.save("main", run_named("last"), "now")
    with pytest.raises(UsageError, match="unknown session 'maim'") as caught:
        side_of("maim")
    assert "baselines: main" in caught.value.why


def test_another_document_is_no_baseline(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    path.write_text('{"schema": "abreast/session@2"}')
    with pytest.raises(UsageError, match="is not a baseline"):
        side_of(str(path))
    with pytest.raises(UsageError, match="cannot read"):
        side_of(str(tmp_path / "none.json"))


def test_a_file_that_is_neither_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(UsageError):
        side_of(str(path))
