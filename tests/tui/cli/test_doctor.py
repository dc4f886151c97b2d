"""What the doctor says of this machine."""

import pytest

from engine.machine import ceiling, environment
from targets.errors import UsageError
from tui.cli import doctor, main


def test_what_is_absent_and_optional_is_neither_good_nor_bad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_survey() -> str:
        raise UsageError("no engine", why="nobody answers", hint="start it")

    monkeypatch.setattr(doctor, "survey", no_survey)
    monkeypatch.setattr(ceiling, "load", lambda: None)
    monkeypatch.setattr(environment, "available_cores", list)
    main.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    for text in (
        "the most that the generator can send has not been measured",
        "no containers: no engine: nobody answers",
        "no terminal: runs are headless",
    ):
        assert f"--  {text}" in lines
    assert any(line.startswith("--  ") and "cannot pin" in line for line in lines)
    assert any(line.startswith("ok  sessions are stored in") for line in lines)


@pytest.mark.parametrize(
    ("finding", "mark"),
    [
        (doctor.Finding(True, "it works"), "ok"),
        (doctor.Finding(False, "it does not"), "!!"),
        (doctor.Finding(True, "it is not there", missing=True), "--"),
    ],
)
def test_each_finding_has_its_mark(finding: doctor.Finding, mark: str) -> None:
    assert finding.mark == mark
