"""The noise floor of this machine, as it is kept beside the ceiling: measured by `abreast doctor --noise`."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from engine.machine import kept_figures
from engine.metrics.noise_floor import NoiseFloor

FILE_NAME = "noise-floor.json"
DAY_S = 86_400


def load(now: datetime | None = None) -> NoiseFloor | None:
    """This machine's noise floor with its age, or None if it was not measured in its current configuration,
    or cannot be read."""
    kept = kept_figures.load(FILE_NAME)
    if kept is None:
        return None
    try:
        floor = NoiseFloor(**kept["floor"])
        age = (now or datetime.now(UTC)) - datetime.fromisoformat(floor.measured_at)
    except (ValueError, LookupError, TypeError):  # of another version
        return None
    return replace(floor, age_days=max(0.0, age.total_seconds() / DAY_S))


def save(floor: NoiseFloor) -> Path:
    """Stores this machine's noise floor and returns the file's path. Raises UsageError if it cannot be
    written."""
    return kept_figures.save(FILE_NAME, {"floor": asdict(floor)}, "the noise floor")
