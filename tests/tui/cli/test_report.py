"""`abreast report`: formats, where files go, and what is refused."""

import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from engine.export.loaded import load
from engine.export.writing import write_beside
from engine.machine import paths
from engine.recording import journal
from targets.errors import UsageError
from tests.support.fronts import ABREAST
from tests.support.made_sessions import Shape, write
from tests.support.recording import Recording, sample
from tui.cli import report
from tui.cli.main import main
from tui.cli.report import formats_of, stem_of

ID = Shape().session_id


@pytest.fixture
def recorded() -> Path:
    """A session of six seconds in the archive."""
    return write(paths.sessions(), Shape(seconds=6))


def test_text_has_the_results_of_a_headless_run(capsys: pytest.CaptureFixture[str]) -> None:
    path = paths.session_folder("20250101-120000-test-0000") / journal.FILE_NAME
    with Recording(path, "a") as recording:
        for tick in range(30):
            recording.tick(tick, sample(tick, ok_us=[1000, 2000]))
        recording.flush()
        recording.end()
    assert main(["report", "last", "--format", "text"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Test: workload hello, think time none, ")
    assert lines[1] == "a served 10.0 ok/s."
    assert lines[2].startswith("completed after 60 s · closed model")


def test_text_of_a_session_that_still_runs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / journal.FILE_NAME
    with Recording(path, "a"):
        assert main(["report", str(path), "--format", "text"]) == 0
    assert "running after 0 s" in capsys.readouterr().out


def test_one_format_goes_to_the_file_named(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "it.txt"
    assert main(["report", "last", "--format", "text", "--out", str(out)]) == 0
    assert out.read_text().startswith("Made: workload hello")
    assert f"written to {out}" in capsys.readouterr().err


def test_the_default_is_json_on_standard_output(
    recorded: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["report", ID]) == 0
    assert orjson.loads(capfdbinary.readouterr().out)["id"] == ID


@pytest.mark.parametrize("given", [["--format", "json,text"], ["--format", "json", "--format", "text"]])
def test_several_formats_go_to_a_folder_or_beside_a_stem(
    recorded: Path, tmp_path: Path, given: list[str]
) -> None:
    assert main(["report", "last", *given, "--out", str(tmp_path)]) == 0
    assert {f"{ID}.json", f"{ID}.txt"} <= {path.name for path in tmp_path.iterdir()}
    assert main(["report", "last", *given, "--out", str(tmp_path / "mine.json")]) == 0
    assert orjson.loads((tmp_path / "mine.json").read_bytes())["id"] == ID
    assert (tmp_path / "mine.txt").read_text().startswith("Made: ")


def test_a_folder_is_made_where_one_is_named(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "results"
    assert main(["report", "last", "--format", "json,md", "--out", f"{folder}/"]) == 0
    assert main(["report", "last", "--format", "bundle", "--out", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {f"{ID}.json", f"{ID}.md", f"{ID}.abreast"}
    capsys.readouterr()
    assert main(["report", "last", "--out", f"{folder / ID}.json/"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_table_asked_for_twice_is_written_once(recorded: Path, tmp_path: Path) -> None:
    assert main(["report", "last", "--format", "csv,csv-levels", "--out", str(tmp_path / "it.csv")]) == 0
    assert {path.name for path in tmp_path.glob("it*")} == {
        f"it-{table}.csv" for table in ("result", "seconds", "levels")
    }


def test_no_file_is_replaced_without_force(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    out.write_text("old")
    assert main(["report", "last", "--out", str(out)]) == 2
    assert "exists already" in (said := capsys.readouterr().err)
    assert "--force" in said
    assert out.read_text() == "old"
    assert main(["report", "last", "--out", str(out), "--force"]) == 0
    assert orjson.loads(out.read_bytes())["id"] == ID


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        (["--format", "pdf"], "unknown format 'pdf'", "choose one of these formats"),
        (["--format", "jsno"], "unknown format 'jsno'", "did you mean 'json'?"),
        (["--format", "json,"], "unknown format ''", "choose one"),
        (["--format", "json,text"], "json,text writes several files", "--out FOLDER/"),
        (["--format", "json,text", "--out", "-"], "json,text writes several files", "--out FOLDER/"),
        (["--format", "json,text", "--out", "/dev/null"], "json,text writes several files", "--out FOLDER/"),
        (["--format", "csv", "--out", "/dev/stdout"], "csv writes several files", "--out FOLDER/"),
        (["--out", "none/out.json"], "cannot write none/out.json", "name another file"),
        (["--out", "9" * 5000], "File name too long", "name another file"),
        (["--format", "csv", "--out", "9" * 5000], "File name too long", "name another file"),
    ],
)
def test_what_is_refused(
    recorded: Path, capsys: pytest.CaptureFixture[str], given: list[str], what: str, hint: str
) -> None:
    assert main(["report", "last", *given]) == 2
    said = capsys.readouterr().err
    assert what in said
    assert hint in said


def test_a_bundle_is_reported_like_its_session(
    recorded: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "it.abreast"
    assert main(["report", "last", "--format", "bundle", "--out", str(path)]) == 0
    capfdbinary.readouterr()
    assert main(["report", "last"]) == main(["report", str(path)]) == 0
    out, _ = capfdbinary.readouterr()
    assert out[: len(out) // 2] == out[len(out) // 2 :]
    assert main(["report", "last", "--format", "bundle"]) == 0
    assert capfdbinary.readouterr().out == path.read_bytes(), "no terminal: it may be piped"


def test_a_part_of_a_bundle_is_said_to_be_one(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "it.abreast"
    assert main(["report", "last", "--format", "bundle", "--out", str(path)]) == 0
    path.write_bytes(path.read_bytes()[:-2000])
    assert main(["report", str(path), "--format", "text"]) == 4
    out, err = capsys.readouterr()
    assert "fastapi served" in out
    assert f"the bundle {path} is damaged: 1 record is lost, 1 line cannot be read, from line " in err


def test_two_reports_of_one_session_at_once(recorded: Path, tmp_path: Path) -> None:
    """Neither writes over the other's file, and that file is whole."""
    out = tmp_path / "out.json"
    command = [*ABREAST, "report", str(recorded), "--out", str(out)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    said = [each.communicate(timeout=50)[1].decode() for each in both]
    assert sorted(each.returncode for each in both) == [0, 2]
    assert "exists already" in "".join(said)
    assert orjson.loads(out.read_bytes())["id"] == ID
    assert sorted(path.name for path in tmp_path.iterdir()) == ["abreast-home", "out.json"]


def test_a_session_that_is_deleted_while_it_is_reported(recorded: Path, tmp_path: Path) -> None:
    """What was loaded can be exported; only a bundle needs the journal again, and says so."""
    session = load(recorded)
    shutil.rmtree(recorded.parent)
    written = write_beside(session, formats_of(["json,csv,md,junit,hlog,text"]), tmp_path)
    assert all(path.stat().st_size for path in written)
    with pytest.raises(UsageError, match="cannot read the journal"):
        write_beside(session, formats_of(["bundle"]), tmp_path)
    assert not list(tmp_path.glob("*.abreast"))
    assert main(["report", ID]) == 2


def test_the_demo_is_reported_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "demo", "--format", "text"]) == 0
    assert "fastapi-sync" in capsys.readouterr().out


def test_help_lists_every_format() -> None:
    listed = [line.split()[0] for line in report.FORMATS_IN_HELP.splitlines()[1:] if line[2] != " "]
    assert sorted(listed) == sorted(report.all_formats())


def test_the_names_of_several_files_begin_alike(tmp_path: Path) -> None:
    from engine.export.formats import ExportFile

    files = [ExportFile(".json", ()), ExportFile("-levels.csv", ())]
    for given, stem in (
        ("v1.2", "v1.2"),
        ("v1.2.json", "v1.2"),
        ("mine-levels.csv", "mine"),
        ("mine.csv", "mine"),
        (".json", ".json"),
    ):
        assert stem_of(tmp_path / given, files, ID) == tmp_path / stem
    assert stem_of(tmp_path, files, ID) == tmp_path / ID


def test_a_moment_is_drawn_as_the_screen_showed_it(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "screen.svg"
    assert main(["report", "last", "--format", "svg", "--at", "00:03", "--out", str(out)]) == 0
    assert "00:03" in out.read_text(encoding="utf-8")
    assert main(["report", "last", "--format", "svg,png", "--at", "3", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} > {f"{ID}-at-00-03.svg", f"{ID}-at-00-03.png"}


def test_a_moment_after_the_end_is_said_to_be_one(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "late.svg")
    assert main(["report", "last", "--format", "svg", "--at", "99:00", "--out", out]) == 0
    assert "the session ended at 00:06: this is its last screen" in capsys.readouterr().err


def test_only_pictures_show_one_moment(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "last", "--format", "html", "--at", "00:03"]) == 2
    assert "--at does not go with html" in capsys.readouterr().err


def test_charts_go_to_files_next_to_each_other(recorded: Path, tmp_path: Path) -> None:
    assert main(["report", "last", "--format", "svg", "--out", str(tmp_path / "slide.svg")]) == 0
    names = {path.name for path in tmp_path.glob("slide-*.svg")}
    assert {"slide-scoreboard.svg", "slide-goodput.svg", "slide-percentiles.svg"} <= names
