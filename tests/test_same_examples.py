"""CI draws the same examples for the same commit; a person finds other ones each time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

DRAW = """
import sys
import hypothesis
import tests.conftest
from hypothesis import strategies as st

hypothesis.settings.load_profile(sys.argv[1])

@hypothesis.given(st.binary(min_size=8))
def drawn(some):
    print(some.hex())

drawn()
"""


def drawn(profile: str, same: str | None) -> tuple[str, ...]:
    """The examples of a run; `same` is the value of the variable, None for none."""
    return _said(["-c", DRAW, profile], same)


def _said(words: list[str], same: str | None) -> tuple[str, ...]:
    environment = {name: text for name, text in os.environ.items() if name != "ABREAST_TESTS_SAME_EXAMPLES"}
    if same is not None:
        environment["ABREAST_TESTS_SAME_EXAMPLES"] = same
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    return tuple(done.stdout.splitlines())


@pytest.mark.parametrize("profile", ["few", "many"])
def test_ci_draws_the_same_examples_each_time(profile: str) -> None:
    first = drawn(profile, "1")
    assert len(set(first)) > 20
    assert drawn(profile, "1") == first


@pytest.mark.parametrize("same", [None, "0", ""])
def test_others_draw_other_examples_each_time(same: str | None) -> None:
    assert drawn("few", same) != drawn("few", same)


def test_the_fuzzers_have_the_same_seed_in_ci_and_another_each_time_elsewhere() -> None:
    words = ["-m", "tests.fuzz", "answers", "--inputs", "1"]
    assert _said(words, "1")[0] == "seed 1"
    assert _said(words, None)[0] != _said(words, None)[0]
