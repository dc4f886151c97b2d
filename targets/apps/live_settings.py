"""What can be changed while a server runs: a small JSON file that every worker process reads again.

Rules of this file:
- whoever turns a knob writes the whole file anew and moves it into place (`turn`): nobody reads half of it;
- a reader looks whether the file changed at most every `LOOK_EVERY_S`, however often it is asked;
- a file that is missing, broken or odd changes nothing: what was last read holds.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LOOK_EVERY_S = 0.05


class LiveSettings:
    """The knobs of one file, as one process sees them."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Without a path there are no knobs, and every one stands where the server was told at its start."""
        self._path = path
        self._clock = clock
        self._looked_s = float("-inf")
        self._seen: tuple[int, int, int] | None = None
        self._values: Mapping[str, float] = {}

    def get(self, name: str, default: float, *, low: float = 0.0, high: float) -> float:
        """Where the knob stands now, within its range; `default` where nobody turned it."""
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


def turn(path: Path, values: Mapping[str, float]) -> None:
    """Writes where all knobs of a file stand from now on. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.next")
    beside.write_text(json.dumps(dict(values)))
    beside.replace(path)


def _numbers(content: bytes) -> dict[str, float]:
    """The knobs of a file's content; what is no number is left out. Raises ValueError."""
    values = json.loads(content)
    if not isinstance(values, dict):
        raise ValueError("knobs are a JSON object")  # noqa: TRY004 - as other content that is none
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value
    }
