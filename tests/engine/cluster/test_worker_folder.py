"""Folders of load workers on a node: none is left for long, and none of a living actor is removed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.cluster import worker_folder
from engine.cluster.worker_folder import WorkerFolder, remove_left


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are, for this process and those that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


HOLDS_ONE = """
import time
from engine.cluster.worker_folder import WorkerFolder
folder = WorkerFolder()
(folder.path / "load-worker.log").write_text("started")
print(folder.path, flush=True)
time.sleep(300)
"""


@contextmanager
def held_by_another() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process, and the folder that it has made."""
    with subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_folder_goes_with_its_actor() -> None:
    folder = WorkerFolder()
    (folder.path / "load-worker.log").touch()
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_a_folder_of_an_actor_that_was_killed_goes_with_the_next_search(temporary: Path) -> None:
    mine = WorkerFolder()
    with held_by_another() as (process, left):
        remove_left()
        assert left.exists(), "its actor lives"
        process.kill()
        process.wait()
        remove_left()
        assert not left.exists()
    assert mine.path.exists()
    mine.remove()
    assert list(temporary.iterdir()) == []


def test_what_is_no_folder_of_an_actor_stays(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / worker_folder.LOCK).touch()
    (temporary / f"{worker_folder.PREFIX}link").symlink_to(elsewhere)
    being_made = temporary / f"{worker_folder.PREFIX}new"
    being_made.mkdir()
    remove_left()
    assert (elsewhere / worker_folder.LOCK).exists()
    assert being_made.exists()
