"""The exit code of a headless run, and the lines of its seconds."""

from collections import deque
from dataclasses import replace

import pytest

from engine.metrics.snapshot import Snapshot
from engine.protocol.messages import TICK_S
from targets.exit_codes import ExitCode
from tests.support.fakes import snapshot
from tui.cli.headless import exit_code, report_seconds


@pytest.mark.parametrize(
    ("outcome", "is_trusted", "code"),
    [
        ("completed", True, ExitCode.DONE),
        ("threshold", True, ExitCode.THRESHOLD),
        ("completed", False, ExitCode.UNTRUSTED),
        ("threshold", False, ExitCode.UNTRUSTED),
        ("failed", False, ExitCode.TARGET_FAILED),
        ("interrupted", False, ExitCode.INTERRUPTED),
    ],
)
def test_the_gravest_comes_first(outcome: str, is_trusted: bool, code: ExitCode) -> None:
    assert exit_code(outcome, is_trusted=is_trusted) == code


def closed_second(ends_s: int, stage: str, left_s: float | None) -> Snapshot:
    """As the recorder hands it over: its stage is that of its last tick."""
    left_s = None if left_s is None else left_s + TICK_S
    return replace(snapshot(targets=1), now_s=float(ends_s), stage_text=stage, left_s=left_s)


def test_a_level_is_headed_above_its_first_second(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = "level 1/2: 5 users", "level 2/2: 9 users"
    stage = report_seconds(deque([closed_second(9, first, 11.0), closed_second(10, first, 10.0)]), "")
    stage = report_seconds(deque([closed_second(11, second, 9.0)]), stage)
    assert report_seconds(deque([closed_second(12, second, 8.0)]), stage) == second
    lines = capsys.readouterr().err.splitlines()
    assert [line[:27].strip() for line in lines if "level" in line] == [
        "8 s │ level 1/2: 5 users",
        "10 s │ level 2/2: 9 users",
    ]
    assert [int(line.split()[0]) for line in lines] == [8, 9, 10, 10, 11, 12]
    assert ["00:12 left" in lines[0], "00:10 left" in lines[3]] == [True, True]


def test_without_levels_no_stage_is_headed(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_seconds(deque([closed_second(1, "stage 1/1: hold 5 users", None)]), "") == ""
    assert "stage" not in capsys.readouterr().err
