"""The noise floor of this machine, as it is kept beside the ceiling: measured by `abreast doctor --noise`."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from engine.machine import paths
from engine.machine.ceiling import fingerprint
from engine.machine.files import write_whole
from engine.metrics.noise_floor import NoiseFloor
from targets.errors import AbreastError, UsageError

FILE_NAME = "noise-floor.json"
DAY_S = 86_400


def load(now: datetime | None = None) -> NoiseFloor | None:
    """This machine's noise floor with its age, or None if it was not measured in its current configuration,
    or cannot be read."""
    try:
        kept: dict[str, Any] = orjson.loads((paths.cache() / FILE_NAME).read_bytes())
        if kept["fingerprint"] != fingerprint():
            return None
        floor = NoiseFloor(**kept["floor"])
        age = (now or datetime.now(UTC)) - datetime.fromisoformat(floor.measured_at)
        return replace(floor, age_days=max(0.0, age.total_seconds() / DAY_S))
    except (OSError, ValueError, LookupError, TypeError, AbreastError):
        return None


def save(floor: NoiseFloor) -> Path:
    """Stores this machine's noise floor and returns the file's path. Raises UsageError if it cannot be
    written."""
    path = paths.cache() / FILE_NAME
    kept = {"fingerprint": fingerprint(), "floor": asdict(floor)}
    try:
        write_whole(path, orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise UsageError(
            "the noise floor cannot be stored",
            why=f"{path}: {error.strerror or error}",
            hint="free some space there, or set ABREAST_HOME to another folder",
        ) from error
    return path
