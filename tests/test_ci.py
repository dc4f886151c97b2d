"""What CI's script leaves behind: the engine of the tests goes down if, and only if, this run started it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "run"
ENGINE = """
import os, pathlib, sys, time
log = pathlib.Path(os.environ["LOG"])
def say(text):
    with log.open("a") as file:
        file.write(text + "\\n")
if sys.argv[1] == "up":
    while not log.exists():  # what fails first is the rest of the run
        time.sleep(0.01)
    if os.environ["STARTS"]:
        print("started", flush=True)
    say("up")
else:
    say("down")
"""
"""In place of the engine's script: what it really starts and ends is the machine's."""
MAKE = """#!/bin/sh
echo "make failed" >> "$LOG"
exit 9
"""


@pytest.mark.parametrize(
    ("starts", "said"), [("yes", ["make failed", "up", "down"]), ("", ["make failed", "up"])]
)
def test_a_run_that_fails_early_ends_the_engine_that_it_started_and_no_other(
    starts: str, said: list[str], tmp_path: Path
) -> None:
    """Though that comes up only after the failure."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "tests").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci" / "run")
    (tmp_path / "tests" / "docker_engine.py").write_text(ENGINE)
    programs = {"make": MAKE, "id": "#!/bin/sh\necho 0\n"} | dict.fromkeys(
        ("apt-get", "tmux", "nginx", "mariadbd"), "#!/bin/sh\n"
    )
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    log = tmp_path / "log"
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "LOG": str(log), "STARTS": starts}
    done = subprocess.run(
        ["bash", str(tmp_path / ".ci" / "run")],
        env=environment | {"ABREAST_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 9, done.stderr
    assert log.read_text().split("\n")[:-1] == said
