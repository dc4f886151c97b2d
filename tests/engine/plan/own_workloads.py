"""A plan with a workload of its own in a file: what tests of workloads share."""

from pathlib import Path

import presets
from engine.plan.plan import Plan

BASE = "http://127.0.0.1:18000"


TOP = 'targets = ["fastapi"]\nstages = [{users = 2, hold = "3 s"}]\n'
"""Two lines that every plan has."""


def written(folder: Path, text: str) -> Path:
    """A plan's file."""
    path = folder / "mine.toml"
    path.write_text(text if text.startswith("targets") else TOP + text)
    return path


def loaded(folder: Path, text: str) -> Plan:
    """The plan in such a file."""
    return presets.load(str(written(folder, text)))
