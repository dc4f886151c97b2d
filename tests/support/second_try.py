"""Tests that fail beside others get a second try, alone, if ABREAST_TESTS_TRY_ALONE says of how many.

Whole sessions of real processes share two cores in CI: now and then one of two thousand tests is starved. So
few failures have to pass alone before a run counts as passed, and the summary names them: by hand there is no
second try, and a test that is named again and again has a fault.
"""

import os
import subprocess
import sys

import pytest

AT_MOST = "ABREAST_TESTS_TRY_ALONE"
"""So many failed tests are tried again; more are no accident."""
WITHIN_S = 600.0


class SecondTry:
    """Tries the failed tests of a run again, after the others."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._failed: list[str] = []
        self._passed_alone: list[str] = []
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
        environment = {name: text for name, text in os.environ.items() if name != AT_MOST}
        again = [sys.executable, "-m", "pytest", "-n", "0", *self._failed]
        print("\n== once more, alone", flush=True)
        tried = subprocess.run(
            again, cwd=session.config.rootpath, env=environment, check=False, timeout=WITHIN_S
        )
        if tried.returncode == 0:
            self._passed_alone = self._failed
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Names the tests that passed alone only."""
        for test in self._passed_alone:
            terminalreporter.write_line(f"PASSED ALONE ONLY {test}")


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that spreads the tests tries some again."""
    at_most = int(os.environ.get(AT_MOST) or 0)
    if at_most and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTry(at_most), "second try")
