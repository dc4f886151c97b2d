"""The summary beside a journal: it holds for that journal, as it is."""

import os
from pathlib import Path

import pytest

from engine.export import session_summary
from engine.recording import summary_file
from tests.support.made_sessions import Shape, write


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = write(tmp_path, Shape(seconds=3))
    assert session_summary.make(path)
    return path


def test_what_is_written_is_read(journal: Path) -> None:
    found = summary_file.load(journal.parent)
    assert found is not None
    assert [target.label for target in found.targets] == ["fastapi", "django-wsgi"]
    summary_file.save(journal.parent, found)
    assert summary_file.load(journal.parent) == found


def test_it_holds_for_no_other_journal(journal: Path) -> None:
    before = journal.stat()
    os.utime(journal, (0, 0))
    assert summary_file.load(journal.parent) is None
    os.utime(journal, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert summary_file.load(journal.parent) is not None
    with journal.open("ab") as file:
        file.write(b"x")
    os.utime(journal, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert summary_file.load(journal.parent) is None
    journal.unlink()
    assert summary_file.load(journal.parent) is None


@pytest.mark.parametrize(
    "change",
    [
        (b"abreast/summary@2", b"abreast/summary@3"),
        (b'"targets":[', b'"targets":[3,'),
        (b'"goodput":', b'"goodput":"a","x":'),
        (b'"title":"Made"', b'"title":7'),
        (b"{", b""),
        (b'"sentence"', b'"other"'),
        (b'"started_at":"2025', b'"started_at":"x'),
        (b"+01:00", b""),
    ],
)
def test_what_cannot_be_read_is_as_good_as_missing(journal: Path, change: tuple[bytes, bytes]) -> None:
    path = journal.parent / summary_file.FILE_NAME
    content = path.read_bytes()
    assert content.replace(*change, 1) != content
    path.write_bytes(content.replace(*change, 1))
    assert summary_file.load(journal.parent) is None
