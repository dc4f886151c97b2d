"""Made sessions as reports read them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.metrics.records import Damage, Record
from tests.support.made_sessions import Shape, records


def loaded(*changed: Record, damage: Damage | None = None, **shape: Any) -> LoadedSession:
    """A made session, in which records of the same kind as `changed` are replaced by them."""
    kinds = {type(record): record for record in changed}
    made = replace(Shape(seconds=60, targets=("fastapi", "django-wsgi"), rps=200), **shape)
    timeline = folded(kinds.get(type(record), record) for record in records(made))
    return LoadedSession(Path("made"), timeline, damage=damage)
