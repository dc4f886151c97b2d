"""The end of a log, while it is written."""

from pathlib import Path

import pytest

from engine.recording.log_tail import LINES_KEPT, LONGEST_LINE, MOST_BYTES, LogTail, log_path


def written(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)


def test_it_reads_what_was_written_since_line_by_line(tmp_path: Path) -> None:
    log = LogTail(tmp_path / "log.txt")
    written(log.path, "one\ntwo\r\nthr")
    assert log.read()
    assert list(log.lines) == ["one", "two"]
    assert not log.read()
    written(log.path, "ee\n")
    assert log.read()
    assert list(log.lines) == ["one", "two", "three"]


def test_a_log_that_was_cut_is_read_again(tmp_path: Path) -> None:
    log = LogTail(tmp_path / "log.txt")
    written(log.path, "a long beginning\n" * 10)
    log.read()
    log.path.write_text("new\n", encoding="utf-8")
    assert log.read()
    assert list(log.lines) == ["new"]


def test_of_a_long_log_only_the_end_is_read(tmp_path: Path) -> None:
    log = LogTail(tmp_path / "log.txt")
    written(log.path, "x" * 20 + "\n")
    log.read()
    written(log.path, "".join(f"{number:019}\n" for number in range(MOST_BYTES // 10)))
    log.read()
    assert len(log.lines) == LINES_KEPT
    assert log.lines[-1] == f"{MOST_BYTES // 10 - 1:019}"


def test_lines_that_are_no_longer_kept_are_counted(tmp_path: Path) -> None:
    log = LogTail(tmp_path / "log.txt")
    written(log.path, "".join(f"{number}\n" for number in range(LINES_KEPT)))
    log.read()
    assert log.dropped == 0
    written(log.path, "one\ntwo\n" + "y" * (LONGEST_LINE + 1))
    log.read()
    assert (log.dropped, log.lines[0], log.lines[-2]) == (3, "3", "two")
    log.path.write_text("new\n", encoding="utf-8")
    log.read()
    assert (log.dropped, list(log.lines)) == (3 + LINES_KEPT, ["new"])


def test_neither_bytes_that_are_no_text_nor_lines_without_an_end_are_in_the_way(tmp_path: Path) -> None:
    log = LogTail(tmp_path / "log.txt")
    log.path.write_bytes(b"\xff\xfe broken\n" + b"y" * (3 * LONGEST_LINE))
    log.read()
    assert log.lines[0].endswith(" broken")
    assert log.lines[1] == "y" * LONGEST_LINE
    with pytest.raises(FileNotFoundError):
        LogTail(tmp_path / "none").read()


def test_where_the_log_of_a_target_is(tmp_path: Path) -> None:
    assert log_path(tmp_path, "fastapi#2") == tmp_path / "targets" / "fastapi-2" / "log.txt"
    for name in ("../../etc", "/etc", "..", "", "a/b"):
        assert log_path(tmp_path, name) is None, name
