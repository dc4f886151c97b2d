"""The ceiling: the most load that this machine's load workers can send, as `engine.calibration` measured
it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from engine.machine import environment, paths
from targets.errors import AbreastError, UsageError

FILE_NAME = "ceiling.json"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Requests a second that one load worker of this machine can send, by number of connections."""

    rps: Mapping[int, float]

    def most(self, workers: int) -> float:
        """The most requests a second that this many workers can send, with any number of connections."""
        return max(self.rps.values()) * workers

    def share(self, rps: float, connections: int, workers: int) -> float:
        """A rate as a share of what this many workers can send over this many connections, 0 to 1."""
        ceiling = self.at(connections // max(workers, 1)) * workers
        return rps / ceiling if ceiling else 0.0

    def at(self, connections: int) -> float:
        """The ceiling at a number of connections, interpolated; outside the measured range that of its
        end."""
        known = sorted(self.rps)
        if connections <= known[0]:
            return self.rps[known[0]]
        for low, high in pairwise(known):
            if connections <= high:
                share = (connections - low) / (high - low)
                return self.rps[low] + share * (self.rps[high] - self.rps[low])
        return self.rps[known[-1]]


def fingerprint() -> str:
    """What the ceiling depends on: another CPU, Python or engine needs another calibration."""
    known = environment.describe()
    names = ("cpu_model", "cores_available", "machine", "python")
    return "; ".join(
        [*(str(known[name]) for name in names), *(f"{k} {v}" for k, v in known["packages"].items())]
    )


def load() -> Ceiling | None:
    """This machine's ceiling, or None if it was not calibrated as it is now."""
    try:
        kept: dict[str, Any] = orjson.loads((paths.cache() / FILE_NAME).read_bytes())
    except (OSError, ValueError, AbreastError):
        return None
    if kept.get("fingerprint") != fingerprint():
        return None
    return Ceiling({int(connections): rps for connections, rps in kept["rps"].items()})


def save(ceiling: Ceiling) -> Path:
    """Stores this machine's ceiling, and returns the file. Raises UsageError if it cannot be written."""
    path = paths.cache() / FILE_NAME
    kept = {"fingerprint": fingerprint(), "rps": {str(each): rps for each, rps in ceiling.rps.items()}}
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        try:
            beside.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            "the ceiling cannot be stored",
            why=f"{path}: {error.strerror or error}",
            hint="free some space there, or set ABREAST_HOME to another folder",
        ) from error
    return path
