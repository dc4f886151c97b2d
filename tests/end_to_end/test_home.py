"""Odd homes are errors in words, whatever is asked; what is kept there is its owner's alone."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.disks import small_disk
from tests.support.fronts import ABREAST, started
from tui.cli.main import main

COMMANDS = (
    "run hello --headless --targets fastapi --seconds 1",
    "sessions",
    "report last",
    "clean",
    "doctor",
)


def odd_homes(folder: Path) -> dict[str, str]:
    """Names of homes that cannot be used, and why."""
    (folder / "file").write_text("in the way")
    (folder / "loop").symlink_to("loop")
    return {
        str(folder / "file"): "is not a folder",
        str(folder / "file" / "below"): "is not a folder",
        str(folder / "loop" / "below"): "is not a folder",
        f"{folder}/new\nline": "control characters",
        f"{folder}/esc\x1b[31mape": "control characters",
        f"{folder}/" + "x" * 300: "name too long",
        f"{folder}/" + "long/" * 900: "name too long",
        "~nobody-of-this-name/abreast": "home",
        "/proc/abreast": "/proc/abreast",
        "/dev/null": "is not a folder",
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_an_odd_home_is_an_error_in_words(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them in this process: fifty starts of Python would tell no more."""
    monkeypatch.chdir(tmp_path)
    for home, why in odd_homes(tmp_path).items():
        monkeypatch.setenv("ABREAST_HOME", home)
        code = main(command.split())
        is_refused(command, home, why, code, "".join(capsys.readouterr()))


def asked_is_refused(folder: Path, command: str, home: str, why: str) -> None:
    """As a person asks: in a process of its own."""
    done = subprocess.run(
        [*ABREAST, *command.split()],
        env=os.environ | {"ABREAST_HOME": home, "PYTHONWARNINGS": "error"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    is_refused(command, home, why, done.returncode, done.stdout + done.stderr)


def is_refused(command: str, home: str, why: str, code: int, said: str) -> None:
    assert "Traceback" not in said
    assert "internal error" not in said
    assert code == (1 if command == "doctor" else 2), said
    assert "abreast cannot store its files in" in said
    assert why.lower() in said.lower(), (home, said)
    assert "set ABREAST_HOME to a folder that you can write to" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_home_that_is_a_file_is_refused_as_a_person_asks(tmp_path: Path, command: str) -> None:
    home = tmp_path / "file"
    home.write_text("in the way")
    asked_is_refused(tmp_path, command, str(home), "is not a folder")


def test_a_home_on_a_file_system_that_cannot_be_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, timeout=60)
        for command in COMMANDS:
            asked_is_refused(tmp_path, command, str(disk / "home"), "read-only file system")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_one_may_not_write(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    for command in COMMANDS:
        asked_is_refused(tmp_path, command, str(home), "you have no permission to read and write there")


def others_may(path: Path) -> str:
    """What others than the owner may do with a file; empty for nothing."""
    mode = path.lstat().st_mode
    return "" if path.is_symlink() or not mode & 0o077 else f"{path}: {stat.filemode(mode)}"


def test_all_that_is_kept_is_its_owner_s_alone_and_an_export_is_a_file_like_any(tmp_path: Path) -> None:
    command = (
        f"umask 022; exec {ABREAST[0]} run tasks --workload io --targets fastapi,django-wsgi:front=nginx"
        " --headless --seconds 2 --export out.json --accept-difference"
    )
    with started(tmp_path, command, command=("bash", "-c")) as front:
        assert front.wait() == 0, front.err
        kept = [front.home, *front.home.rglob("*")]
        assert {"journal.jsonl", "log.txt"} <= {path.name for path in kept}
        assert list(filter(None, map(others_may, kept))) == []
        assert (front.folder / "out.json").stat().st_mode & 0o777 == 0o644
