"""Profiles: what the Python code of targets did for a few seconds, as py-spy sampled it. Data only.

py-spy looks at a target's processes many times a second. A thread that runs Python code at that moment, and
so holds its process's interpreter lock, is one sample: the functions that it is in. A target's samples are
one call tree, which takes much less room than the stacks themselves.
"""

from dataclasses import dataclass

Node = tuple[int, ...]
"""A function in the call tree: the index of the node that called it (-1 for none), the index of its frame,
and how many samples ended in it. A caller comes before what it calls."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A function that was seen in a sample."""

    function: str
    file: str
    """As it is imported, without the folder of the installation: `uvicorn/server.py`."""
    package: str
    """The top-level package: `uvicorn`; `python` for the standard library; empty for the target's own
    code."""


@dataclass(frozen=True, slots=True)
class TargetProfile:
    """What one target's processes did."""

    target: str
    looks: int = 0
    """How often its threads were looked at."""
    failed_looks: int = 0
    """Looks that found a stack which changed at that moment; such a look counts for nothing."""
    processes: tuple[int, ...] = ()
    """Busy samples of each of its processes that had any, most first."""
    frames: tuple[Frame, ...] = ()
    nodes: tuple[Node, ...] = ()
    left_out: int = 0
    """Samples that the call tree has no room for; they were the rarest."""
    goodput_before: float | None = None
    """In the seconds just before, under the same load; None if there were none."""
    goodput_sampled: float | None = None
    """While it was sampled, over whole seconds; None if there were none under the same load."""
    trouble: str = ""
    """Why it could not be sampled; empty if it was."""
    hint: str = ""
    """What to do about that."""

    @property
    def samples(self) -> int:
        """Samples in the call tree."""
        return sum(samples for _, _, samples in self.nodes)

    def check(self) -> None:
        """Raises ValueError for an inconsistent call tree."""
        for at, (parent, frame, samples) in enumerate(self.nodes):
            if not (-1 <= parent < at and 0 <= frame < len(self.frames) and samples >= 0):
                raise ValueError("a profile with an inconsistent call tree")

    @property
    def cost(self) -> float | None:
        """By which share goodput was lower while it was sampled, 0.03 for 3 %; negative if it was higher, and
        None if that is not known."""
        if not self.goodput_before or self.goodput_sampled is None:
            return None
        return 1 - self.goodput_sampled / self.goodput_before


@dataclass(frozen=True, slots=True)
class ProfileBegan:
    """Targets are sampled from now on."""

    t_s: float
    seconds: float
    """How long they are to be sampled."""
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profiled:
    """What was found."""

    t_s: float
    """When it began, in session time."""
    until_s: float
    rate_hz: int
    """Looks per second that were asked for."""
    targets: tuple[TargetProfile, ...]
