"""What kinds of events there are, and what an event says besides its text. Pure.

Programs (the screen's captions and marks, the sentences of `--plain`, readers of exports) use the kind and
the detail: the text is only for people, and no program reads it.
"""

from dataclasses import dataclass
from typing import Literal

EventKind = Literal[
    "cluster",
    "difference",
    "duel",
    "end",
    "export",
    "failure",
    "fault",
    "health",
    "helper",
    "image",
    "left-out",
    "model",
    "note",
    "oom",
    "pause",
    "profile",
    "profiled",
    "recovery",
    "restart",
    "settings",
    "setup",
    "stage",
    "start",
    "target",
    "teardown",
    "think",
    "trouble",
    "turns",
    "upstream",
    "users",
    "waiting",
    "workload",
]
"""What an event is about."""

Action = Literal[
    "",
    "injected",  # a fault
    "over",  # a fault was undone, or ended; an `auto` warm-up; a duel
    "down",  # a fault took a target down
    "exited",  # a target ended by itself
    "joins",
    "leaves",
    "restarts",
    "ready-again",
    "options",  # a target got others
    "begins",  # a stage or level
    "turn-over",  # in a solo schedule, of the last target that had one
    "moved",  # a stage, by hand
    "changed",  # the generator's light
    "paused",
    "resumed",
]
"""What happened; empty where the kind says all."""


@dataclass(frozen=True, slots=True)
class EventDetail:
    """What an event says, for programs."""

    action: Action = ""
    subject: str = ""
    """What it happened to or what it became: a fault (`cpus 0.5`), what a stage does (`hold 20 users`), the
    colour of the light."""
    reason: str = ""
    """Why, in words: how a target ended, what is wrong with the generator; of a duel what it came to."""
    lasts_s: float | None = None
    """How long a fault is to last; None: until it is undone, or no fault."""


NO_DETAIL = EventDetail()
