"""All of a session in a bounded number of steps: a chart of hours costs what one of minutes does. Pure.

Rules of this file:
- a step is 1 s long, and twice as long whenever there would be more than `MOST` of them;
- steps are counted from the session's beginning, so that those of all targets are the same stretches;
- a step is shown once it is over.
"""

from dataclasses import dataclass, field

from engine.metrics.chart_rows import NO_ROW, NO_SIGNALS, Rows, SeriesRow, SignalsRow, columns_of, joined
from engine.metrics.target_snapshot import Series, Signals

MOST = 600
"""Steps; an even number, so that two always become one."""


def step_of(end_s: int) -> int:
    """How long the steps are of a session whose newest second ends there."""
    step_s = 1
    while (end_s - 1) // step_s >= MOST:
        step_s *= 2
    return step_s


def steps_until(end_s: int) -> tuple[int, ...]:
    """The ends of all steps that are over by then."""
    step_s = step_of(end_s)
    return tuple(range(step_s, end_s + 1, step_s))


@dataclass(slots=True)
class Overview:
    """One target's steps. Mutable."""

    step_s: int = 1
    _steps: dict[int, Rows] = field(default_factory=dict)
    """Those that are over, by number from 0."""
    _number: int = 0
    """The newest step, of which these are the seconds so far."""
    _seconds: list[Rows] = field(default_factory=list)
    _columns: tuple[Series, Signals] | None = None
    _axis: tuple[int, ...] = ()

    def add(self, end_s: int, row: SeriesRow, signals: SignalsRow) -> None:
        """Adds the second that ends there."""
        number = (end_s - 1) // self.step_s
        if number != self._number:
            self._close()
            while number >= MOST:
                self._coarsen()
                number //= 2
            self._number = number
        self._seconds.append((row, signals))
        if end_s % self.step_s == 0:
            self._close()

    def columns(self, steps: tuple[int, ...], step_s: int) -> tuple[Series, Signals]:
        """A value for each step's end; rebuilt only for another axis."""
        while self.step_s < step_s:
            self._close()
            self._coarsen()
            self._number //= 2
        if self._columns is None or self._axis != steps:
            rows = [self._steps.get(end_s // step_s - 1, (NO_ROW, NO_SIGNALS)) for end_s in steps]
            self._columns, self._axis = columns_of(rows), steps
        return self._columns

    def _close(self) -> None:
        if self._seconds:
            self._steps[self._number] = joined(self._seconds)
            self._seconds = []

    def _coarsen(self) -> None:
        """Makes one step of each two."""
        pairs: dict[int, list[Rows]] = {}
        for number, rows in self._steps.items():
            pairs.setdefault(number // 2, []).append(rows)
        self._steps = {number: joined(rows) for number, rows in pairs.items()}
        self.step_s *= 2
