"""A file is there whole or not at all, and what went wrong is said."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.export.formats import FORMATS
from engine.export.loaded import load
from engine.export.session_json import json_text
from engine.export.writing import check_writable, write, write_beside, write_files
from targets.errors import UsageError
from tests.support.made_sessions import Shape
from tests.support.made_sessions import write as write_session

DOCUMENT = {"title": "schön", "values": list(range(100))}
CONTENT = [json_text(DOCUMENT)]
ROOT = Path(__file__).parents[3]


def test_a_document_is_written_whole_with_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write(path, CONTENT, replace=True)
    assert json.loads(path.read_text(encoding="utf-8")) == DOCUMENT
    assert path.read_text().endswith("}\n")
    assert list(tmp_path.iterdir()) == [path]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old" * 10_000)
    write(path, CONTENT, replace=True)
    assert json.loads(path.read_text()) == DOCUMENT


def test_a_link_still_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, file = tmp_path / "out.json", tmp_path / "elsewhere" / "real.json"
    link.symlink_to(file)
    write(link, CONTENT, replace=True)
    assert link.is_symlink()
    assert json.loads(file.read_text()) == DOCUMENT
    assert list(file.parent.iterdir()) == [file]


def test_a_device_is_written_to_and_stays_one() -> None:
    write(Path("/dev/null"), CONTENT, replace=True)
    assert Path("/dev/null").is_char_device()


def test_what_is_open_already_is_written_to() -> None:
    reader, writer = os.pipe()
    try:
        path = Path(f"/dev/fd/{writer}")
        check_writable(path, replace=False)
        write(path, CONTENT)
        assert os.read(reader, 1000) == b"".join(CONTENT)
    finally:
        os.close(reader)
        os.close(writer)


def test_a_file_that_is_open_already_is_added_to(tmp_path: Path) -> None:
    with (tmp_path / "out.json").open("wb") as file:
        file.write(b"before\n")
        file.flush()
        write(Path(f"/dev/fd/{file.fileno()}"), CONTENT)
    assert (tmp_path / "out.json").read_bytes() == b"before\n" + b"".join(CONTENT)


def test_a_relative_path_is_where_the_person_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("out.json"), CONTENT, replace=True)
    assert (tmp_path / "out.json").exists()


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "none" / "out.json"
    for ask in (check_writable, lambda path: write(path, CONTENT, replace=True)):
        with pytest.raises(UsageError, match="cannot write") as caught:
            ask(path)
        assert caught.value.why == f"the folder {tmp_path}/none does not exist"
        assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write") as caught:
        write(tmp_path / "file" / "out.json", CONTENT, replace=True)
    assert caught.value.why == f"{tmp_path}/file is not a folder"


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    for ask in (check_writable, lambda path: write(path, CONTENT, replace=True)):
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
        write(tmp_path / ("x" * 400), CONTENT, replace=True)
    assert caught.value.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_without_space() -> None:
    with pytest.raises(UsageError, match="cannot write /dev/full") as caught:
        write(Path("/dev/full"), CONTENT, replace=True)
    assert caught.value.why == "No space left on device"
    assert caught.value.hint == "name another file"
    with pytest.raises(UsageError, match="cannot write /dev/full") as caught:
        write_files([(Path("/dev/full"), CONTENT)])
    assert "report last" in caught.value.hint


LIMITED = """
import pathlib, resource, sys
from engine.export.writing import write
from targets.errors import UsageError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    write(pathlib.Path(sys.argv[1]), [b"1" * 600] * 10, replace=True)
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


def test_an_older_file_stays_without_force(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with pytest.raises(UsageError, match=r"out\.json exists already") as caught:
        write(path, CONTENT)
    assert "--force" in caught.value.hint
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.json"

    def content() -> Iterator[bytes]:
        path.write_text("of another process")
        yield b"mine"

    with pytest.raises(UsageError, match="exists already"):
        write(path, content())
    assert path.read_text() == "of another process"
    assert list(tmp_path.iterdir()) == [path]


def test_content_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    def content() -> Iterator[bytes]:
        yield b"the beginning"
        raise UsageError("no more")

    with pytest.raises(UsageError, match="no more"):
        write(tmp_path / "out.json", content())
    assert list(tmp_path.iterdir()) == []


def test_of_several_files_none_is_written_where_one_exists(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")
    with pytest.raises(UsageError, match="exists already"):
        write_files([(tmp_path / "a", [b"1"]), (tmp_path / "b", [b"2"])])
    assert not (tmp_path / "a").exists()
    write_files([(tmp_path / "a", [b"1"]), (tmp_path / "b", [b"2"])], replace=True)
    assert (tmp_path / "b").read_bytes() == b"2"


def test_a_link_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.symlink_to(path)
    with pytest.raises(UsageError, match="cannot write"):
        write(path, CONTENT, replace=True)


KILLED = """
import os, pathlib, signal, sys
from engine.export.writing import write
def content():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)
    yield b"whole"
write(pathlib.Path(sys.argv[1]), content(), replace=True)
"""


def test_a_killed_process_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_an_export_beside_never_goes_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    session = load(write_session(tmp_path, Shape(seconds=2)))
    paths = {path for _ in range(3) for path in write_beside(session, [FORMATS["json"]], folder)}
    assert len(paths) == 3
    assert sorted(folder.iterdir()) == sorted(paths)
    for path in paths:
        assert path.name.startswith("abreast-hello-")
        assert json.loads(path.read_text())["outcome"] == "completed"
