"""What one run answers besides its figures, reduced to what a comparison shows: how many users each target
serves, and what its Python code did. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.answers.capacity.result import Capacity, TargetCapacity, capacity_of
from engine.answers.capacity.sizing import Sizing
from engine.answers.capacity.wording import range_text, state_text
from engine.answers.profile.figures import ProfileFigures, figures_of
from engine.metrics.profiles import Profiled, TargetProfile
from engine.metrics.session_result import SessionResult

FUNCTIONS = 100
"""Functions that are kept of each profile: one of the other run that is not among them has next to none of
the self time."""


@dataclass(frozen=True, slots=True)
class CapacityFound:
    """The most load that a target served within the SLO."""

    slo: str
    unit: str
    """`users` or `arrivals/s`."""
    lower: int | None
    """The largest load that met the SLO; None if none did."""
    upper: int | None
    """The smallest that did not; None if none failed."""
    range: str
    """Both in words: `304 to 319`."""
    state: str
    """How the search ended, in a few words."""
    is_confirmed: bool
    goodput: float | None
    """This and the following at the lower end; None if nothing met the SLO."""
    p95_ms: float | None
    error_rate: float | None
    cpu_pct: float | None
    memory_mb: float | None
    knee: float | None
    """The load at which goodput stopped growing; None if it was not seen to stop."""
    sizing: Sizing | None
    """What the asked number of users needs."""


@dataclass(frozen=True, slots=True)
class ProfileFound:
    """The newest profile of a target."""

    seconds: float
    """How long it was sampled."""
    trouble: str
    """Why it could not be sampled; empty if it was."""
    figures: ProfileFigures
    """With up to `FUNCTIONS` functions."""


def capacities(result: SessionResult) -> Mapping[str, CapacityFound]:
    """By target; empty for a session that searched for none."""
    of = capacity_of(result)
    return {} if of is None else {target.name: _capacity(of, target) for target in of.targets}


def profiles(made: Sequence[Profiled]) -> Mapping[str, ProfileFound]:
    """The newest of each target that was chosen for one; `made` are a run's, oldest first."""
    return {
        target.target: _profile(each.until_s - each.t_s, target) for each in made for target in each.targets
    }


def _capacity(of: Capacity, target: TargetCapacity) -> CapacityFound:
    trial = target.at_lower
    return CapacityFound(
        slo=of.criteria.text,
        unit=of.unit,
        lower=target.lower,
        upper=target.upper,
        range=range_text(target),
        state=state_text(of, target),
        is_confirmed=target.is_confirmed,
        goodput=trial.goodput if trial else None,
        p95_ms=trial.p95_ms if trial else None,
        error_rate=trial.error_rate if trial else None,
        cpu_pct=trial.cpu_pct if trial else None,
        memory_mb=trial.memory_mb if trial else None,
        knee=target.knee,
        sizing=target.sizing,
    )


def _profile(seconds: float, profile: TargetProfile) -> ProfileFound:
    return ProfileFound(seconds, profile.trouble, figures_of(profile, functions=FUNCTIONS))
