"""Some inputs of each fuzzer, always the same; CI puts in twenty thousand others, `make fuzz` a million."""

import time
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import harness
from tests.fuzz.__main__ import FUZZERS
from tests.fuzz.harness import fuzz

SEED = 2025
INPUTS = {
    "plans": 80, "answers": 400, "journals": 15, "bundles": 15, "baselines": 15, "command-lines": 60,
    "imports": 60,
}  # fmt: skip


@pytest.mark.parametrize("name", FUZZERS)
def test_a_fuzzer_finds_nothing(name: str, monkeypatch: pytest.MonkeyPatch, abreast_home: Path) -> None:
    monkeypatch.setenv("ABREAST_HOME", str(abreast_home))  # some set it; it is put back
    outcome = fuzz(FUZZERS[name].fuzzer(), seed=SEED, inputs=INPUTS[name])
    assert outcome.inputs == INPUTS[name]
    assert not outcome.findings, "\n".join(each.text(name) for each in outcome.findings.values())


class Faulty:
    """Fails in one way for every tenth input, and hangs at one."""

    def make(self, random: Random) -> int:
        """A number."""
        return random.randrange(10)

    def check(self, made: int) -> None:
        """The fault."""
        if made == 3:
            raise KeyError(made)
        if made == 4:
            time.sleep(harness.INPUT_WITHIN_S * 100)


def test_findings_are_told_once_and_can_be_had_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "INPUT_WITHIN_S", 0.05)
    found = fuzz(Faulty(), seed=1, inputs=60).findings
    assert sorted(type(each.error).__name__ for each in found.values()) == ["KeyError", "TookTooLongError"]
    for finding in found.values():
        assert finding.times > 1
        (again,) = fuzz(Faulty(), seed=finding.seed, inputs=1, first=finding.number).findings.values()
        assert again.made == finding.made
        assert f"--seed 1 --only {finding.number}" in finding.text("faulty")
