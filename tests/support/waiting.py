"""Waits in tests: each has a limit, and one that fails reports what it waited for and what it saw last.

Limits are generous, since they matter only in failures and the machine may be busy. They are below the
time limit of a test (`timeout` in pyproject.toml), so that the wait fails first.
"""

import inspect
import time
from collections.abc import Callable
from typing import TypeVar

import anyio

WITHIN_S = 40.0
"""No successful wait takes this long."""
EVERY_S = 0.01
"""The interval of polling."""

Seen = TypeVar("Seen")


def until(
    look: Callable[[], Seen],
    what: str = "",
    within_s: float = WITHIN_S,
    seen: Callable[[], object] | None = None,
) -> Seen:
    """The first true result of `look`. If there is none in time, fails with `what` it waited for (by
    default the source of `look`) and what `seen` returns at the end."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, in_vain(look, what, within_s, seen)
        time.sleep(EVERY_S)
    return found


async def eventually(
    look: Callable[[], Seen],
    what: str = "",
    within_s: float = WITHIN_S,
    seen: Callable[[], object] | None = None,
) -> Seen:
    """The same as `until`, for coroutines."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, in_vain(look, what, within_s, seen)
        await anyio.sleep(EVERY_S)
    return found


def in_vain(
    look: Callable[..., object], what: str, within_s: float, seen: Callable[[], object] | None = None
) -> str:
    """The message of a failed wait."""
    last = f"\nlast seen: {seen()}" if seen else ""
    return f"waited {within_s:g} s in vain until {what or _source(look)}{last}"


def _source(look: Callable[..., object]) -> str:
    try:
        return inspect.getsource(look).strip()
    except (OSError, TypeError):
        return repr(look)
