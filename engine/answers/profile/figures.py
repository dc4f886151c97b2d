"""What a profile says: busy time, shares by layer, the functions with most self time. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.profile.layers import LAYERS, Layer, layer_of
from engine.metrics import formatting
from engine.metrics.profiles import Frame, Profiled, TargetProfile

TOP_FUNCTIONS = 10
FEW_SAMPLES = 50
"""With fewer samples, shares are too uncertain to be read: of 50 samples, a half may be 36 to 64 %."""
A_PROCESS_AT_WORK = 0.01
"""A process that was busy in a smaller share of the looks only watches the others, as a master does."""


@dataclass(frozen=True, slots=True)
class FunctionShare:
    """A function and its share of busy samples."""

    frame: Frame
    layer: Layer
    samples: int
    share: float
    """Samples in this function itself, not in what it calls; 0 to 1."""


@dataclass(frozen=True, slots=True)
class ProfileFigures:
    """What one target did."""

    target: str
    samples: int
    busy: float
    """How many of its processes ran Python code at the same time, on average: 0.34 is 34 % of one core."""
    waiting: float
    """The share of the time in which a process of it ran no Python code, 0 to 1."""
    processes: int
    """Processes that did some work."""
    layers: tuple[tuple[Layer, float], ...]
    """Shares of busy samples, in the order of `LAYERS`, without those that had none."""
    functions: tuple[FunctionShare, ...]
    """Those with most self time."""

    @property
    def is_certain(self) -> bool:
        """Whether there are enough samples for shares."""
        return self.samples >= FEW_SAMPLES

    def share_of(self, layer: Layer) -> float:
        """A layer's share of busy samples."""
        return dict(self.layers).get(layer, 0.0)


def figures_of(profile: TargetProfile, *, functions: int = TOP_FUNCTIONS) -> ProfileFigures:
    """The figures of a target's profile, with so many functions at most; all 0 if nothing was sampled."""
    own: Counter[int] = Counter()
    for _, frame, samples in profile.nodes:
        own[frame] += samples
    total = sum(own.values())
    layers: Counter[Layer] = Counter()
    for frame, samples in own.items():
        layers[layer_of(profile.frames[frame])] += samples
    seen = total + profile.left_out
    looks = max(profile.looks - profile.failed_looks, 0)
    at_work = [each for each in profile.processes if looks and each / looks >= A_PROCESS_AT_WORK]
    idle = [max(0.0, 1 - each / looks) for each in at_work]
    return ProfileFigures(
        target=profile.target,
        samples=total,
        busy=seen / looks if looks else 0.0,
        waiting=sum(idle) / len(idle) if idle else 1.0,
        processes=len(at_work),
        layers=tuple((layer, layers[layer] / total) for layer in LAYERS if layers[layer]),
        functions=_functions(profile.frames, own, total, functions),
    )


def _functions(
    frames: Sequence[Frame], own: Counter[int], total: int, most: int
) -> tuple[FunctionShare, ...]:
    found = [(frame, samples) for frame, samples in own.most_common(most) if samples]
    return tuple(
        FunctionShare(frames[at], layer_of(frames[at]), samples, samples / total) for at, samples in found
    )


# ---------------------------------------------------------------- in words


def about(profiled: Profiled) -> str:
    """When and how targets were sampled."""
    lasted_s = profiled.until_s - profiled.t_s
    return f"{lasted_s:.0f} s from {formatting.clock(profiled.t_s)} on, {profiled.rate_hz} looks a second"


def cost_text(profile: TargetProfile, *, is_short: bool = False) -> str:
    """What sampling cost the target, as far as that can be told; the short form is without goodput."""
    if profile.cost is None or profile.goodput_before is None:
        return "not known"
    share = f"{100 * profile.cost:.1f} %" if profile.cost >= 0.0005 else "none seen"
    if is_short:
        return share
    before, sampled = formatting.rate(profile.goodput_before), formatting.rate(profile.goodput_sampled)
    return f"{share} ({before} → {sampled} ok/s)"


def samples_text(profile: TargetProfile, figures: ProfileFigures) -> str:
    """How many samples the shares are of."""
    if not figures.is_certain:
        return f"{figures.samples}: too few"
    return f"{figures.samples} in {profile.looks - profile.failed_looks} looks"
