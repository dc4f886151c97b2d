"""Commands to a session: frozen dataclasses that a screen sends to it. Data only. Pure.

`target` names one target of the session; None means all of them.
"""

from dataclasses import dataclass
from typing import Literal

from engine.plan.faults import Fault

Severity = Literal["information", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to start a session with. None keeps the preset's value."""

    preset: str
    """A preset's name, or the path of a TOML file."""
    targets: tuple[str, ...]
    """Names with options: `fastapi`, `fastapi:workers=4`; empty keeps the preset's."""
    users: int | None = None
    seconds: float | None = None
    runtime: str = ""
    """`local` or `docker`; empty keeps the preset's."""
    database: str = ""
    """As a plan's `database`; empty keeps the preset's."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A short message for the person at the screen."""

    severity: Severity
    title: str
    text: str
    copied: str = ""
    """Text that goes to the clipboard; empty for none."""


@dataclass(frozen=True, slots=True)
class SetUsers:
    """Takes manual control: this many users from now on, whatever the stages say."""

    target: str | None
    users: int


@dataclass(frozen=True, slots=True)
class ChangeUsers:
    """Takes manual control: this many users more (or fewer, if negative) than are wanted now, at least 0."""

    target: str | None
    by: int


@dataclass(frozen=True, slots=True)
class HandBack:
    """Ends manual control: the plan's stages steer again."""

    target: str | None


@dataclass(frozen=True, slots=True)
class MoveNextStage:
    """The next stage of the load shape begins so much later, or earlier if negative; what follows keeps its
    distance."""

    by_s: float
    """`-math.inf`: it begins now."""


@dataclass(frozen=True, slots=True)
class ChangeNextUsers:
    """The next stage gets this many users more, or fewer if negative; in the open model arrivals per
    second."""

    by: int


@dataclass(frozen=True, slots=True)
class SetThinkTime:
    """Users think this long between requests from now on."""

    target: str | None
    text: str
    """As `engine.plan.values.parse_think_time` reads it: `500ms`, `1s..2s`, `none`."""


@dataclass(frozen=True, slots=True)
class SetModelTime:
    """The slow model takes this long from now on."""

    target: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class SetUpstream:
    """Changes how the stand-in upstream answers all targets. None leaves a value unchanged."""

    delay_s: float | None = None
    error_rate: float | None = None
    """Share of its answers that are errors, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SetWorkload:
    """All targets get this workload from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class AddTarget:
    """One more target joins the session."""

    name: str
    """From the catalogue, with options: `fastapi`, `fastapi:workers=4`."""


@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """A target leaves the session and is stopped."""

    target: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Users finish their current request and wait."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Resume:
    """Ends a pause."""

    target: str | None


@dataclass(frozen=True, slots=True)
class SetBaseline:
    """Ratios are relative to this target."""

    target: str


@dataclass(frozen=True, slots=True)
class RestartTarget:
    """Stops a target if it is running, and starts it again."""

    target: str


@dataclass(frozen=True, slots=True)
class SetOptions:
    """Restarts a target with other options; the other targets keep running."""

    target: str
    text: str
    """The options that differ from its defaults: `workers=4:threads=2`; empty for the defaults."""


@dataclass(frozen=True, slots=True)
class InjectFault:
    """Injects a fault into a target, or into what all targets depend on, as the fault's kind has it."""

    target: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class UndoFaults:
    """Undoes the faults of a target, and of what all targets depend on."""

    target: str


@dataclass(frozen=True, slots=True)
class SetWindow:
    """Sets the length of the live window."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SetLinked:
    """Whether keys steer all targets at once."""

    linked: bool


@dataclass(frozen=True, slots=True)
class BeginDuel:
    """Turns a race into a duel: all targets saturated on one core, to compare their CPU time."""


@dataclass(frozen=True, slots=True)
class EndDuel:
    """Ends a duel, and restores cores, users and think times."""


@dataclass(frozen=True, slots=True)
class Export:
    """Writes the session as recorded so far; a notice names the files."""

    formats: tuple[str, ...]
    """Names of export formats (`engine.export.formats`)."""


@dataclass(frozen=True, slots=True)
class Note:
    """Adds a note at this moment."""

    text: str


@dataclass(frozen=True, slots=True)
class ProfileTargets:
    """Samples targets for a while, to see what their code does."""

    target: str | None
    seconds: int


ViewCommand = SetBaseline | SetLinked | SetWindow
"""Commands that only change the view. They apply at once: what the next key means may depend on them."""

RunCommand = (
    SetUsers
    | ChangeUsers
    | HandBack
    | MoveNextStage
    | ChangeNextUsers
    | SetThinkTime
    | SetModelTime
    | SetUpstream
    | SetWorkload
    | AddTarget
    | RemoveTarget
    | Pause
    | Resume
    | RestartTarget
    | SetOptions
    | InjectFault
    | UndoFaults
    | ProfileTargets
    | BeginDuel
    | EndDuel
    | Export
    | Note
)
"""Commands that change the run; carried out one after another."""

Command = ViewCommand | RunCommand
