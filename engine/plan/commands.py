"""What a person asks of a session: plain frozen dataclasses, handed from a screen to the session. Data only.

`target` names one target of the session; None means all of them.
"""

from dataclasses import dataclass
from typing import Literal

from engine.plan.faults import Fault

Severity = Literal["information", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to start a session with. None keeps what the preset says."""

    preset: str
    """A preset's name, or the path of a TOML file."""
    targets: tuple[str, ...]
    """As people write them: `fastapi`, `fastapi:workers=4`; empty keeps the preset's."""
    users: int | None = None
    seconds: float | None = None
    runtime: str = ""
    """`local` or `docker`; empty keeps the preset's."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A passing message for the person at the screen."""

    severity: Severity
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SetUsers:
    """A hand takes over: this many users from now on, whatever the stages say."""

    target: str | None
    users: int


@dataclass(frozen=True, slots=True)
class ChangeUsers:
    """A hand takes over: so many users more (below zero: fewer) than are wanted now, and never below none."""

    target: str | None
    by: int


@dataclass(frozen=True, slots=True)
class HandBack:
    """The plan's stages steer again."""

    target: str | None


@dataclass(frozen=True, slots=True)
class SetThinkTime:
    """Users think this long between requests from now on."""

    target: str | None
    text: str
    """As `engine.plan.plan.parse_think_time` reads it: `500ms`, `1s..2s`, `none`."""


@dataclass(frozen=True, slots=True)
class SetModelTime:
    """The slow model takes this long from now on."""

    target: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class SetUpstream:
    """The stand-in upstream answers like this from now on, to all targets. None leaves a part as it is."""

    delay_s: float | None = None
    error_rate: float | None = None
    """0 to 1: the share of its answers that are errors."""


@dataclass(frozen=True, slots=True)
class SetWorkload:
    """All targets are asked for this workload from now on."""

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
    """Users finish their request and wait."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Resume:
    """Ends a pause."""

    target: str | None


@dataclass(frozen=True, slots=True)
class SetBaseline:
    """Ratios are taken against this target."""

    target: str


@dataclass(frozen=True, slots=True)
class RestartTarget:
    """Stops a target if it runs, and starts it again."""

    target: str


@dataclass(frozen=True, slots=True)
class SetOptions:
    """A target gets other options, for which it is restarted; the others go on."""

    target: str
    text: str
    """All that differs from its defaults: `workers=4:threads=2`; empty for the defaults."""


@dataclass(frozen=True, slots=True)
class InjectFault:
    """Strikes a target, or, as the fault has it, what all targets lean on."""

    target: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class UndoFaults:
    """Ends what is done to a target, and to what all targets lean on."""

    target: str


@dataclass(frozen=True, slots=True)
class SetWindow:
    """The live figures are taken over the last so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SetLinked:
    """Whether keys steer all targets at once."""

    linked: bool


@dataclass(frozen=True, slots=True)
class Export:
    """Writes the session as it stands; a notice says where."""


@dataclass(frozen=True, slots=True)
class Note:
    """Marks this moment with a text."""

    text: str


ViewCommand = SetBaseline | SetLinked | SetWindow
"""What changes the picture alone, and at once: what the next key means may depend on it."""

RunCommand = (
    SetUsers
    | ChangeUsers
    | HandBack
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
    | Export
    | Note
)
"""What changes the run; carried out one after another."""

Command = ViewCommand | RunCommand
