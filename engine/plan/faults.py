"""Faults that a person or a plan injects: their kinds, and how they are written. Pure.

A fault is a kind, a value if the kind has one, and a duration: `pause for 5 s`, `cpus 0.5 for 10 s`,
`memory 256m`, `kill-worker`. It is undone after its duration; without one it stays until you undo it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from engine.plan.values import parse_duration
from targets.durations import UNITS
from targets.errors import UsageError, unknown
from targets.option_kinds import bytes_in
from targets.options import OPTIONS

FaultKind = Literal[
    "pause",
    "kill",
    "kill-worker",
    "restart",
    "cpus",
    "memory",
    "stop-database",
    "slow-upstream",
    "break-upstream",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is injected into a target, or into what all targets depend on."""

    kind: FaultKind
    value: float | None = None
    """Cores, bytes, seconds or a share, depending on the kind; None if the kind has no value."""
    lasts_s: float | None = None
    """Undone after this long; None: not by itself."""

    @property
    def traits(self) -> "Traits":
        """What all faults of its kind have in common."""
        return KINDS[self.kind]

    @property
    def what(self) -> str:
        """The fault without its duration: `cpus 0.5`."""
        return self.kind if self.value is None else f"{self.kind} {self.traits.write(self.value)}"

    def __str__(self) -> str:
        return self.what if self.lasts_s is None else f"{self.what} for {self.lasts_s:g} s"


@dataclass(frozen=True, slots=True)
class Traits:
    """A kind of fault."""

    about: str
    """A short description for the list of faults."""
    read: Callable[[str], float] | None = None
    """Reads its value, or raises ValueError; None if it has no value."""
    write: Callable[[float], str] = str
    example: str = ""
    """An example of its value."""
    is_momentary: bool = False
    """It has no duration: it is over as soon as it is injected."""
    is_shared: bool = False
    """It affects what all targets depend on rather than one target."""
    runtimes: tuple[str, ...] = ("local", "docker")
    """Runtimes of targets that can get it."""
    workload: str = ""
    """The only workload that it makes sense with; empty for any."""


def _cores(text: str) -> float:
    value = float(text)
    if not 0.01 <= value <= 1024:
        raise ValueError("cpus must be 0.01 or more")
    return value


def _bytes(text: str) -> float:
    count = bytes_in(str(OPTIONS["memory"].kind.parse(text)))
    if count is None:
        raise ValueError
    return float(count)


def _share(text: str) -> float:
    value = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    if not 0 <= value <= 1:
        raise ValueError("a share is between 0 % and 100 %")
    return value


def _size(count: float) -> str:
    gib, mib = count / 1024**3, count / 1024**2
    return f"{gib:g}g" if gib >= 1 and gib.is_integer() else f"{mib:g}m"


KINDS: dict[FaultKind, Traits] = {
    "pause": Traits("Freezes the target; connections stay open."),
    "kill": Traits("Kills the target; undo starts it again."),
    "kill-worker": Traits("Kills one worker process.", is_momentary=True),
    "restart": Traits("Restarts the target under load.", is_momentary=True),
    "cpus": Traits("Changes the CPU limit.", _cores, "{:g}".format, "0.5", runtimes=("docker",)),
    "memory": Traits("Changes the memory limit.", _bytes, _size, "256m", runtimes=("docker",)),
    "stop-database": Traits(
        "Stops the database; undo starts it again.",
        is_shared=True,
        workload="io",
    ),
    "slow-upstream": Traits(
        "Makes the upstream take this long.",
        parse_duration,
        "{:g}s".format,
        "2s",
        is_shared=True,
        workload="upstream",
    ),
    "break-upstream": Traits(
        "Makes this share of its answers fail.",
        _share,
        lambda share: f"{100 * share:g}%",
        "50%",
        is_shared=True,
        workload="upstream",
    ),
}

UNDO = "undo"
"""Written in place of a fault to undo the active ones."""

_GAP = re.compile(rf"(?<=\d)\s+(?=(?:{UNITS}|%)(?:\s|$))")
_HINT = "for example: pause for 5 s, kill for 2 s, cpus 0.5 for 10 s"


def parse_fault(text: str) -> Fault:
    """The fault that a text describes. Raises UsageError."""
    words = [word for word in _GAP.sub("", text.strip().lower()).split() if word != "for"]
    if not words or words[0] not in KINDS:
        raise unknown("fault", words[0] if words else "", list(KINDS))
    kind = next(each for each in get_args(FaultKind) if each == words[0])
    traits, rest = KINDS[kind], words[1:]
    fault = Fault(kind)
    if traits.read is not None:
        if not rest:
            raise UsageError(f"{kind} needs a value", hint=f"for example: {kind} {traits.example}")
        fault = replace(fault, value=_read(traits.read, f"{kind} {rest[0]}", rest[0], traits.example))
        rest = rest[1:]
    if rest and traits.is_momentary:
        raise UsageError(
            f"{kind} has no duration", why="it is over as soon as it is injected", hint=f"write {kind}"
        )
    if rest:
        length = next((rest[:end] for end in range(len(rest), 1, -1) if _is_duration(rest[:end])), rest[:1])
        lasts_s = _read(parse_duration, f"{text.strip()!r} cannot be read", " ".join(length), "5 s")
        if not lasts_s:
            raise UsageError(f"a fault's duration must be above 0: {text.strip()!r}", hint=_HINT)
        fault, rest = replace(fault, lasts_s=lasts_s), rest[len(length) :]
    if rest:
        raise UsageError(f"{text.strip()!r} is too long", why=f"not understood: {rest[0]}", hint=_HINT)
    return fault


def _is_duration(words: list[str]) -> bool:
    try:
        parse_duration(" ".join(words))
    except ValueError:
        return False
    return True


def check_fault(fault: Fault, *, target: str, runtime: str, workload: str) -> None:
    """Raises UsageError where the target cannot get this fault, or it makes no sense with the workload."""
    traits = fault.traits
    if traits.workload and workload != traits.workload:
        raise UsageError(
            f"{fault.kind} does nothing with workload {workload!r}",
            why=f"only workload {traits.workload!r} depends on it",
            hint=f"choose workload {traits.workload!r}, or another fault",
        )
    if traits.is_shared or runtime in traits.runtimes:
        return
    if runtime == "attached":
        raise UsageError(
            f"{target} cannot get the fault {fault.kind}",
            why="abreast did not start it",
            hint="inject it where the target was started",
        )
    needed = " or ".join(traits.runtimes)
    raise UsageError(
        f"{target} cannot get the fault {fault.kind}",
        why=f"its runtime is {runtime}, and this fault is for {needed} targets",
        hint=f"start it with --runtime {traits.runtimes[0]}, or choose another fault",
    )


def _read(read: Callable[[str], float], what: str, text: str, example: str) -> float:
    try:
        return read(text)
    except (ValueError, UsageError) as error:
        raise UsageError(f"{what}: {error}", hint=f"write it like {example}") from error
