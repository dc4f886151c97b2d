"""Saved baselines: names, files, lists."""

from pathlib import Path

import pytest

from engine.comparison import baselines
from engine.machine import paths
from targets.errors import UsageError
from tests.engine.comparison.conftest import MakeRun

NOW = "2025-01-01T12:00:00+01:00"


def test_a_saved_baseline_is_found_listed_and_deleted(made_run: MakeRun) -> None:
    path = baselines.save("main", made_run(), NOW)
    assert path == paths.home() / "baselines" / "main.json"
    assert baselines.find("main") == path
    assert baselines.read(path).baseline == "main"
    [listed] = baselines.saved()
    assert (listed.name, listed.trouble) == ("main", "")
    assert listed.baseline is not None
    assert listed.baseline.saved_at == NOW
    assert path.stat().st_mode & 0o077 == 0, "what abreast keeps is its owner's alone"
    baselines.delete("main")
    assert baselines.saved() == []


def test_a_path_is_saved_there_and_named_by_its_file(made_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "ci").touch()
    path = baselines.save(str(tmp_path / "ci.json"), made_run(), NOW)
    assert baselines.read(path).baseline == "ci"
    assert path.stat().st_mode & 0o777 == (tmp_path / "ci").stat().st_mode & 0o777, "a file like any other"
    assert baselines.saved() == []


def test_no_baseline_is_replaced_unasked(made_run: MakeRun) -> None:
    baselines.save("main", made_run(), NOW)
    with pytest.raises(UsageError, match="exists already") as caught:
        baselines.save("main", made_run(session_id="b"), NOW)
    assert "--force" in caught.value.hint
    baselines.save("main", made_run(session_id="b"), NOW, replace_it=True)
    assert baselines.read(baselines.path_of("main")).id == "b"


@pytest.mark.parametrize("name", ["", "last", ".hidden", "a b", "a:b", "x" * 70, "ä"])
def test_odd_names_are_refused(name: str, made_run: MakeRun) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        baselines.save(name, made_run(), NOW)


def test_deleting_an_unknown_one_names_those_there_are(made_run: MakeRun) -> None:
    baselines.save("main", made_run(), NOW)
    with pytest.raises(UsageError, match="unknown baseline 'maim'") as caught:
        baselines.delete("maim")
    assert "did you mean 'main'?" in caught.value.hint


def test_a_damaged_baseline_is_listed_with_its_trouble() -> None:
    (paths.baselines() / "broken.json").write_text("{")
    [listed] = baselines.saved()
    assert listed.baseline is None
    assert "is not a baseline" in listed.trouble


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match="cannot read"):
            baselines.read(path)
