"""Searches that take too long are ended, by the CPU time that they took."""

import re
import signal
import threading
import time

import pytest

from engine.client.cpu_limit import SEARCH_CPU_S, TookTooLongError, run_limited

SLOW = re.compile("(a+)+$")
TEXT = "a" * 60 + "b"


def armed_s() -> float:
    return signal.getitimer(signal.ITIMER_VIRTUAL)[0]


def test_what_is_quick_returns_and_leaves_no_timer() -> None:
    assert run_limited(lambda first, second: first + second, 1, 2) == 3
    assert armed_s() == 0


def test_what_takes_too_long_is_ended() -> None:
    before_s = time.process_time()
    with pytest.raises(TookTooLongError, match="50 ms"):
        run_limited(SLOW.search, TEXT)
    assert time.process_time() - before_s > SEARCH_CPU_S / 2
    assert armed_s() == 0


def test_its_own_errors_pass_and_leave_no_timer() -> None:
    with pytest.raises(ZeroDivisionError):
        run_limited(lambda: 1 // 0)
    assert armed_s() == 0


def test_waiting_takes_no_cpu_time() -> None:
    run_limited(time.sleep, 3 * SEARCH_CPU_S)


def test_a_signal_that_comes_late_is_ignored() -> None:
    run_limited(int)
    signal.raise_signal(signal.SIGVTALRM)


def test_another_thread_has_no_limit_and_no_timer() -> None:
    """Only the main thread gets signals."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append((run_limited(int, "7"), armed_s())))
    thread.start()
    thread.join()
    assert found == [(7, 0.0)]
