"""Which commands of the live screen do not work in a session, and why."""

from dataclasses import replace
from typing import Any

from engine.metrics.snapshot import Snapshot
from tui.availability import now_of
from tui.commands.live import LIVE


def refusals(picture: Snapshot, selected: str = "fastapi") -> dict[str, str]:
    now = now_of(picture, selected)
    return {command.id: why for command in LIVE if (why := command.why_not(now))}


def of_all(picture: Snapshot, **changes: Any) -> Snapshot:
    return replace(picture, targets=tuple(replace(each, **changes) for each in picture.targets))
