"""A session that stays as it is: for pictures of screens."""

from engine.metrics.snapshot import Snapshot
from engine.plan.commands import Command, Notice


class StillSession:
    """What every screen asks of a session, answered from one snapshot; commands do nothing."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.shown = snapshot

    def snapshot(self) -> Snapshot | None:
        return self.shown

    def send(self, command: Command) -> None:
        del command

    def visitors(self) -> int:
        """None."""
        return 0

    def notices(self) -> list[Notice]:
        return []

    def trouble(self) -> str:
        return ""

    def public_text(self, text: str) -> str:
        """The text as it is: nothing in it is secret."""
        return text

    def log_of(self, target: str) -> None:
        """It has no logs."""
        del target
