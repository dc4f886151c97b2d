"""Files that people name: regular ones, up to a limit."""

import os
from pathlib import Path

import pytest

from engine.machine.files import UnreadableError, opened, read_file, read_plan_file, size_text, write_whole


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert read_file(file, 5) == read_plan_file(file, 5) == b"12345"
    with pytest.raises(UnreadableError, match="more than 4 bytes"):
        read_file(file, 4)


def test_a_file_of_any_size_is_read_in_parts(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1\n2\n")
    with opened(file) as lines:
        assert lines.readline() == b"1\n"
        assert lines.read() == b"2\n"


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing", Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(UnreadableError):
            read_file(path, 5)
        with pytest.raises(UnreadableError):
            opened(path)


def test_a_pipe_that_was_handed_over_is_read() -> None:
    reads, writes = os.pipe()
    try:
        os.write(writes, b"title")
        os.close(writes)
        assert read_plan_file(Path(f"/dev/fd/{reads}"), 100) == b"title"
    finally:
        os.close(reads)


def test_sizes_in_words() -> None:
    assert (size_text(1000), size_text(10 << 20), size_text(3 << 19)) == ("1000 bytes", "10 MiB", "1.5 MiB")


def test_own_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "folder", b"x")
    assert {each.name for each in tmp_path.iterdir()} == {"a.json", "folder"}
