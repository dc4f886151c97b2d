"""A call tree as a flame graph: boxes below each other, each as wide as its share of the samples. Pure.

As Brendan Gregg describes it (The Flame Graph, Communications of the ACM 59(6), 2016), but with the callers
on top, and the most frequent of a function's callees on the left.
"""

from dataclasses import dataclass

from engine.answers.layers import Layer, layer_of
from engine.metrics.profiles import Frame, TargetProfile


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
    """How many of the outermost functions are left out, because every sample is in all of them."""
    samples: int

    @property
    def depth(self) -> int:
        """How many rows it has."""
        return max((box.depth + 1 for box in self.boxes), default=0)


def flame_graph(profile: TargetProfile, least_share: float = 0.001) -> FlameGraph:
    """The flame graph of a profile, without boxes that are narrower than `least_share`."""
    totals = _totals(profile)
    children: dict[int, list[int]] = {}
    for at, (parent, _, _) in enumerate(profile.nodes):
        children.setdefault(parent, []).append(at)
    for below in children.values():
        below.sort(key=lambda at: -totals[at])
    samples = profile.samples
    row, hidden = _without_common(profile, children)
    boxes: list[Box] = []
    places = _placed(row, totals, 0)
    depth = 0
    while places:
        below_here: list[tuple[int, int]] = []
        for at, start in places:
            share = totals[at] / samples
            if share < least_share:
                continue
            frame = profile.frames[profile.nodes[at][1]]
            boxes.append(Box(frame, layer_of(frame), depth, start / samples, share, totals[at]))
            below_here += _placed(children.get(at, []), totals, start)
        places, depth = below_here, depth + 1
    return FlameGraph(tuple(boxes), hidden, samples)


def _totals(profile: TargetProfile) -> list[int]:
    """For each node: samples in it and in what it calls."""
    totals = [samples for _, _, samples in profile.nodes]
    for at in range(len(totals) - 1, -1, -1):
        parent = profile.nodes[at][0]
        if parent >= 0:
            totals[parent] += totals[at]
    return totals


def _without_common(profile: TargetProfile, children: dict[int, list[int]]) -> tuple[list[int], int]:
    """The first row that tells samples apart, or the one above it; and how many are above."""
    row, hidden = children.get(-1, []), 0
    while len(row) == 1 and not profile.nodes[row[0]][2]:
        below = children.get(row[0], [])
        if len(below) != 1:
            break
        row, hidden = below, hidden + 1
    return row, hidden


def _placed(nodes: list[int], totals: list[int], start: int) -> list[tuple[int, int]]:
    """Nodes beside each other, each with the sample at which it begins."""
    placed = []
    for at in nodes:
        placed.append((at, start))
        start += totals[at]
    return placed
