"""What is said of interrupted sessions that were cleaned up, and which folders go."""

import os
import time

import pytest

from engine.hosting.cleanup import FOLDER_SETTLED_AFTER_S, Cleaned, clean, in_lines
from engine.machine import paths


@pytest.mark.parametrize(
    ("cleaned", "text"),
    [
        (Cleaned(), ""),
        (Cleaned(processes=1), "ended 1 process"),
        (
            Cleaned(processes=2, things=3),
            "ended 2 processes, removed 3 of its containers, networks and volumes",
        ),
        (Cleaned(folder=True), "removed its folder: nothing was recorded"),
        (Cleaned(trouble="it is slow"), "containers may be left: it is slow"),
    ],
)
def test_what_was_removed_is_said(cleaned: Cleaned, text: str) -> None:
    assert str(cleaned) == text


def test_sessions_with_the_same_result_share_a_line() -> None:
    ended = {"a": Cleaned(1), "b": Cleaned(2), "c": Cleaned(1)}
    assert in_lines(ended) == ["a, c: ended 1 process", "b: ended 2 processes"]


def test_a_folder_in_which_nothing_was_recorded_goes_once_it_is_old() -> None:
    old_s = time.time() - FOLDER_SETTLED_AFTER_S - 60
    for name in ("empty", "young", "kept"):
        (paths.sessions() / name).mkdir()
    (paths.sessions() / "kept" / "notes.txt").write_text("of a person")
    for name in ("empty", "kept"):
        os.utime(paths.sessions() / name, (old_s, old_s))
    assert clean() == {"empty": Cleaned(folder=True)}
    assert sorted(each.name for each in paths.sessions().iterdir()) == ["kept", "young"]
