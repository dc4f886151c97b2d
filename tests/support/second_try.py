"""Tests that fail beside others get a second try, one after another, if ABREAST_TESTS_SECOND_TRY says of how
many.

Whole sessions of real processes share two cores in CI: now and then one of two thousand tests is starved. So
a few that failed have to pass the second time before a run counts as passed, and the summary names them. By
hand there is no second try, nor where only computing is tested; a test that is named again has a fault.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

AT_MOST = "ABREAST_TESTS_SECOND_TRY"
"""So many failed tests are tried again; more are no accident."""
WITHIN_S = 600.0


class SecondTry:
    """Tries the failed tests of a run again, after the others."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._failed: list[str] = []
        self._passed: list[str] = []
        self._all_read = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes that a module could not be read."""
        self._all_read = self._all_read and not report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes a test that failed, or whose fixtures did."""
        if report.failed and report.nodeid not in self._failed:
            self._failed.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Nothing is tried again if the run itself ended early, or some tests could not be read."""
        has_run_all = exitstatus == pytest.ExitCode.TESTS_FAILED and self._all_read
        if not has_run_all or not 0 < len(self._failed) <= self._at_most:
            return
        print("\n== second try", flush=True)
        if _pass(self._failed, session.config.rootpath):
            self._passed = self._failed
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Names the tests that passed the second time only."""
        for test in self._passed:
            terminalreporter.write_line(f"PASSED THE SECOND TIME {test}")


def _pass(tests: Sequence[str], root: Path) -> bool:
    """Whether these tests pass, one after another. If they take too long, they end with all they started."""
    environment = {name: text for name, text in os.environ.items() if name != AT_MOST}
    command = [sys.executable, "-m", "pytest", "-n", "0", *tests]
    with subprocess.Popen(command, cwd=root, env=environment, start_new_session=True) as process:
        try:
            return process.wait(WITHIN_S) == 0
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                return False
            raise


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that spreads the tests tries some again."""
    at_most = int(os.environ.get(AT_MOST) or 0)
    if at_most and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTry(at_most), "second try")
