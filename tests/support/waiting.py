"""Waits of tests: each has an end, and one that was in vain says what it was for and what was seen last.

Bounds are generous, since they matter in failures alone: the machine may do other work. They are below the
limit of a test (`timeout` in pyproject.toml), so that it is a wait that fails where there is one.
"""

import inspect
import time
from collections.abc import Callable
from typing import TypeVar

import anyio

WITHIN_S = 40.0
"""No wait that goes well takes so long."""
EVERY_S = 0.01
"""How often a state is looked at that nothing announces."""

Seen = TypeVar("Seen")


def until(
    look: Callable[[], Seen],
    what: str = "",
    within_s: float = WITHIN_S,
    seen: Callable[[], object] | None = None,
) -> Seen:
    """The first result of `look` that is true. Fails where there is none in time, with `what` was waited for
    (else the source of `look`) and what `seen` says at the end."""
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
    """As `until`, for coroutines."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, in_vain(look, what, within_s, seen)
        await anyio.sleep(EVERY_S)
    return found


def in_vain(
    look: Callable[..., object], what: str, within_s: float, seen: Callable[[], object] | None = None
) -> str:
    """What to say of a wait that was in vain."""
    last = f"\nlast seen: {seen()}" if seen else ""
    return f"waited {within_s:g} s in vain until {what or _source(look)}{last}"


def _source(look: Callable[..., object]) -> str:
    try:
        return inspect.getsource(look).strip()
    except (OSError, TypeError):
        return repr(look)
