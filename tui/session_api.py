"""What the screen needs from the outside: pictures of a session to pull, and a place to hand commands to.

The block that owns the session gives the app a `Desk`; the app owns nothing that outlives it.
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
    """As a choice names it, with its options: `fastapi:workers=4`."""
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
    """Who published the figures it reproduces; empty for a preset of our own."""
    targets: tuple[TargetRow, ...] = ()
    stages: tuple[Stage, ...] = ()
    workload: str = ""
    length_s: float | None = None
    """None where the last stage holds until somebody quits."""
    schedule: str = "race"
    """`race`: all targets at once; `solo`: one after another."""
    think_time: str = ""
    runtime: str = "local"
    """What runs its targets: `local` or `docker`."""
    error: str = ""
    """Why its TOML cannot be used; the other fields are then empty."""


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A target of the catalogue as the lobby and the add prompt show it."""

    name: str
    about: str
    workloads: frozenset[str]
    server: str
    """What serves, in short: `uvicorn ×1`."""


class SessionApi(Protocol):
    """The session's side of the screen. No method but `stop` waits for anything."""

    def snapshot(self) -> Snapshot | None:
        """The newest picture; the same object until there is a newer one; None where no session runs."""
        ...

    def presets(self) -> list[PresetInfo]:
        """All presets, the one for a first start at the head."""
        ...

    def targets(self) -> list[TargetInfo]:
        """All targets of the catalogue."""
        ...

    def doctor(self) -> list[str]:
        """Short lines about this machine."""
        ...

    def start(self, choice: Choice) -> None:
        """Begins a session. Raises AbreastError at once for a wrong choice; nothing has started then."""
        ...

    def send(self, command: Command) -> None:
        """Hands a command to the session; what comes of it is seen in snapshots and notices."""
        ...

    def notices(self) -> list[Notice]:
        """Messages since the last call; each is given once."""
        ...

    def trouble(self) -> str:
        """Why the session that was started last could not begin; empty where it could."""
        ...

    async def stop(self) -> None:
        """Stops the session; returns when everything is down."""
        ...
