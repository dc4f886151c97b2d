"""What the command line says of journals that are not as they were written."""

from pathlib import Path

import orjson
import pytest

from engine.machine import paths
from engine.recording import journal
from tests.support.recording import Recording, sample
from tui.cli.main import main

SECONDS = 6


@pytest.fixture
def damaged() -> Path:
    """A journal of six seconds in which a bit of the third was turned."""
    path = paths.session_folder("20250101-120000-test-0000") / journal.FILE_NAME
    with Recording(path, "a") as recording:
        for tick in range(SECONDS * 5):
            recording.tick(tick, sample(tick, ok_us=[1000, 2000]))
        recording.flush()
        recording.end()
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b'"Bucket",{"second":3' in line)
    lines[at] = lines[at].replace(b"1000", b"1001").replace(b'"started":', b'"started":1')
    path.write_bytes(b"".join(lines))
    return path


def test_a_report_says_what_it_lacks(damaged: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["report", "last"]) == 4
    out, err = capfdbinary.readouterr()
    document = orjson.loads(out)
    damage = document["damage"]
    assert (damage["records_lost"], damage["lines_unreadable"]) == (1, 1)
    assert document["outcome"] == "completed"
    assert document["targets"][0]["buckets"]["t_s"] == [0, 1, 2, 4, 5], "the seconds after it are there"
    said = err.decode()
    assert f"abreast: the journal {damaged} is damaged" in said
    assert f"1 record is lost, 1 line cannot be read, from line {damage['first_line']} on" in said


def test_a_report_to_a_file_says_it_too(
    damaged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert main(["report", damaged.parent.name, "--out", str(out)]) == 4
    assert orjson.loads(out.read_bytes())["damage"]["records_lost"] == 1
    assert "is damaged" in capsys.readouterr().err


def test_the_list_says_it(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions"]) == 0
    assert "1 record is lost, 1 line cannot be read" in capsys.readouterr().out
    assert main(["sessions", "--json"]) == 0
    (row,) = orjson.loads(capsys.readouterr().out)
    assert row["damage"].startswith("1 record is lost")


def test_others_are_not_concerned(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = paths.session_folder("odd") / journal.FILE_NAME
    odd.write_bytes(damaged.read_bytes().replace(b"abreast/journal@4", b"abreast/journal@99", 1))
    assert main(["sessions"]) == 0
    out = capsys.readouterr().out
    assert "unreadable" in out
    assert "abreast/journal@99" in out
    assert main(["report", "odd"]) == 2
    assert "this version of abreast cannot read" in capsys.readouterr().err
    assert main(["report", "last", "--out", "/dev/null"]) == 4
    assert "skipped odd: this version of abreast cannot read" in capsys.readouterr().err
    assert main(["clean"]) == 0
