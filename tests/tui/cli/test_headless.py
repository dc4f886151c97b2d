"""The exit code of a headless run."""

import pytest

from targets.exit_codes import ExitCode
from tui.cli.headless import exit_code


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
