"""Commands that print and exit."""

from pathlib import Path

import pytest

from engine.machine import paths
from engine.recording import journal
from tests.support.recording import Recording, sample
from tui.cli.main import main


@pytest.fixture
def recorded() -> Path:
    """A journal of six seconds."""
    path = paths.session_folder("20250101-120000-test-0000") / journal.FILE_NAME
    with Recording(path, "a") as recording:
        for tick in range(30):
            recording.tick(tick, sample(tick, ok_us=[1000, 2000]))
        recording.flush()
        recording.end()
    return path


def test_a_report_as_text_has_the_results_of_a_headless_run(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "last", "--format", "text"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Test: workload hello, think time none, ")
    assert lines[1] == "a served 10.0 ok/s."
    assert lines[2].startswith("completed after 60 s · closed model")


def test_a_report_as_text_of_a_session_that_still_runs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / journal.FILE_NAME
    with Recording(path, "a"):
        assert main(["report", str(path), "--format", "text"]) == 0
    assert "running after 0 s" in capsys.readouterr().out


def test_only_json_is_written_to_a_file(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "last", "--format", "text", "--out", "it.txt"]) == 2
    assert "--out writes JSON only" in capsys.readouterr().err


def test_presets_are_listed_with_their_targets_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    out = capsys.readouterr().out
    assert "fastapi ×4" in out
    assert "#2" not in out
    assert main(["presets", "--json"]) == 0
    assert "fastapi#2" in capsys.readouterr().out
