"""The CI script: what it runs, the times it prints, and what it leaves behind."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "run"
ENGINE = """
import os, pathlib, sys, time
log = pathlib.Path(os.environ["LOG"])
def say(text):
    with log.open("a") as file:
        file.write(text + "\\n")
if sys.argv[1] == "up":
    for _ in range(3000):  # until the rest of the run has failed
        if log.exists():
            break
        time.sleep(0.01)
    if os.environ["STARTS"]:
        print("started", flush=True)
    say("up")
else:
    say("down")
"""
"""Replaces the script that starts the real Docker Engine of the machine."""
FAILING_MAKE = """#!/bin/sh
echo "make failed" >> "$LOG"
exit 9
"""
MAKE = """#!/bin/sh
echo "make $*" >> "$LOG"
"""
PYTHON = """#!/bin/sh
echo "$*" >> "$LOG"
shift 2
exec "$@"
"""
"""Replaces `python -m tests.databases COMMAND …`."""


def ran(folder: Path, make: str, starts: str) -> "tuple[subprocess.CompletedProcess[str], list[str]]":
    """Runs the script in a folder with nothing else; also returns what it called. `starts`: whether it starts
    a Docker Engine."""
    for name in (".ci", "tests", ".venv/bin"):
        (folder / name).mkdir(parents=True)
    shutil.copy(SCRIPT, folder / ".ci" / "run")
    (folder / "tests" / "docker_engine.py").write_text(ENGINE)
    programs = {"make": make, "id": "#!/bin/sh\necho 0\n", ".venv/bin/python": PYTHON} | dict.fromkeys(
        ("apt-get", "tmux", "nginx", "mariadbd"), "#!/bin/sh\n"
    )
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    log = folder / "log"
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LOG": str(log), "STARTS": starts}
    done = subprocess.run(
        ["bash", str(folder / ".ci" / "run")],
        env=environment | {"ABREAST_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    return done, log.read_text().splitlines()


@pytest.mark.parametrize(
    ("starts", "expected"), [("yes", ["make failed", "up", "down"]), ("", ["make failed", "up"])]
)
def test_a_run_that_fails_early_ends_the_engine_that_it_started_and_no_other(
    starts: str, expected: list[str], tmp_path: Path
) -> None:
    """Even if the engine is up only after the failure."""
    done, called = ran(tmp_path, FAILING_MAKE, starts)
    assert done.returncode == 9, done.stderr
    assert called == expected
    assert re.search(r"^install +\d+ s$", done.stdout, re.MULTILINE), "times are printed even then"


def test_it_runs_the_commands_of_the_readme_and_prints_how_long_each_part_took(tmp_path: Path) -> None:
    done, called = ran(tmp_path, MAKE, "yes")
    assert done.returncode == 0, done.stderr
    for command in re.findall(r"^    (make \w+)  +#", (ROOT / "README.md").read_text(), re.MULTILINE):
        assert command in called
    for part in ("-m tests.databases make test-whole", "make test-presets", "make test-properties"):
        assert part in called
    assert called[-1] == "down"
    parts = re.findall(r"^(.+?) +\d+ s$", done.stdout.split("== times\n")[1], re.MULTILINE)
    tests = ["tests", "whole sessions", "races under load", "presets and examples"]
    checks = ["format", "lint", "types", "imports", *tests, "run", "total"]
    assert parts == ["install packages", "install", "engine, in parallel", "wait for engine", *checks]


@pytest.mark.parametrize("failing", ["test-presets", "test-properties", "fuzz"])
def test_presets_and_examples_run_beside_each_other_and_each_can_fail_the_run(
    failing: str, tmp_path: Path
) -> None:
    make = f'{MAKE}case "$1" in {failing}) echo "what {failing} says"; exit 7;; esac\n'
    done, called = ran(tmp_path, make, "")
    assert done.returncode != 0
    assert f"what {failing} says" in done.stdout
    assert "make test-presets" in called
    assert "make run" not in called
