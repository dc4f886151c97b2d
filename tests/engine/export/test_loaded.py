"""A session that is read once for all formats."""

from pathlib import Path

import pytest

from engine.export.loaded import load, load_running
from engine.recording import journal
from targets.errors import UsageError
from tests.support.made_sessions import Shape, records, write
from tests.support.recording import Recording, sample

SHAPE = Shape(seconds=4)


def test_it_is_the_same_from_a_journal_and_from_its_records(tmp_path: Path) -> None:
    path = write(tmp_path, SHAPE)
    recorded, running = load(path), load_running(path, records(SHAPE))
    assert recorded.header == running.header
    assert recorded.result == running.result
    assert {**recorded.document, "damage": None} == running.document
    assert recorded.outcome == "completed"
    assert not recorded.damage


def test_what_several_formats_need_is_computed_once(tmp_path: Path) -> None:
    session = load(write(tmp_path, SHAPE))
    assert session.document is session.document
    assert session.result is session.result
    assert session.snapshot is session.snapshot


def test_without_an_end_the_lock_tells_whether_it_runs(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE_NAME
    with Recording(path, "a") as recording:
        recording.tick(0, sample(0, ok_us=[1000]))
        assert load(path).outcome == "running"
    assert load(path).outcome == "interrupted"


def test_a_journal_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the journal"):
        load(tmp_path / "none")
