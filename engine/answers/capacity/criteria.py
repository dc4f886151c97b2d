"""What a load must meet in a search for capacity: the SLO of the plan, with M11's limits where it has none.
Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from engine.metrics import formatting

ERRORS = 0.01
"""The most failures, as a share of all requests, where the SLO has no limit."""
SECONDS_A_TRIAL = 2.0
SETTLING_LEAST_S = 1.0
SETTLING_P50S = 10.0
LIMITS_A_TRIAL = 2.0
"""A trial lasts at least this many times as long as a request may take."""
SETTLING_LIMITS = 4.0
"""A load settles for at most this many times as long as a request may take: one that is slower fails."""
SETTLING_CAP_S = 10.0
"""The same without a limit of latency."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """The limits that a load meets or not."""

    latency_s: float | None
    """None if only errors count."""
    share: float
    """At least this share of all requests must succeed within that time."""
    errors: float = ERRORS
    """At most this share of all requests may fail."""

    @classmethod
    def of_slo(cls, slo: Mapping[str, Any]) -> Self:
        """Those of an SLO as plain values."""
        errors = slo.get("errors")
        return cls(slo.get("latency"), slo["share"], ERRORS if errors is None else errors)

    @property
    def text(self) -> str:
        """In words: `p95 < 500 ms, errors < 1 %`."""
        errors = f"errors < {formatting.share(self.errors)}"
        if self.latency_s is None:
            return errors
        limit = formatting.limit(1000 * self.latency_s)
        return f"p{100 * self.share:.10g} < {limit}, {errors}"

    @property
    def trial_s(self) -> float:
        """How long a trial is measured: long enough that slow requests end within it."""
        return max(SECONDS_A_TRIAL, LIMITS_A_TRIAL * (self.latency_s or 0.0))

    @property
    def settling_least_s(self) -> float:
        """How long a load settles at least, from when all its users run."""
        return max(SETTLING_LEAST_S, self.latency_s or 0.0)

    @property
    def settling_most_s(self) -> float:
        """How long a load settles at most."""
        limit_s = SETTLING_CAP_S if self.latency_s is None else SETTLING_LIMITS * self.latency_s
        return max(2.0, limit_s)

    def settling_s(self, p50_s: float) -> float:
        """How long a load settles whose requests take so long in the median: ten of them, as in M3, within
        the two limits above."""
        return min(max(self.settling_least_s, SETTLING_P50S * p50_s), self.settling_most_s)
