"""`abreast sessions` and its actions."""

import io
import os

import orjson
import pytest

from engine.export import session_summary
from engine.machine import paths
from engine.recording import journal, trash
from engine.recording.journal import JournalWriter
from engine.recording.journal_lines import encode_record
from tests.support.made_sessions import Shape, records, write
from tui.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def two() -> None:
    for number, preset in enumerate(("ramp", "hello")):
        write(
            paths.sessions(),
            Shape(
                seconds=6,
                session_id=f"2025010{number + 1}-{preset}",
                started_at=f"2025-01-0{number + 1}T12:00:00.000+01:00",
                preset=preset,
                labels=("fastapi ×4", "django"),
            ),
        )


def rows(capsys: Capture, *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["sessions", "--json", *options]) == 0
    found: list[dict[str, object]] = orjson.loads(capsys.readouterr().out)
    return found


def ids(capsys: Capture, *options: str) -> list[object]:
    return [row["id"] for row in rows(capsys, *options)]


def test_no_sessions(capsys: Capture) -> None:
    assert main(["sessions"]) == 0
    assert "no sessions recorded yet; start with: abreast run hello" in capsys.readouterr().out
    assert rows(capsys) == []


def test_a_list_shows_what_came_out(two: None, capsys: Capture) -> None:
    assert main(["sessions"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.split() == ["started", "preset", "length", "outcome", "size", "id"]
    assert lines[0].startswith("2025-01-02 12:00  hello   6 s     completed")
    assert lines[0].endswith("20250102-hello")
    assert lines[1] == "    Made: fastapi ×4, django"
    assert "fastapi ×4 served 100 ok/s" in lines[2]
    assert lines[3].startswith("2025-01-01 12:00  ramp")


def test_json_has_the_figures(two: None, capsys: Capture) -> None:
    row = rows(capsys, "--search", "ramp")[0]
    assert (row["id"], row["length_s"], row["labels"]) == ("20250101-ramp", 6.0, ["fastapi ×4", "django"])
    assert row["size_bytes"] == (paths.sessions() / "20250101-ramp" / journal.FILE_NAME).stat().st_size
    figures = row["figures"]
    assert isinstance(figures, list)
    assert figures[0]["label"] == "fastapi ×4"
    assert figures[0]["goodput_rps"] == pytest.approx(100)


def test_searching_and_sorting(two: None, capsys: Capture) -> None:
    assert ids(capsys) == ["20250102-hello", "20250101-ramp"]
    assert ids(capsys, "--sort", "preset") == ["20250102-hello", "20250101-ramp"]
    assert ids(capsys, "--search", "RAMP") == ["20250101-ramp"]
    assert ids(capsys, "--search", "") == ids(capsys)
    assert main(["sessions", "--search", "zzz"]) == 0
    assert "none of 2 sessions contains 'zzz'" in capsys.readouterr().out


def test_renaming_and_noting(two: None, capsys: Capture) -> None:
    assert main(["sessions", "rename", "last", "[b]After\x1b[2J the index"]) == 0
    assert main(["sessions", "note", "20250102", "two\nlines"]) == 0
    capsys.readouterr()
    assert main(["sessions"]) == 0
    out = capsys.readouterr().out
    assert "    [b]After�[2J the index: fastapi ×4, django" in out
    assert "    note: two lines" in out
    assert main(["report", "last"]) == 0
    assert orjson.loads(capsys.readouterr().out)["title"] == "[b]After�[2J the index"
    assert main(["sessions", "rename", "last", ""]) == 0
    assert "has its plan's title again" in capsys.readouterr().out
    assert rows(capsys)[0]["title"] == "Made"
    assert rows(capsys)[0]["note"] == "two\nlines"


def test_deleting_and_bringing_back(two: None, capsys: Capture) -> None:
    assert main(["sessions", "delete", "last", "20250101", "20250101-ramp"]) == 0
    out = capsys.readouterr().out
    assert "deleted 20250102-hello, 20250101-ramp" in out
    assert "bring back within 7 days with: abreast sessions undo" in out
    assert rows(capsys) == []
    assert main(["sessions", "undo"]) == 0
    assert ids(capsys) == ["20250102-hello", "20250101-ramp"]
    assert main(["sessions", "undo"]) == 2
    assert "there is nothing to bring back" in capsys.readouterr().err


def test_what_is_not_deleted(two: None, capsys: Capture) -> None:
    with JournalWriter(paths.session_folder("runs") / journal.FILE_NAME) as writer:
        for record in list(records(Shape(seconds=3, session_id="runs")))[:-1]:
            writer.write(record)
        assert main(["sessions", "delete", "runs", "last"]) == 2
        assert "runs cannot be deleted: it is running" in capsys.readouterr().err
        assert ids(capsys) == ["runs", "20250101-ramp"], "the other was deleted"
    assert main(["sessions", "delete", "nothing"]) == 2
    assert "unknown session 'nothing'" in capsys.readouterr().err


def test_only_stored_sessions_can_be_changed(two: None, capsys: Capture) -> None:
    other = write(paths.home() / "elsewhere", Shape(seconds=3))
    assert main(["sessions", "delete", str(other)]) == 2
    assert "is not among the recorded sessions" in capsys.readouterr().err
    assert other.exists()


def test_pruning_by_age(two: None, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["sessions", "--prune", "30d"]) == 2
    captured = capsys.readouterr()
    assert "20250101-ramp" in captured.out
    assert "not done without your consent: delete 2 sessions" in captured.err
    assert ids(capsys) == ["20250102-hello", "20250101-ramp"]
    assert main(["sessions", "--prune", "30d", "--yes"]) == 0
    assert "deleted 2 sessions for good" in capsys.readouterr().out
    assert ids(capsys) == []
    assert trash.contents() == (0, 0)
    assert main(["sessions", "--prune", "30d", "--yes"]) == 0
    assert "nothing to delete: 0 sessions" in capsys.readouterr().out


def test_pruning_empties_the_trash_and_keeps_what_fits(two: None, capsys: Capture) -> None:
    assert main(["sessions", "delete", "20250101"]) == 0
    capsys.readouterr()
    assert main(["sessions", "--prune", "5GB", "--yes"]) == 0
    assert "deleted 1 session for good" in capsys.readouterr().out
    assert ids(capsys) == ["20250102-hello"]
    assert main(["sessions", "undo"]) == 2


def test_pruning_keeps_what_runs_and_what_a_newer_version_wrote(two: None, capsys: Capture) -> None:
    first, *_ = records(Shape(seconds=3, session_id="x"))
    for name, schema in (("older", "abreast/journal@1"), ("newer", "abreast/journal@99")):
        line = encode_record(first, 0).replace(b"abreast/journal@4", schema.encode())
        (paths.session_folder(name) / journal.FILE_NAME).write_bytes(line)
        os.utime(paths.sessions() / name / journal.FILE_NAME, (0, 0))
    with JournalWriter(paths.session_folder("runs") / journal.FILE_NAME) as writer:
        for record in list(records(Shape(seconds=3, session_id="runs")))[:-1]:
            writer.write(record)
        assert main(["sessions"]) == 0
        out = capsys.readouterr().out
        assert "old format" in out
        assert "unreadable" in out
        assert main(["sessions", "--prune", "1d", "--yes"]) == 0
    assert {each.name for each in paths.sessions().iterdir()} == {"newer", "runs"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--prune", "soon"], "neither an age nor a size"),
        (["--yes"], "--yes goes with --prune"),
        (["--prune", "30d", "--sort", "date"], "--prune does not go with --sort"),
        (["--prune", "30d", "--search", "ramp"], "--prune does not go with --search"),
        (["--sort", "colour"], "invalid choice: 'colour'"),
        (["erase"], "invalid choice: 'erase'"),
        (["rename", "last"], "TITLE"),
    ],
)
def test_wrong_usage(options: list[str], said: str, capsys: Capture) -> None:
    assert main(["sessions", *options]) == 2
    assert said in capsys.readouterr().err


def test_a_listing_reads_no_large_journals(
    two: None, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cli.sessions.LARGEST_READ_BYTES", 1)
    assert main(["sessions"]) == 0
    captured = capsys.readouterr()
    assert "served" not in captured.out
    assert "2 results are not read yet" in captured.err
    for path in paths.sessions().glob("*/journal.jsonl"):
        session_summary.make(path)
    assert main(["sessions"]) == 0
    assert "served" in capsys.readouterr().out
