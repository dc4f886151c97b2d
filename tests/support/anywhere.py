"""Recordings that are kept in the repository: without what names a folder or a machine."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from engine.metrics.records import Header, Record, TargetAdded

KEPT = (
    "cpu_model",
    "cores_logical",
    "cores_available",
    "memory_bytes",
    "os",
    "machine",
    "python",
    "virtual_machine",
    "packages",
    "cores",
    "load_workers",
)
"""What a recording keeps of its environment: enough to judge the figures, nothing that names a machine."""


def anywhere(record: Record, kept: Collection[str] = KEPT) -> Record:
    """The record, as if it had been made anywhere on such a machine."""
    if isinstance(record, Header):
        environment = {name: value for name, value in record.environment.items() if name in kept}
        return replace(record, environment=environment)
    if isinstance(record, TargetAdded):
        return replace(record, command=(Path(record.command[0]).name, *record.command[1:]), env={})
    return record
