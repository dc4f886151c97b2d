"""Whether there is room for a session's files."""

from pathlib import Path

import pytest

from engine.recording.disk_space import check_room, no_room
from targets.errors import UsageError
from tests.support.disks import fill, small_disk


def test_a_folder_with_room_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("kept")
    check_room(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["journal"]


def test_a_full_disk_is_named_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = disk / "session"
        folder.mkdir()
        check_room(folder)
        fill(disk)
        with pytest.raises(UsageError) as caught:
            check_room(folder)
        assert caught.value.what == "the session could not be recorded"
        assert f"{folder} does not take 1 MB: " in caught.value.why
        assert "No space left on device" in caught.value.why
        assert not folder.exists()


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the session could not be recorded"):
        check_room(tmp_path / "none")


def test_a_folder_with_files_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    no_room(tmp_path, "it is full")
    assert (tmp_path / "journal").exists()
