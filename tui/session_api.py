"""What the screen needs from the outside: snapshots of a session to pull, and a place to send commands to.

The block that owns the session gives the app a `SessionApi`, or for a recorded one a `RecordedApi`; the app
owns nothing that outlives it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine.plan.commands import Choice, Command, Notice
from engine.protocol.load_shape import Stage

if TYPE_CHECKING:
    from engine.metrics.snapshot import Snapshot
    from engine.playback.player import Player
    from engine.playback.recorded_session import State

__all__ = [
    "Choice",
    "Command",
    "Notice",
    "PlannedEvent",
    "Playback",
    "PresetInfo",
    "RecordedApi",
    "SessionApi",
    "ShownSession",
    "TargetInfo",
    "TargetRow",
]


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
class PlannedEvent:
    """A stage or a fault of a plan."""

    at_s: float
    """From the beginning of the load shape, with its warm-up; in a `solo` schedule of each turn."""
    text: str
    """In a few words: `ramp to 20 users over 5 s`, `pause for 3 s`."""
    target: str = ""
    """The label of the target that a fault concerns; empty for all."""
    say: str = ""
    """The stage's caption."""


@dataclass(frozen=True, slots=True)
class PresetInfo:
    """A preset as the lobby shows it."""

    name: str
    """Its name, or the name of a plan's file."""
    title: str = ""
    question: str = ""
    source: str = ""
    """The publication whose figures it reproduces; empty for others."""
    targets: tuple[TargetRow, ...] = ()
    stages: tuple[Stage, ...] = ()
    turns: int = 1
    """How many times the stages run, one after another: once for each target in a `solo` schedule."""
    gap_s: float = 0.0
    """The pause between two such turns."""
    course: tuple[PlannedEvent, ...] = ()
    """Its stages, in order."""
    faults: tuple[PlannedEvent, ...] = ()
    """Its faults, in order."""
    model: str = "closed"
    """`closed`: stages count users; `open`: arrivals a second."""
    workload: str = ""
    length_s: float | None = None
    """None if the last stage holds until you quit."""
    schedule: str = "race"
    """`race`: all targets at once; `solo`: one after another."""
    think_time: str = ""
    runtime: str = "local"
    """What runs its targets: `local` or `docker`."""
    published_database: str = ""
    """The kind of database server that its source used, where its targets keep their rows in files: `mysql`;
    empty for others."""
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


@dataclass(frozen=True, slots=True)
class Playback:
    """Where a recorded session is watched, and what is known of it."""

    player: "Player"
    state: "State"
    is_shown: bool = True
    """Whether the newest snapshot is that of the player's second."""
    seeking: float | None = None
    """How much of the journal is read on the way to that second, 0 to 1; None unless it takes a while."""

    @property
    def is_over(self) -> bool:
        """Whether the session has ended, or was cut off."""
        return not self.state.is_running


class ShownSession(Protocol):
    """A session as a screen shows it."""

    def snapshot(self) -> "Snapshot | None":
        """The newest snapshot, the same object until there is a newer one; None if there is none yet."""
        ...

    def send(self, command: Command) -> None:
        """Sends a command to the session; snapshots and notices show its effect."""
        ...

    def notices(self) -> list[Notice]:
        """Messages since the last call."""
        ...

    def visitors(self) -> int:
        """How many people watch it in a browser, as far as that is known here."""
        ...

    def trouble(self) -> str:
        """Why there is no session to show; empty if there is one."""
        ...

    def log_of(self, target: str) -> Path | None:
        """Where a target's log is; None if there is none on this machine."""
        ...

    def public_text(self, text: str) -> str:
        """A text of the session, such as a line of a log, without values of environment variables that it was
        given."""
        ...


class RecordedApi(ShownSession, Protocol):
    """A recorded session, which may still run, as a screen plays it. It takes only commands that change the
    view."""

    def recording(self) -> Path:
        """The journal or bundle that it is in."""
        ...

    def playback(self) -> Playback:
        """Where it is."""
        ...

    def play(self, player: "Player") -> None:
        """Goes where this player is, and on as it says."""
        ...


class SessionApi(ShownSession, Protocol):
    """The session as the screen starts and steers it. Only `stop`, `docker_answers` and
    `folder_plans` wait."""

    @property
    def is_busy(self) -> bool:
        """Whether a session runs, or has not stopped completely."""
        ...

    def presets(self) -> list[PresetInfo]:
        """All presets, the one for a first start at the top."""
        ...

    async def folder_plans(self) -> list[PresetInfo]:
        """The plans among the TOML files of the current folder; those with a mistake say which."""
        ...

    def planned(self, choice: Choice) -> PresetInfo:
        """What a choice would run. Raises AbreastError for a wrong one."""
        ...

    def targets(self) -> list[TargetInfo]:
        """All targets of the catalogue."""
        ...

    def doctor(self) -> list[str]:
        """Short lines about this machine."""
        ...

    async def docker_answers(self) -> bool:
        """Whether a Docker Engine answers."""
        ...

    def start(self, choice: Choice) -> None:
        """Starts a session. Raises AbreastError at once for a wrong choice, before anything starts."""
        ...

    def start_again(self) -> None:
        """Starts what was started last once more. Raises AbreastError as `start` does."""
        ...

    async def stop(self) -> None:
        """Stops the session; returns when everything has stopped."""
        ...
