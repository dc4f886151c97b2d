"""Where a recorded session is watched: at which second, how fast. Pure; a player never changes, its methods
return the next one.

Only whole seconds are shown: second 0 is the moment at which load begins, second n the end of the session's
nth second, and the last one of a session that is over its results.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

SPEEDS = (1.0, 2.0, 5.0, 20.0, math.inf)
"""Session seconds per second; infinite: every second, as fast as they are drawn."""


@dataclass(frozen=True, slots=True)
class Player:
    """The position in a session, and how it moves."""

    position_s: float = 0.0
    newest: int = 0
    """The last second that there is; it grows while the session runs."""
    speed: float = 1.0
    paused: bool = False
    follows: bool = False
    """It stays at the newest second."""

    @property
    def second(self) -> int:
        """The second that is shown."""
        return int(self.position_s)

    @property
    def is_at_end(self) -> bool:
        """Whether the newest second is shown."""
        return self.second >= self.newest

    def tick(self, elapsed_s: float) -> "Player":
        """Later, after so much time; at infinite speed one second later, whatever the time."""
        if self.paused:
            return self
        if self.follows:
            return self._at(self.newest)
        return self._at(
            self.second + 1 if math.isinf(self.speed) else self.position_s + elapsed_s * self.speed
        )

    def grown(self, newest: int) -> "Player":
        """The same with more seconds to show."""
        return replace(self, newest=newest)

    def step(self, seconds: int) -> "Player":
        """So many seconds later or earlier, paused."""
        return replace(self._at(self.second + seconds), paused=True, follows=False)

    def jump_by(self, seconds: int) -> "Player":
        """So many seconds later or earlier; it goes on as before, and follows once it gets to the end."""
        return self.jump_to(self.second + seconds)

    def jump_to(self, second: float) -> "Player":
        """At another second; it goes on as before, and follows from the last one on."""
        return replace(self._at(second), follows=second >= self.newest and not self.paused)

    def next_event(self, marks: Sequence[int]) -> "Player":
        """At the next second with an event; where it is if there is none."""
        return self.jump_to(min((mark for mark in marks if mark > self.second), default=self.second))

    def previous_event(self, marks: Sequence[int]) -> "Player":
        """At the last second with an event before this one; where it is if there is none."""
        return self.jump_to(max((mark for mark in marks if mark < self.second), default=self.second))

    def pause_or_play(self, *, is_over: bool) -> "Player":
        """Pauses or plays; at the end of a session that is over, from the start."""
        if is_over and self.is_at_end:
            return replace(self._at(0), paused=False, follows=False)
        return replace(self, paused=not self.paused, follows=self.paused and self.is_at_end)

    def change_speed(self, steps: int) -> "Player":
        """So many of the `SPEEDS` faster or slower."""
        at = min(max(SPEEDS.index(self.speed) + steps, 0), len(SPEEDS) - 1)
        return replace(self, speed=SPEEDS[at])

    def _at(self, second: float) -> "Player":
        return replace(self, position_s=float(min(max(second, 0.0), self.newest)))
