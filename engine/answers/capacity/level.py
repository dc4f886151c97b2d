"""One load of a search: all its trials together, and whether the target met the criteria there. Pure.

Rules of this file (M11):
- a load is decided by the sum of its trials, at the latest after 20 s; earlier once the interval of the share
  excludes the limit;
- no load fails by a single trial, except by a confirmation, which is as long as many: trials of one load are
  some seconds apart, so what disturbed one of them is unlikely to disturb the next. Of five trials or more,
  one that no other repeats is set aside; what comes back now and then is found by the confirmation;
- trials of which nothing may be concluded count only as such.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from engine.answers.capacity.criteria import Criteria
from engine.metrics.confidence import wilson
from engine.metrics.trials import Trial

DECIDED_AFTER_S = 20.0
"""After so many seconds the shares decide, however close to the limit."""
TRIALS_OF_FAILURE = 3
"""So many trials must fail before a load has failed early; with fewer trials in all it never has, except by
its confirmation."""
SET_ASIDE_FROM = 5
"""With so many trials, one failed trial that no other repeats is set aside."""
CLEAR_Z = 2.33
"""An interval that excludes a limit covers so many standard deviations: 98 %, since it is looked at after
every trial."""
CONFIRM_S = 30.0
"""How long the largest load must be held."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of one load."""

    load: int
    trials: tuple[Trial, ...]
    """Those that count, oldest first; the one set aside is not among them."""
    tainted: int
    """How many trials of it said nothing, because of the generator."""
    tainted_confirmations: int
    meets: bool
    """It met the criteria, as far as is known."""
    is_firm: bool
    """Whether that is decided."""
    is_clear: bool
    """Whether it is decided by an interval that excludes the limit, and not only by the time spent."""
    is_confirmed: bool
    """It met them for the length of a confirmation."""

    @classmethod
    def of(cls, load: int, trials: Sequence[Trial], criteria: Criteria) -> Self:
        """Judges a load by all its trials."""
        valid = [trial for trial in trials if not trial.tainted]
        tainted = [trial for trial in trials if trial.tainted]
        counted = _counted(valid, criteria)
        meets, is_firm, is_clear = _judged(counted, criteria)
        confirmations = [meets_criteria([each], criteria) for each in valid if each.kind == "confirm"]
        if confirmations and not all(confirmations):
            is_clear = is_clear and not meets
            meets, is_firm = False, True
        return cls(
            load,
            tuple(counted),
            len(tainted),
            sum(trial.kind == "confirm" for trial in tainted),
            meets,
            is_firm,
            is_clear,
            meets and bool(confirmations),
        )

    @property
    def asked(self) -> int:
        """Requests of its trials."""
        return sum(trial.asked for trial in self.trials)

    @property
    def attainment(self) -> float | None:
        """The share of them that succeeded within the limit; None without requests."""
        return sum(trial.attained for trial in self.trials) / self.asked if self.asked else None

    @property
    def error_rate(self) -> float | None:
        """The share of them that failed; None without requests."""
        return sum(trial.bad for trial in self.trials) / self.asked if self.asked else None

    @property
    def seconds(self) -> float:
        """How long it was measured."""
        return sum(trial.seconds for trial in self.trials)

    @property
    def goodput(self) -> float:
        """Successful requests per second over its trials."""
        return sum(trial.ok for trial in self.trials) / self.seconds if self.seconds else 0.0


def meets_criteria(trials: Iterable[Trial], criteria: Criteria) -> bool:
    """Whether trials together meet the criteria, by their shares only. Without a request nothing speaks
    against it."""
    return all(is_met for is_met, _ in _limits(list(trials), criteria))


def can_survive(so_far: Trial, criteria: Criteria, length_s: float = CONFIRM_S) -> bool:
    """Whether a confirmation can still meet the criteria if it goes on at its rate without another miss."""
    if so_far.seconds <= 0 or not so_far.asked:
        return True
    whole = so_far.asked * max(length_s / so_far.seconds, 1.0)
    missed = so_far.asked - so_far.attained if criteria.latency_s is not None else 0
    return missed <= (1 - criteria.share) * whole and so_far.bad <= criteria.errors * whole


def _counted(valid: Sequence[Trial], criteria: Criteria) -> list[Trial]:
    """The trials without the single failed one, if there are enough others."""
    searched = [trial for trial in valid if trial.kind == "search"]
    failed = [trial for trial in valid if not meets_criteria([trial], criteria)]
    if len(searched) >= SET_ASIDE_FROM and len(failed) == 1 and failed[0].kind == "search":
        return [trial for trial in valid if trial is not failed[0]]
    return list(valid)


def _judged(trials: Sequence[Trial], criteria: Criteria) -> tuple[bool, bool, bool]:
    """Whether the sum of the trials meets the criteria, whether that is decided, and whether clearly."""
    is_long = sum(trial.seconds for trial in trials) >= DECIDED_AFTER_S - 1e-6
    if not any(trial.asked for trial in trials):
        return not is_long, is_long, is_long
    limits = _limits(trials, criteria)
    failed = sum(not meets_criteria([trial], criteria) for trial in trials)
    if all(is_met for is_met, _ in limits):
        is_clear = all(is_clear for _, is_clear in limits)
        return True, is_long or is_clear, is_clear
    is_clear = any(is_clear for is_met, is_clear in limits if not is_met) and failed >= TRIALS_OF_FAILURE
    return False, (is_long and len(trials) >= TRIALS_OF_FAILURE) or is_clear, is_clear


def _limits(trials: Sequence[Trial], criteria: Criteria) -> list[tuple[bool, bool]]:
    """For errors, and for attainment if there is a limit of latency: whether it is met, and whether the
    interval excludes the limit."""
    found = [_against([trial.bad for trial in trials], trials, criteria.errors)]
    if criteria.latency_s is not None:
        late = [trial.asked - trial.attained for trial in trials]
        found.append(_against(late, trials, 1 - criteria.share))
    return found


def _against(missed: Sequence[int], trials: Sequence[Trial], limit: float) -> tuple[bool, bool]:
    """Whether the share of missed requests is within a limit, and whether its interval excludes the limit."""
    asked = sum(trial.asked for trial in trials)
    if not asked:
        return True, False
    share = sum(missed) / asked
    effect = design_effect(missed, [trial.asked for trial in trials])
    low, high = wilson(sum(missed) / effect, asked / effect, CLEAR_Z) or (0.0, 1.0)
    return share <= limit + 1e-12, not low <= limit <= high


def design_effect(missed: Sequence[int], asked: Sequence[int]) -> float:
    """By how much trials differ more than independent requests would let them; at least 1.

    Requests of one trial resemble each other, so they tell less than as many independent ones: their number
    is divided by this. With the share p of all n requests and pᵢ of the nᵢ of trial i of m, it is
    m / (m − 1) · Σ nᵢ² (pᵢ − p)² / (n p (1 − p)).
    Source: J. N. K. Rao and A. J. Scott, "A simple method for the analysis of clustered binary data",
    Biometrics 48 (1992), 577–585.
    """
    total, count = sum(asked), len(asked)
    share = sum(missed) / total if total else 0.0
    if count < 2 or not 0 < share < 1:
        return 1.0
    spread = sum((bad - share * each) ** 2 for bad, each in zip(missed, asked, strict=True))
    variance = count / (count - 1) * spread / total
    effect = variance / (share * (1 - share))
    return max(effect, 1.0) if math.isfinite(effect) else 1.0
