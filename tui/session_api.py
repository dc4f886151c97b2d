"""What the screen needs from the outside: snapshots of a session to pull, and a place to send commands to.

The block that owns the session gives the app a `SessionApi`; the app owns nothing that outlives it.
"""

from dataclasses import dataclass
from typing import Protocol

from engine.metrics.snapshot import Snapshot
from engine.plan.commands import Choice, Command, Notice
from engine.protocol.load_shape import Stage

__all__ = ["Choice", "Command", "Notice", "PresetInfo", "SessionApi", "TargetInfo", "TargetRow"]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target that can be checked in the lobby."""

    text: str
    """The target as it is typed, with its options: `fastapi:workers=4`."""
    name: str
    """Its key in the session of the whole preset: `fastapi#2`."""
    label: str
    """What people read: `fastapi ×4`."""
    server: str
    """What serves, with these options: `uvicorn ×4`."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class PresetInfo:
    """A preset as the lobby shows it."""

    name: str
    title: str = ""
    question: str = ""
    source: str = ""
    """The publication whose figures it reproduces; empty for others."""
    targets: tuple[TargetRow, ...] = ()
    stages: tuple[Stage, ...] = ()
    workload: str = ""
    length_s: float | None = None
    """None if the last stage holds until you quit."""
    schedule: str = "race"
    """`race`: all targets at once; `solo`: one after another."""
    think_time: str = ""
    runtime: str = "local"
    """What runs its targets: `local` or `docker`."""
    error: str = ""
    """Why its TOML cannot be used; then the other fields are empty."""


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A catalogue target as the lobby and the add prompt show it."""

    name: str
    about: str
    workloads: frozenset[str]
    server: str
    """What serves, in short: `uvicorn ×1`."""


class SessionApi(Protocol):
    """The session as the screen sees it. Only `stop` waits."""

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, the same object until there is a newer one; None if no session runs."""
        ...

    def presets(self) -> list[PresetInfo]:
        """All presets, the one for a first start at the top."""
        ...

    def targets(self) -> list[TargetInfo]:
        """All targets of the catalogue."""
        ...

    def doctor(self) -> list[str]:
        """Short lines about this machine."""
        ...

    def start(self, choice: Choice) -> None:
        """Starts a session. Raises AbreastError at once for a wrong choice, before anything starts."""
        ...

    def send(self, command: Command) -> None:
        """Sends a command to the session; snapshots and notices show its effect."""
        ...

    def notices(self) -> list[Notice]:
        """Messages since the last call."""
        ...

    def trouble(self) -> str:
        """Why the last session could not start; empty if it could."""
        ...

    async def stop(self) -> None:
        """Stops the session; returns when everything has stopped."""
        ...
