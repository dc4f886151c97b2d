"""What a container uses, from the engine's stream of stats."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from targets.runtime import Reading
from targets.runtime.containers import stats

STALE_S = 3.0
"""An older reading no longer describes the container."""


class ContainerMeter:
    """The newest reading of one container. Fed from the thread that follows the engine's stream."""

    def __init__(self, limits: Callable[[], Mapping[str, Any] | None]) -> None:
        """`limits` returns the container's current limits, with `cpus` and `memory_bytes`; None: no
        limits."""
        self._limits = limits
        self._before: stats.Frame | None = None
        self._read_at_s = 0.0
        self._reading: Reading | None = None

    @property
    def reading(self) -> Reading | None:
        """What it used in the last second or so; None if the engine has not reported it."""
        is_stale = time.monotonic() - self._read_at_s > STALE_S
        return None if is_stale else self._reading

    def take(self, line: bytes) -> None:
        """Takes one line of the stream. Readings are empty while a container is not running."""
        frame = stats.frame_of(orjson.loads(line))
        if frame is not None:
            limits = self._limits() or {}
            self._reading = stats.reading(
                self._before, frame, cpus=limits.get("cpus"), memory_bytes=limits.get("memory_bytes")
            )
            self._read_at_s = time.monotonic()
        self._before = frame

    def reset(self) -> None:
        """Call this after the stream was interrupted: the next line is not compared with an earlier one."""
        self._before = None
