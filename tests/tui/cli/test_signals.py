"""Signals while load runs."""

import os
import signal

import pytest

from tests.support.waiting import eventually
from tui.cli.signals import NOT_SUSPENDED, never_suspended

pytestmark = pytest.mark.anyio


async def test_under_load_it_is_not_suspended_and_says_why_each_time() -> None:
    before = signal.getsignal(signal.SIGTSTP)
    said: list[str] = []
    with never_suspended(said.append):
        for times in (1, 2):
            os.kill(os.getpid(), signal.SIGTSTP)
            await eventually(lambda times=times: said == [NOT_SUSPENDED] * times)  # type: ignore[misc]
    assert signal.getsignal(signal.SIGTSTP) == before
