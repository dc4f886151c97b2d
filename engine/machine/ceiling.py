"""The ceiling: the highest load that this machine's load workers can send, measured by
`engine.calibration`."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine.machine import kept_figures

FILE_NAME = "ceiling.json"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Requests per second that one load worker on this machine can send, by number of connections."""

    rps: Mapping[int, float]

    def most(self, workers: int) -> float:
        """The highest number of requests per second that this many workers can send, at the best number of
        connections."""
        return max(self.rps.values()) * workers

    def share(self, rps: float, connections: int, workers: int) -> float:
        """The rate `rps` as a share of what this many workers can send over this many connections: 1 is the
        ceiling."""
        ceiling = self.at(connections // max(workers, 1)) * workers
        return rps / ceiling if ceiling else 0.0

    def at(self, connections: int) -> float:
        """The ceiling at a number of connections, interpolated linearly. Outside the measured range, the
        value at the nearer end."""
        known = sorted(self.rps)
        if connections <= known[0]:
            return self.rps[known[0]]
        for low, high in pairwise(known):
            if connections <= high:
                share = (connections - low) / (high - low)
                return self.rps[low] + share * (self.rps[high] - self.rps[low])
        return self.rps[known[-1]]


def load() -> Ceiling | None:
    """Returns this machine's ceiling, or None if it was not calibrated in its current configuration."""
    kept = kept_figures.load(FILE_NAME)
    return None if kept is None else Ceiling({int(each): rps for each, rps in kept["rps"].items()})


def save(ceiling: Ceiling) -> Path:
    """Stores this machine's ceiling and returns the file's path. Raises UsageError if it cannot be
    written."""
    rps = {str(connections): rps for connections, rps in ceiling.rps.items()}
    return kept_figures.save(FILE_NAME, {"rps": rps}, "the ceiling")
