"""Waits in tests end and report what they waited for; commands in tests have a time limit."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.waiting import eventually, until

TESTS = Path(__file__).parent
NO_TESTS = {"benchmarks", "databases.py"}
"""Run by hand, without a limit."""


def test_the_first_true_result_is_given() -> None:
    results = iter([0, "", 7])
    assert until(lambda: next(results)) == 7


def test_a_wait_that_fails_reports_what_for_and_what_was_seen() -> None:
    with pytest.raises(AssertionError, match=r"waited 0\.02 s in vain until it is over\nlast seen: nothing"):
        until(lambda: False, "it is over", 0.02, seen=lambda: "nothing")
    with pytest.raises(AssertionError, match=re.escape("until(lambda: 1 > 2, within_s=0.02)")):
        until(lambda: 1 > 2, within_s=0.02)


@pytest.mark.anyio
async def test_coroutines_wait_alike() -> None:
    results = iter([0, 7])
    assert await eventually(lambda: next(results)) == 7
    with pytest.raises(AssertionError, match="in vain until it is over"):
        await eventually(lambda: False, "it is over", 0.02)


def test_every_command_of_a_test_has_a_limit() -> None:
    unlimited = []
    for path in TESTS.rglob("*.py"):
        if NO_TESTS & set(path.relative_to(TESTS).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "subprocess.run",
                "subprocess.check_output",
                "subprocess.check_call",
            }:
                given = {keyword.arg for keyword in node.keywords}
                if not given & {"timeout", None}:
                    unlimited.append(f"{path.relative_to(TESTS)}:{node.lineno}")
    assert unlimited == []
