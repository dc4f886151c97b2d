"""Settings that change while a server runs: a small JSON file that every worker process rereads.

Rules of this file:
- the whole file is written anew and renamed (`write`): no process reads half of it;
- a reader checks whether the file changed at most every `LOOK_EVERY_S`, however often a setting is read;
- a file that is missing, broken or invalid changes nothing: the last values stay.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LOOK_EVERY_S = 0.05


class LiveSettings:
    """The settings in one file, as one process sees them."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Without a path all settings keep the values from the server's start."""
        self._path = path
        self._clock = clock
        self._looked_s = float("-inf")
        self._seen: tuple[int, int, int] | None = None
        self._values: Mapping[str, float] = {}

    def get(self, name: str, default: float, *, low: float = 0.0, high: float) -> float:
        """The current value of a setting, within its range; `default` if it was not changed."""
        if self._path is not None:
            self._look(self._path)
        return min(max(low, self._values.get(name, default)), high)

    def _look(self, path: Path) -> None:
        now_s = self._clock()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        try:
            status = path.stat()
            seen = (status.st_mtime_ns, status.st_ino, status.st_size)
            if seen != self._seen:
                self._values = _numbers(path.read_bytes())
                self._seen = seen
        except (OSError, ValueError, OverflowError):
            return


def write(path: Path, values: Mapping[str, float]) -> None:
    """Writes the values of all settings to a file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.next")
    beside.write_text(json.dumps(dict(values)))
    beside.replace(path)


def _numbers(content: bytes) -> dict[str, float]:
    """The settings in a file's content, without what is not a number. Raises ValueError."""
    values = json.loads(content)
    if not isinstance(values, dict):
        raise ValueError("live settings must be a JSON object")  # noqa: TRY004 - like other invalid content
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value
    }
