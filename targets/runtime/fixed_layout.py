"""Starts targets with the same layout of memory each time, so that two identical ones cost the same.

Where code, stack and heap lie decides how well caches and branch predictors work. Two identical Python
servers with random layouts differed by up to 3 % of CPU time a request as long as they ran; with one layout
they differed by 0.2 %, as much as the noise (docs/decisions/0020-memory-layout.md).

A process inherits this setting (personality(2), Linux) from the thread that starts it.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ADDR_NO_RANDOMIZE = 0x0040000
_ASK = 0xFFFFFFFF
"""An argument that changes nothing."""


@dataclass(slots=True)
class _State:
    blocks: int = 0
    """How many are open."""
    before: int = -1
    """The personality before the first of them."""


_state = _State()


@contextmanager
def fixed_layout() -> Iterator[None]:
    """Processes that this thread starts in the block have a fixed layout of memory. Blocks of tasks may
    overlap. Does nothing where the system does not allow it, as in most containers."""
    if _state.blocks == 0:
        _state.before = _personality(_ASK)
        if _state.before >= 0:
            _personality(_state.before | ADDR_NO_RANDOMIZE)
    _state.blocks += 1
    try:
        yield
    finally:
        _state.blocks -= 1
        if _state.blocks == 0 and _state.before >= 0:
            _personality(_state.before)


def _personality(wanted: int) -> int:
    """The personality before the call; -1 if the system refuses."""
    if sys.platform != "linux":
        return -1
    return int(ctypes.CDLL(None, use_errno=True).personality(ctypes.c_ulong(wanted)))
