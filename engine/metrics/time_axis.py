"""The seconds that all charts of a session show. Pure."""

from dataclasses import dataclass

from engine.metrics.overview import step_of, steps_until
from engine.metrics.series import HISTORY_S


@dataclass(slots=True)
class TimeAxis:
    """The ends of the seconds, as they close. Mutable."""

    length_s: int | None = HISTORY_S
    """How many seconds are shown; None shows all."""
    end: int = 0
    """The newest second's; 0 before the first."""
    _first: int = 0
    _seconds: tuple[int, ...] = ()
    """Made on demand."""

    def add(self, end: int) -> None:
        """A second closed that ends here; seconds come in order, several times each."""
        if end <= self.end:
            return
        self._first = self._first or end
        if self.length_s is not None:
            self._first = max(self._first, end - self.length_s + 1)
        self.end = end

    @property
    def seconds(self) -> tuple[int, ...]:
        """The ends of all seconds that are shown; another object only if it is another axis."""
        if self.end and (not self._seconds or self._seconds[-1] != self.end):
            self._seconds = tuple(range(self._first, self.end + 1))
        return self._seconds

    @property
    def steps(self) -> tuple[tuple[int, ...], int]:
        """The ends of the whole session's steps, and their length; none while all seconds are shown."""
        step_s = step_of(self.end) if self.length_s is not None else 1
        return (steps_until(self.end), step_s) if step_s > 1 else ((), 1)

    def bare(self) -> "TimeAxis":
        """The same without the seconds."""
        return TimeAxis(self.length_s, self.end, self._first)
