"""The verdicts of two runs, side by side. Pure.

Each run compared its own targets, in turns or in duels, so that a ratio travels better between runs than the
figures that it is of. Where the 95 % intervals of two ratios do not overlap, the runs disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.verdicts.verdict import Verdict
from engine.answers.verdicts.wording import NAMES, SIGNS, ratio_text, refused_lines
from engine.metrics import formatting
from targets.plain_text import one_line

HEADS = ("verdict", "A", "B", "")
NOTE = "Ratios of two targets, each within its own run, with 95 % intervals that hold at every look."


@dataclass(frozen=True, slots=True)
class VerdictPair:
    """One metric of the same target against the same baseline, in A and in B; at least one of them has it."""

    a: Verdict | None
    b: Verdict | None

    @property
    def label(self) -> str:
        """What is judged."""
        one = self.a or self.b
        assert one is not None, "one of them has it"
        return f"{NAMES[one.metric]}: {one_line(one.target_label)} / {one_line(one.baseline_label)}"

    @property
    def overlaps(self) -> bool | None:
        """Whether the intervals have a ratio in common; None if one of them is not known."""
        if self.a is None or self.b is None:
            return None
        if self.a.interval is None or self.b.interval is None:
            return None
        return self.a.interval[0] <= self.b.interval[1] and self.b.interval[0] <= self.a.interval[1]

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """A row of a table, under `HEADS`."""
        words = {True: "intervals overlap", False: "intervals do not overlap", None: ""}
        return self.label, _text(self.a), _text(self.b), words[self.overlaps]


def paired(a: Sequence[Verdict], b: Sequence[Verdict]) -> tuple[VerdictPair, ...]:
    """All verdicts of both, in the order of A, then those that only B has."""
    in_a, in_b = {_key(each): each for each in a}, {_key(each): each for each in b}
    return tuple(VerdictPair(in_a.get(key), in_b.get(key)) for key in {**in_a, **in_b})


def why_refused(a: Sequence[Verdict], b: Sequence[Verdict]) -> list[str]:
    """Why there is no verdict on some metrics, in sentences: `A: no verdict on p99: …`."""
    return [f"{name}: {line}." for name, found in (("A", a), ("B", b)) for line in refused_lines(found)]


def _key(of: Verdict) -> tuple[str, str, str]:
    return of.target_label, of.baseline_label, of.metric


def _text(of: Verdict | None) -> str:
    """A verdict in a cell: `▲ 4.1× [3.9, 4.4]`, `= 1.00× [0.99, 1.01]`, `? undecided`."""
    if of is None:
        return formatting.MISSING
    words = "no verdict" if of.outcome == "refused" else ratio_text(of.ratio, of.interval)
    return f"{SIGNS[of.outcome]} {words or of.outcome}"
