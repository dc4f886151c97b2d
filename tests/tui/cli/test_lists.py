"""Commands that print and exit."""

import pytest

from tui.cli.main import main


def test_presets_are_listed_with_their_targets_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    out = capsys.readouterr().out
    assert "fastapi ×4" in out
    assert "#2" not in out
    assert main(["presets", "--json"]) == 0
    assert "fastapi#2" in capsys.readouterr().out
