"""A call tree as a flame graph: boxes below each other, each as wide as its share of the samples. Pure.

As Brendan Gregg describes it (The Flame Graph, Communications of the ACM 59(6), 2016), but with the callers
on top, and the most frequent of a function's callees on the left.

Rules of this file:
- a stack that changed while py-spy read it lacks its outermost functions; it is placed where its first
  function was called most often, and counted as `completed`;
- functions on top that every sample is in are left out, and counted as `hidden`.
"""

from dataclasses import dataclass, field

from engine.answers.profile.layers import Layer, layer_of
from engine.metrics.profiles import Frame, TargetProfile

ENTRIES = frozenset({"<module>", "_run_module_as_main", "_bootstrap", "spawn_main"})
"""Functions (without their class) in which a program or a thread begins."""


@dataclass(frozen=True, slots=True)
class Box:
    """A function at one place of the call tree."""

    frame: Frame
    layer: Layer
    depth: int
    """Row, from 0 at the top."""
    start: float
    """Where it begins, 0 to 1 of the whole width."""
    share: float
    """Its width: samples in it and in what it calls, of all samples."""
    samples: int


@dataclass(frozen=True, slots=True)
class FlameGraph:
    """A target's flame graph."""

    boxes: tuple[Box, ...]
    """Row by row, each from left to right."""
    hidden: int
    """How many of the outermost functions are left out."""
    completed: int
    """How many samples were placed by their first function."""
    samples: int

    @property
    def depth(self) -> int:
        """How many rows it has."""
        return max((box.depth + 1 for box in self.boxes), default=0)


@dataclass(slots=True)
class _Call:
    """A function at one place of the call tree, with what it calls, by frame."""

    own: int = 0
    total: int = 0
    calls: "dict[int, _Call]" = field(default_factory=dict)

    def merge(self, other: "_Call") -> None:
        """Adds the samples of another place of the same function."""
        self.own += other.own
        self.total += other.total
        for frame, call in other.calls.items():
            if frame in self.calls:
                self.calls[frame].merge(call)
            else:
                self.calls[frame] = call


def flame_graph(profile: TargetProfile, least_share: float = 0.001) -> FlameGraph:
    """The flame graph of a profile, without boxes that are narrower than `least_share`."""
    root = _tree(profile)
    completed = _complete(root, profile.frames)
    top, hidden = _without_common(root)
    boxes: list[Box] = []
    row, depth = _placed(top, 0), 0
    while row:
        below: list[tuple[int, _Call, int]] = []
        for frame, call, start in row:
            share = call.total / root.total
            if share >= least_share:
                shown = profile.frames[frame]
                place = start / root.total
                boxes.append(Box(shown, layer_of(shown), depth, place, share, call.total))
                below += _placed(call, start)
        row, depth = below, depth + 1
    return FlameGraph(tuple(boxes), hidden, completed, root.total)


def _tree(profile: TargetProfile) -> _Call:
    """The call tree below a root that stands for all samples."""
    root = _Call()
    calls = [_Call(samples, samples) for _, _, samples in profile.nodes]
    for at in range(len(calls) - 1, -1, -1):
        parent, frame, _ = profile.nodes[at]
        caller = calls[parent] if parent >= 0 else root
        caller.calls[frame] = calls[at]
        caller.total += calls[at].total
    return root


def _complete(root: _Call, frames: tuple[Frame, ...]) -> int:
    """Moves stacks that do not begin where a program or thread does to where their first function was called
    most often in others; returns how many samples that were."""
    whole = {at for at in root.calls if frames[at].function.rpartition(".")[2] in ENTRIES}
    places: dict[int, _Call] = {}
    for at in whole:
        _note_places(root.calls[at], places)
    completed = 0
    for at in [each for each in root.calls if each not in whole and each in places]:
        call = root.calls.pop(at)
        completed += call.total
        places[at].merge(call)
    if completed:
        root.total = 0
        _sum_up(root)
    return completed


def _note_places(call: _Call, places: dict[int, _Call]) -> None:
    """For every frame below a call, the place with most samples."""
    for frame, each in call.calls.items():
        if frame not in places or places[frame].total < each.total:
            places[frame] = each
        _note_places(each, places)


def _sum_up(call: _Call) -> int:
    call.total = call.own + sum(_sum_up(each) for each in call.calls.values())
    return call.total


def _without_common(root: _Call) -> tuple[_Call, int]:
    """What is above the first row that tells samples apart, or above the last row; and how many rows are
    left out."""
    top, hidden = root, 0
    while len(top.calls) == 1:
        (call,) = top.calls.values()
        if call.own or len(call.calls) != 1:
            break
        top, hidden = call, hidden + 1
    return top, hidden


def _placed(call: _Call, start: int) -> list[tuple[int, _Call, int]]:
    """What a function calls, each with the sample at which it begins, the most frequent first."""
    placed = []
    for frame, each in sorted(call.calls.items(), key=lambda item: -item[1].total):
        placed.append((frame, each, start))
        start += each.total
    return placed
