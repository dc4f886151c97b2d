"""What cannot be done is said before anything starts: what, why, what to do, exit code 2."""

from pathlib import Path

import pytest

from tests.support.fronts import ABREAST, started
from tui.cli.main import main

WRONG = {
    "run helo": ("unknown preset 'helo'", "did you mean 'hello'?"),
    "run hello --targets fastap": ("unknown target 'fastap'", "did you mean 'fastapi'?"),
    "run hello --targets ,": ("--targets names no target", "--targets fastapi,django-wsgi"),
    "run hello --targets fastapi:worker=2": ("unknown option of fastapi 'worker'", "did you mean 'workers'?"),
    "run hello --targets fastapi:workers=0": ("workers cannot be '0'", "from 1 to 64"),
    "run hello --workload tusks": ("unknown workload 'tusks'", "did you mean 'tasks'?"),
    "run hello --users -1": ("--users cannot be -1", "from 1 to 10000"),
    "run hello --users 0": ("--users cannot be 0", "from 1 to 10000"),
    "run hello --users 99999999": ("--users cannot be 99999999", "from 1 to 10000"),
    "run hello --users many": (
        "invalid argument --users",
        "'many' is not a whole number",
        "see: abreast run --help",
    ),
    "run hello --seconds 0": ("argument --seconds", "above 0"),
    "run hello --seconds nan": ("argument --seconds", "above 0"),
    "run hello --think-time fast": ("'fast' is not a duration", "1 s to 2 s"),
    "run hello --slo p95<200": ("'200' has no unit", "its value is 'p95<200'", "correct it"),
    "run hello --load-workers 0": ("load_workers", "1 or more"),
    "run hello --load-workers some": ("argument --load-workers", "'some' is neither a number nor auto"),
    "run hello --export missing/session.json": ("cannot write missing/session.json", "does not exist"),
    "run hello --export .": ("cannot write .", "it is a folder"),
    "run no-such-plan.toml": ("cannot read the plan no-such-plan.toml", "No such file"),
    "report last": ("no session was recorded yet", "abreast run hello"),
    f"report ./{'x' * 5000}": ("cannot read the journal", "File name too long"),
    "report last --format pdf": ("unknown format 'pdf'", "json"),
    "no-such-command": ("argument COMMAND", "'report'", "see: abreast --help"),
    "run": ("abreast run takes either a plan or --curl", "abreast run hello"),
    "run hello --user-count 3": ("unrecognized arguments: --user-count 3", "see: abreast run --help"),
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage(
    words: str, capsys: pytest.CaptureFixture[str], abreast_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    assert exit_code(words.split()) == 2
    out, err = capsys.readouterr()
    assert err.startswith("abreast: ")
    for text in WRONG[words]:
        assert text in err
    assert out == ""
    assert not list(abreast_home.glob("sessions/*"))


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_an_export_replaces_no_file_unless_that_was_asked_for(more: tuple[str, ...], tmp_path: Path) -> None:
    """It is said before anything starts."""
    words = ("run", "hello", "--targets", "fastapi", "--seconds", "1", "--export", "out.json", *more)
    kept = tmp_path / "out.json"
    kept.write_text("mine")
    with started(tmp_path, *words) as front:
        assert front.wait() == 2
        assert "out.json exists already" in front.err
        assert "name another file, or replace it with --force" in front.err
        assert "starting" not in front.err
    assert kept.read_text() == "mine"
    with started(tmp_path, *words, "--force") as front:
        assert front.wait() == 0
    assert kept.read_text().startswith("{")


PLAN = """\
title = "Mine"
targets = ["fastapi"]
workload = "hello"

[[stages]]
ramp_to = 5
over = "1 s"

[[stages]]
hold = "1 s"
"""
BROKEN = {
    "a key that nobody knows": (PLAN.replace("workload", "work_load"), 3, "did you mean 'workload'?"),
    "a key of a stage": (PLAN.replace("over", "until"), 7, "unknown key"),
    "a wrong type": (PLAN.replace("ramp_to = 5", 'ramp_to = "five"'), 6, "five"),
    "a negative duration": (PLAN.replace('hold = "1 s"', 'hold = "-1 s"'), 10, "-1 s"),
    "no TOML": (PLAN.replace('title = "Mine"', "title = Mine"), 1, "not valid TOML"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_plan_names_file_and_line(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text, line, says = BROKEN[case]
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert exit_code(["run", str(path), "--headless"]) == 2
    err = capsys.readouterr().err
    assert str(path) in err
    assert f"line {line}" in err
    assert says in err


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--help"]) == 0
    assert exit_code(["--version"]) == 0
    out = capsys.readouterr().out
    assert "list the presets" in out
    assert "abreast 0." in out


@pytest.mark.parametrize("command", ["presets", "targets", "sessions", "doctor", "clean"])
def test_lists_and_checks_have_something_to_say(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([command]) in ((0, 1) if command == "doctor" else (0,))
    assert capsys.readouterr().out.strip()


def exit_code(words: list[str]) -> int:
    """What the shell would see."""
    try:
        return main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


def test_more_users_than_files_are_refused_before_anything_starts(tmp_path: Path) -> None:
    few = ("sh", "-c", 'ulimit -n 200 && exec "$@"', "sh", *ABREAST)
    with started(tmp_path, "run", "hello", "--users", "900", "--headless", command=few) as front:
        assert front.wait() == 2
    assert "users are more than a load worker can connect" in front.err
    assert "ulimit -n" in front.err
    assert not list(front.home.glob("sessions/*"))
