"""Figures of this machine that are measured on request and kept: they hold while its CPU, Python and the
packages that influence every measurement stay the same."""

import platform
from pathlib import Path
from typing import Any

import orjson

from engine.machine import environment, paths
from engine.machine.files import write_whole
from targets.errors import AbreastError, UsageError


def fingerprint() -> str:
    """A text of everything that kept figures depend on."""
    packages = environment.versions(environment.OWN_PACKAGES)
    parts = (
        environment.cpu_model(),
        environment.usable_core_count(),
        platform.machine(),
        environment.python_version(),
    )
    return "; ".join([*map(str, parts), *(f"{name} {number}" for name, number in packages.items())])


def load(file_name: str) -> dict[str, Any] | None:
    """The figures in a file of the cache folder; None if there are none, if they are of another machine or
    configuration, or if the file cannot be read."""
    try:
        kept = orjson.loads((paths.cache() / file_name).read_bytes())
    except (OSError, ValueError, AbreastError):
        return None
    return kept if isinstance(kept, dict) and kept.get("fingerprint") == fingerprint() else None


def save(file_name: str, figures: dict[str, Any], what: str) -> Path:
    """Stores figures for this machine as it is now, and returns the file's path. Raises UsageError if it
    cannot be written; `what` is what the figures are called then."""
    path = paths.cache() / file_name
    try:
        content = orjson.dumps({"fingerprint": fingerprint()} | figures, option=orjson.OPT_INDENT_2)
        write_whole(path, content)
    except OSError as error:
        raise UsageError(
            f"{what} cannot be stored",
            why=f"{path}: {error.strerror or error}",
            hint="free some space there, or set ABREAST_HOME to another folder",
        ) from error
    return path
