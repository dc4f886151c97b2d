"""A file is there whole or not at all, and what went wrong is said."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.export import check_writable, live_document, write_beside, write_json
from targets.errors import UsageError
from tests.support.recording import Recording

DOCUMENT = {"title": "schön", "values": list(range(100))}
ROOT = Path(__file__).parents[3]


def test_a_document_is_written_whole_with_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write_json(path, DOCUMENT)
    assert json.loads(path.read_text(encoding="utf-8")) == DOCUMENT
    assert path.read_text().endswith("}\n")
    assert list(tmp_path.iterdir()) == [path]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old" * 10_000)
    write_json(path, DOCUMENT)
    assert json.loads(path.read_text()) == DOCUMENT


def test_a_link_still_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, file = tmp_path / "out.json", tmp_path / "elsewhere" / "real.json"
    link.symlink_to(file)
    write_json(link, DOCUMENT)
    assert link.is_symlink()
    assert json.loads(file.read_text()) == DOCUMENT
    assert list(file.parent.iterdir()) == [file]


def test_a_device_is_written_to_and_stays_one() -> None:
    write_json(Path("/dev/null"), DOCUMENT)
    assert Path("/dev/null").is_char_device()


def test_a_relative_path_is_where_the_person_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(Path("out.json"), DOCUMENT)
    assert (tmp_path / "out.json").exists()


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "none" / "out.json"
    for ask in (check_writable, lambda path: write_json(path, DOCUMENT)):
        with pytest.raises(UsageError, match="cannot write") as caught:
            ask(path)
        assert caught.value.why == f"the folder {tmp_path}/none does not exist"
        assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    for ask in (check_writable, lambda path: write_json(path, DOCUMENT)):
        with pytest.raises(UsageError, match="cannot write") as caught:
            ask(tmp_path)
        assert caught.value.why == "it is a folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write") as caught:
        check_writable(tmp_path / "out.json")
    assert "you may not write" in caught.value.why


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write") as caught:
        write_json(tmp_path / ("x" * 400), DOCUMENT)
    assert caught.value.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_without_space() -> None:
    with pytest.raises(UsageError, match="cannot write /dev/full") as caught:
        write_json(Path("/dev/full"), DOCUMENT)
    assert caught.value.why == "No space left on device"
    assert "report last" in caught.value.hint


LIMITED = """
import pathlib, resource, sys
from engine.export import write_json
from targets.errors import UsageError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    write_json(pathlib.Path(sys.argv[1]), {"values": list(range(1000))})
except UsageError as error:
    print(error.why)
"""


def test_a_disk_that_fills_up_leaves_the_older_file_and_no_piece(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    path = tmp_path / "out.json"
    path.write_text("old")
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "File too large"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_beside_never_goes_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    with Recording(tmp_path / "journal", "a") as recording:
        document = live_document(recording.writer.records())
        paths = {write_beside(document, folder, "hello") for _ in range(3)}
    assert len(paths) == 3
    assert sorted(folder.iterdir()) == sorted(paths)
    for path in paths:
        assert path.name.startswith("abreast-hello-")
        assert json.loads(path.read_text())["outcome"] == "running"
    assert write_beside(document, folder, "").name.startswith("abreast-session-")
