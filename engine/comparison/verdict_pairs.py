"""Verdicts that two runs both have, side by side. Pure.

Each run compared its own targets, in turns or in duels, so that a ratio travels better between runs than the
figures that it is of. Where the 95 % intervals of two ratios do not overlap, the runs disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.verdicts.verdict import Verdict
from engine.answers.verdicts.wording import NAMES, SIGNS, ratio_text
from engine.metrics import formatting
from targets.plain_text import one_line

HEADS = ("verdict", "A", "B", "")
NOTE = "Ratios of two targets, each within its own run, with 95 % intervals that hold at every look."


@dataclass(frozen=True, slots=True)
class VerdictPair:
    """One metric of the same target against the same baseline, in A and in B."""

    a: Verdict
    b: Verdict

    @property
    def label(self) -> str:
        """What is judged."""
        return f"{NAMES[self.a.metric]}: {one_line(self.a.target_label)} / {one_line(self.a.baseline_label)}"

    @property
    def overlaps(self) -> bool | None:
        """Whether the intervals have a ratio in common; None if one of them is not known."""
        if self.a.interval is None or self.b.interval is None:
            return None
        return self.a.interval[0] <= self.b.interval[1] and self.b.interval[0] <= self.a.interval[1]

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """A row of a table, under `HEADS`."""
        words = {True: "intervals overlap", False: "intervals do not overlap", None: ""}
        return self.label, _text(self.a), _text(self.b), words[self.overlaps]


def paired(a: Sequence[Verdict], b: Sequence[Verdict]) -> tuple[VerdictPair, ...]:
    """The verdicts that both have, of which at least one has a ratio, in the order of A."""
    by_key = {_key(each): each for each in b}
    pairs = (VerdictPair(each, by_key[_key(each)]) for each in a if _key(each) in by_key)
    return tuple(pair for pair in pairs if pair.a.ratio or pair.b.ratio)


def _key(of: Verdict) -> tuple[str, str, str]:
    return of.target_label, of.baseline_label, of.metric


def _text(of: Verdict) -> str:
    return f"{SIGNS[of.outcome]} {ratio_text(of.ratio, of.interval)}" if of.ratio else formatting.MISSING
