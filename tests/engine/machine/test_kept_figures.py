"""What was measured on this machine is kept for it, and for no other."""

from pathlib import Path

import pytest

from engine.machine import environment, kept_figures, paths
from targets.errors import UsageError

NAME = "figures.json"


def saved() -> Path:
    return kept_figures.save(NAME, {"rps": 3.5}, "the figures")


def test_they_are_kept_for_this_machine() -> None:
    assert kept_figures.load(NAME) is None
    assert saved().parent == paths.cache()
    found = kept_figures.load(NAME)
    assert found is not None
    assert found["rps"] == 3.5
    known = environment.describe()
    for name in ("cpu_model", "cores_available", "machine", "python"):
        assert str(known[name]) in found["fingerprint"]
    assert f"anyio {known['packages']['anyio']}" in found["fingerprint"]


def test_those_of_another_machine_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    monkeypatch.setattr(environment, "usable_core_count", lambda: 4096)
    assert kept_figures.load(NAME) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"fingerprint": 1}', '{"fingerprint": null}'])
def test_a_broken_file_has_none(text: str) -> None:
    saved().write_text(text)
    assert kept_figures.load(NAME) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "gone")
    with pytest.raises(UsageError, match="the figures cannot be stored"):
        saved()
