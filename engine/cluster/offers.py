"""When processors of a node may be offered again on which load workers do not start.

Rules of this file:
- each offer starts an actor: one that comes to nothing makes the next wait longer, up to a limit;
- several that come to nothing at the same time count as one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_WAIT_S = 4.0
LONGEST_WAIT_S = 300.0
RUNS_AFTER_S = 70.0
"""A load worker that ended sooner may never have started, which only the front knows. Longer than the front
waits for one to start."""


@dataclass(frozen=True, slots=True)
class _Wait:
    wait_s: float
    until_s: float
    """On the clock of the offers."""


class Offers:
    """The nodes whose processors are not offered for a while, by their ids."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._waits: dict[str, _Wait] = {}

    @property
    def waiting(self) -> frozenset[str]:
        """The nodes whose processors are not offered now."""
        now_s = self._clock_s()
        return frozenset(node_id for node_id, wait in self._waits.items() if now_s < wait.until_s)

    def now_s(self) -> float:
        """The time on their clock."""
        return self._clock_s()

    def ended(self, node_id: str, asked_s: float) -> None:
        """A load worker on an offered processor of this node, which was to start at `asked_s`, has ended."""
        if self._clock_s() - asked_s >= RUNS_AFTER_S:
            self._waits.pop(node_id, None)
        else:
            self.in_vain(node_id)

    def in_vain(self, node_id: str) -> None:
        """Nothing starts on a processor of this node."""
        if node_id not in self.waiting:
            wait_s = next_wait_s(self._waits.get(node_id))
            self._waits[node_id] = _Wait(wait_s, self._clock_s() + wait_s)


def next_wait_s(before: _Wait | None) -> float:
    """How long a node waits after another offer that came to nothing."""
    return FIRST_WAIT_S if before is None else min(2 * before.wait_s, LONGEST_WAIT_S)
