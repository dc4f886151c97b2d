"""In CI, a few tests that failed beside others have to pass the second time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.second_try import AT_MOST

ROOT = Path(__file__).parents[1]

STARVED = """
from pathlib import Path

def test_is_fine():
    pass

def test_passes_the_second_time():
    tried = Path(__file__).with_name("tried")
    was_tried = tried.exists()
    tried.touch()
    assert was_tried
"""
BROKEN = "def test_always_fails():\n    assert not 'never'\n"
TWO_BROKEN = BROKEN + BROKEN.replace("always", "also")
UNREADABLE = "def test_of(:\n"


def run(folder: Path, *modules: str, at_most: str | None) -> "subprocess.CompletedProcess[str]":
    """Tests these modules in two processes."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -ra --import-mode=importlib\n")
    for number, text in enumerate(modules):
        (folder / f"test_module{number}.py").write_text(text)
    environment = {name: text for name, text in os.environ.items() if name != AT_MOST}
    plugins = "-p xdist -p tests.support.second_try"  # others would take half a second each time
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": plugins, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if at_most is not None:
        environment[AT_MOST] = at_most
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_what_passes_the_second_time_passes_and_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, STARVED, at_most="3")
    assert done.returncode == 0, done.stdout
    assert "PASSED THE SECOND TIME test_module0.py::test_passes_the_second_time" in done.stdout


@pytest.mark.parametrize("at_most", [None, "", "0"])
def test_by_hand_there_is_no_second_try(tmp_path: Path, at_most: str | None) -> None:
    done = run(tmp_path, STARVED, at_most=at_most)
    assert done.returncode == 1
    assert "SECOND TIME" not in done.stdout


def test_what_fails_again_fails(tmp_path: Path) -> None:
    done = run(tmp_path, STARVED, BROKEN, at_most="3")
    assert done.returncode == 1
    assert "SECOND TIME" not in done.stdout


def test_many_failures_are_no_accident(tmp_path: Path) -> None:
    done = run(tmp_path, STARVED, TWO_BROKEN, at_most="2")
    assert done.returncode == 1
    assert "second try" not in done.stdout


def test_tests_that_cannot_be_read_are_not_tried_again(tmp_path: Path) -> None:
    done = run(tmp_path, STARVED, UNREADABLE, at_most="3")
    assert done.returncode != 0
    assert "second try" not in done.stdout
