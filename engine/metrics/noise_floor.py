"""How much two identical targets seem to differ on this machine: what no comparison here can be finer than.
Data only; measured by `abreast doctor --noise`."""

from dataclasses import dataclass, field

from engine.metrics.rounds import Pairing

OLD_AFTER_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """By pairing and metric, as `turns.goodput` or `duel.cpu`: relative differences, so 0.01 is 1 %."""

    measured_at: str
    """ISO 8601, with the zone."""
    shares: dict[str, float] = field(default_factory=dict)
    """How far from equal two identical targets were found, typically: the root of the squares of their
    difference and of its standard error."""
    spreads: dict[str, float] = field(default_factory=dict)
    """The standard deviation of ln(B/A) of one round: over n rounds, the standard error is this / √n."""
    rounds: dict[Pairing, int] = field(default_factory=dict)
    """How many rounds it was measured over."""
    round_s: dict[Pairing, float] = field(default_factory=dict)
    """How long a round took."""
    age_days: float = 0.0
    """When the session began that refers to it."""

    @property
    def is_old(self) -> bool:
        """Machines change: a new one should be measured."""
        return self.age_days > OLD_AFTER_DAYS

    def share(self, pairing: Pairing, metric: str) -> float | None:
        """The typical difference of two identical targets; None if it was not measured."""
        return self.shares.get(f"{pairing}.{metric}")

    def spread(self, pairing: Pairing, metric: str) -> float | None:
        """The standard deviation of one round's ln(B/A); None if it was not measured."""
        return self.spreads.get(f"{pairing}.{metric}")
