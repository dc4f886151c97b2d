"""Ray's folder is found and removed by the note in the session's folder, and nothing else is."""

from pathlib import Path

from engine.machine import ray_folder


def test_it_is_noted_and_removed(tmp_path: Path) -> None:
    folder = ray_folder.make(tmp_path)
    (folder / "logs").mkdir()
    assert len(str(folder)) < 40, "room for the paths of Ray's sockets"
    assert ray_folder.remove_noted(tmp_path)
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
    assert not ray_folder.remove_noted(tmp_path), "once"


def test_a_note_that_names_something_else_removes_nothing(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    link = tmp_path / f"{ray_folder.PREFIX}link"
    link.symlink_to(other)
    for named in (other, link):
        (tmp_path / ray_folder.NOTE).write_text(str(named))
        assert not ray_folder.remove_noted(tmp_path)
    (tmp_path / ray_folder.NOTE).write_bytes(b"\xff")
    assert not ray_folder.remove_noted(tmp_path)
    assert other.is_dir()
