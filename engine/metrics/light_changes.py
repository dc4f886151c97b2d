"""Which changes of the generator's light are worth an event: those that last. Pure.

What gets worse has lasted already, or is broken (`engine.metrics.generator_health.HealthLight`). What gets
better must last too, or a light that comes and goes fills the log.
"""

from collections import deque
from dataclasses import dataclass, field

from engine.metrics.generator_health import worst
from engine.metrics.snapshot import Light

CALM_S = 15
"""Seconds in a row that must be better until that is reported."""


@dataclass(slots=True)
class LightChanges:
    """Mutable; pass it the light of every second in turn."""

    reported: Light = "green"
    """The light of the last event."""
    _recent: deque[Light] = field(default_factory=lambda: deque(maxlen=CALM_S))

    def take(self, light: Light) -> bool:
        """Takes in the light of one second; returns whether `reported` has changed."""
        before = self.reported
        self._recent.append(light)
        if worst(light, before) != before:
            self.reported = light
        elif len(self._recent) == CALM_S:
            self.reported = worst(*self._recent)
        return self.reported != before
