"""abreast is started in folders of all sorts: what is there changes nothing."""

from pathlib import Path

import pytest

from tests.support.fronts import started


@pytest.mark.parametrize("name", ["engine", "targets", "presets"])
def test_a_package_of_ones_own_does_not_stand_in_for_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    with started(tmp_path, "presets", environment={"PYTHONPATH": "."}) as front:
        assert front.wait() == 0
        assert "hello" in front.out
