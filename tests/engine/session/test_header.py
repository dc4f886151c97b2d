"""The first record of a session."""

import subprocess
from pathlib import Path

from engine.plan.plan import make_plan
from engine.session.header import sources_of


def test_sources_are_those_of_custom_targets_that_take_part_and_are_in_a_repository(tmp_path: Path) -> None:
    for name in ("kept", "spare"):
        (tmp_path / name).mkdir()
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "kept")], check=True)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", "-C", str(tmp_path / "kept"), *identity, "commit", "--quiet", "--allow-empty", "-m", "First"],
        check=True,
    )
    values = {
        "title": "Own",
        "stages": [{"users": 1, "hold": "5 s"}],
        "target": [
            {"name": "kept", "command": "serve {port}", "cwd": "kept"},
            {"name": "spare", "command": "serve {port}", "cwd": "spare"},
            {"name": "away", "url": "http://127.0.0.1:9"},
            {"name": "idle", "command": "serve {port}", "cwd": "kept"},
        ],
        "targets": ["kept", "spare", "away"],
        "folder": str(tmp_path),
    }
    (source,) = sources_of(make_plan(values, where="test"))
    assert (source["target"], source["dirty"]) == ("kept", False)
    assert len(source["revision"]) == 40
