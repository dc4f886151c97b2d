"""How many people watch a session in a browser."""

import os
import subprocess
import sys
from pathlib import Path

from engine.recording.visitors_file import counted, forget, note


def test_the_visitors_of_all_running_servers_count(tmp_path: Path) -> None:
    assert counted(tmp_path) == 0
    note(tmp_path, 2)
    note(tmp_path, 3)
    assert counted(tmp_path) == 3
    assert [each.name for each in tmp_path.iterdir()] == [f"visitors-{os.getpid()}"]
    (tmp_path / f"visitors-{os.getppid()}").write_text("2")
    assert counted(tmp_path) == 5
    forget(tmp_path)
    assert counted(tmp_path) == 2


def test_a_server_that_was_killed_and_a_damaged_file_do_not_count(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f"visitors-{ended.pid}").write_text("7")
    (tmp_path / f"visitors-{os.getpid()}").write_text("many")
    (tmp_path / "visitors-x").write_text("1")
    assert counted(tmp_path) == 0


def test_a_folder_that_is_gone_is_not_an_error(tmp_path: Path) -> None:
    note(tmp_path / "gone", 1)
    forget(tmp_path / "gone")
    assert counted(tmp_path / "gone") == 0
