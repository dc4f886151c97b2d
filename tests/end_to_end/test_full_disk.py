"""A full disk costs no measurement: it is said beforehand or at once, and no run ends as if all were well."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from engine.recording.bundle import pack
from tests.support.disks import fill, make_room, small_disk
from tests.support.fronts import started
from tests.support.made_sessions import Shape, write

RUN = ("run", "hello", "--headless", "--targets", "fastapi", "--users", "2")
CANNOT = "the journal cannot be written: No space left on device"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def test_at_the_start_nothing_begins(disk: Path, tmp_path: Path) -> None:
    fill(disk)
    export = tmp_path / "out.json"
    with started(tmp_path / "run", *RUN, "--export", str(export), home=disk / "home") as front:
        assert front.wait() == 2
        assert "No space left on device" in front.err
        assert "  hint: " in front.err
        assert "ABREAST_HOME" in front.err
        assert "starting" not in front.err
        assert "Traceback" not in front.err
    assert not export.exists()
    assert not list(disk.glob("home/sessions/*"))


def test_with_little_room_at_the_start_nothing_begins(disk: Path, tmp_path: Path) -> None:
    """Folders can be made, and an empty journal, but nothing can be recorded."""
    fill(disk)
    with (disk / "filling").open("ab") as file:
        file.truncate(file.tell() - (1 << 19))
    with started(tmp_path / "run", *RUN, home=disk / "home") as front:
        assert front.wait() == 2
        assert "the session could not be recorded" in front.err
        assert "does not take 1 MB: No space left on device" in front.err
        assert "starting" not in front.err
    assert not list(disk.glob("home/sessions/*"))


def test_midway_it_is_said_at_once_and_the_export_is_whole(disk: Path, tmp_path: Path) -> None:
    export = tmp_path / "out.json"
    arguments = (*RUN, "--seconds", "12", "--export", str(export))
    with started(tmp_path / "run", *arguments, home=disk / "home") as front:
        front.loads()
        fill(disk)
        front.says(CANNOT)
        assert front.process.poll() is None, "it is said while it runs"
        assert front.wait() == 4
        assert "the journal of this session is not" in front.err
        assert "Traceback" not in front.err
    document = orjson.loads(export.read_bytes())
    (target,) = document["targets"]
    assert (document["outcome"], document["damage"]) == ("completed", None)
    assert target["summary"]["window"]["to_s"] - target["summary"]["window"]["from_s"] == 12
    assert [text for text in (each["text"] for each in document["events"]) if text.startswith(CANNOT)]
    for command in ("sessions", "report last", "doctor", "clean", "targets", "presets"):
        with started(tmp_path / command, *command.split(), home=disk / "home") as again:
            assert again.wait() in (0, 1 if command == "doctor" else 0), again.err
            assert "Traceback" not in again.err
            if command == "report last":
                assert again.json["outcome"] == "interrupted", "it has no end"


def test_what_did_not_fit_is_recorded_once_there_is_room_again(disk: Path, tmp_path: Path) -> None:
    with started(tmp_path / "run", *RUN, "--seconds", "12", "--json", home=disk / "home") as front:
        front.loads()
        fill(disk)
        front.says(CANNOT)
        make_room(disk)
        front.says("the journal is written again, and complete")
        assert front.wait() == 0
        with started(tmp_path / "report", "report", "last", home=disk / "home") as report:
            assert report.wait() == 0
            assert report.json == front.json
            assert report.json["outcome"] == "completed"


def test_a_report_that_does_not_fit_leaves_the_older_file_and_no_piece(disk: Path, tmp_path: Path) -> None:
    journal = write(tmp_path, Shape(seconds=60))
    out = disk / "out.json"
    out.write_text("old")
    fill(disk)
    before = sorted(disk.iterdir())
    for arguments in (("--format", "json"), ("--format", "bundle"), ("--format", "html")):
        command = ("report", str(journal), *arguments, "--out", str(out), "--force")
        with started(tmp_path / arguments[1], *command, home=tmp_path / "home") as front:
            assert front.wait() == 2
            assert f"cannot write {out}" in front.err
            assert "No space left on device" in front.err
            assert "Traceback" not in front.err
        assert out.read_text() == "old"
        assert sorted(disk.iterdir()) == before


def test_a_bundle_that_cannot_be_unpacked_says_why(disk: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "it.abreast"
    bundle.write_bytes(b"".join(pack(write(tmp_path, Shape(seconds=60)))))
    (disk / "home").mkdir()
    fill(disk)
    with started(tmp_path / "report", "report", str(bundle), home=disk / "home") as front:
        assert front.wait() == 2
        assert "No space left on device" in front.err
        assert "ABREAST_HOME" in front.err
        assert "Traceback" not in front.err
