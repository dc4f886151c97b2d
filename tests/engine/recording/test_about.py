"""Titles and notes that people give to sessions."""

import os
from pathlib import Path

import pytest

from engine.recording import about
from engine.recording.about import About
from targets.errors import UsageError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert about.load(tmp_path) == About()
    about.save(tmp_path, About("After the index", "two\nlines"))
    assert about.load(tmp_path) == About("After the index", "two\nlines")
    assert [each.name for each in tmp_path.iterdir()] == [about.FILE_NAME], "nothing else is left"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"title": 1}', b"\xff", b"x" * 100_000])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / about.FILE_NAME).write_bytes(content)
    assert about.load(tmp_path) == About()


def test_a_pipe_in_its_place_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / about.FILE_NAME)
    assert about.load(tmp_path) == About()


def test_texts_cannot_control_a_terminal(tmp_path: Path) -> None:
    (tmp_path / about.FILE_NAME).write_bytes(b'{"title": "a\\u001b[2J\\nb", "note": "c\\u0007\\nd"}')
    found = about.load(tmp_path)
    assert found.title.isprintable()
    assert found.note.replace("\n", "").isprintable()
    assert about.checked_title(" a\n b ") == "a b"


def test_what_is_too_long_is_refused() -> None:
    assert about.checked_note("x" * about.LONGEST_NOTE)
    with pytest.raises(UsageError, match="a note of 4001 characters is too long"):
        about.checked_note("x" * 4001)
    with pytest.raises(UsageError, match="a title of 201 characters"):
        about.checked_title("x" * 201)


def test_a_session_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gone is not there any more"):
        about.save(tmp_path / "gone", About("x"))


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / about.FILE_NAME).mkdir()
    with pytest.raises(UsageError, match="cannot write to"):
        about.save(tmp_path, About("x"))
    assert [each.name for each in tmp_path.iterdir()] == [about.FILE_NAME]
