"""Two runs, or targets of runs, compared: a frozen result for the screen, text, Markdown, HTML and JSON.

Targets are paired by label, or by name; a single target of each side is paired whatever it is called. Levels
are paired by their load. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.answers.hints import Hint
from engine.answers.verdicts.verdict import Verdict
from engine.comparison.comparability import Reason, reasons
from engine.comparison.differences import Difference, Sample, decided, difference
from engine.comparison.gate import Condition, GateResult, judged
from engine.comparison.subjects import Run, Subject, SubjectLevel
from engine.comparison.sums import METRICS
from engine.comparison.verdict_pairs import VerdictPair, paired
from engine.metrics.generator_health import worst
from engine.metrics.load_unit import load_unit
from engine.metrics.snapshot import Light
from targets.errors import UsageError


@dataclass(frozen=True, slots=True)
class Side:
    """A run, or some of its targets."""

    run: Run
    subjects: tuple[Subject, ...]

    @property
    def name(self) -> str:
        """How it is called on the command line."""
        of = f":{self.subjects[0].label}" if len(self.subjects) < len(self.run.subjects) else ""
        return f"{self.run.shown_name}{of}"

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The run's verdicts on these targets."""
        names = {subject.name for subject in self.subjects}
        return tuple(each for each in self.run.verdicts if each.target in names)

    @property
    def hints(self) -> tuple[Hint, ...]:
        """The run's hints on these targets, and on all."""
        names = {"", *(subject.name for subject in self.subjects)}
        return tuple(each for each in self.run.hints if each.target in names)

    def label_of(self, name: str) -> str:
        """The label of one of its targets; empty if it has none of that name."""
        return next((subject.label for subject in self.subjects if subject.name == name), "")


@dataclass(frozen=True, slots=True)
class LevelComparison:
    """One level that both sides have."""

    wanted: int
    visit: int
    """The first stretch under this load is 1."""
    seconds: tuple[float, float]
    """How long it was measured in A and in B."""
    light: Light
    """The worst of the generator's lights meanwhile."""
    differences: tuple[Difference, ...]
    """One for each of `METRICS`, in that order."""


@dataclass(frozen=True, slots=True)
class TargetComparison:
    """One target of A beside one of B."""

    a: Subject
    b: Subject
    levels: tuple[LevelComparison, ...]
    only_a: tuple[int, ...]
    """The loads of levels that B does not have."""
    only_b: tuple[int, ...]

    @property
    def is_search(self) -> bool:
        """Whether both runs searched for its capacity: such a run has no levels."""
        return self.a.capacity is not None and self.b.capacity is not None

    @property
    def label(self) -> str:
        """What is compared, in a few words."""
        return self.a.label if self.a.label == self.b.label else f"{self.a.label} → {self.b.label}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result."""

    a: Side
    b: Side
    reasons: tuple[Reason, ...]
    """What makes the two not comparable, the loudest first."""
    targets: tuple[TargetComparison, ...]
    only_a: tuple[str, ...]
    """Labels of targets that B does not have."""
    only_b: tuple[str, ...]
    verdicts: tuple[VerdictPair, ...] = ()
    """Those that either run has, from rounds of turns or duels."""
    gate: tuple[GateResult, ...] = ()
    """What became of each condition, for each target and level."""

    @property
    def has_failed(self) -> bool:
        """Whether some condition failed."""
        return any(each.outcome == "failed" for each in self.gate)

    @property
    def load_unit(self) -> str:
        """What levels are measured in."""
        return load_unit(is_open=self.b.run.is_open)


def compared(a: Side, b: Side, conditions: Sequence[Condition] = ()) -> Comparison:
    """The comparison of two sides. Raises UsageError if they have no target in common, or if no level of
    theirs can be judged by the conditions."""
    pairs = _pairs(a, b)
    in_a, in_b = {one.name for one, _ in pairs}, {other.name for _, other in pairs}
    targets = _decided([_target(a.run, b.run, *pair) for pair in pairs])
    found = Comparison(
        a=a,
        b=b,
        reasons=reasons(a.run, b.run, pairs),
        targets=targets,
        only_a=tuple(each.label for each in a.subjects if each.name not in in_a),
        only_b=tuple(each.label for each in b.subjects if each.name not in in_b),
        verdicts=paired(a.verdicts, b.verdicts),
    )
    return replace(found, gate=_gate(found, conditions))


def level_text(wanted: int, visit: int, unit: str) -> str:
    """A level in words: `50 users`, `50 users, 2nd time`."""
    again = {1: "", 2: ", 2nd time", 3: ", 3rd time"}.get(visit, f", {visit}th time")
    one = "1 user" if unit == "users" and wanted == 1 else f"{wanted} {unit}"
    return f"{one}{again}"


def _pairs(a: Side, b: Side) -> list[tuple[Subject, Subject]]:
    if len(a.subjects) == len(b.subjects) == 1:
        return [(a.subjects[0], b.subjects[0])]
    by_label = {each.label: each for each in b.subjects}
    by_name = {each.name: each for each in b.subjects}
    found: list[tuple[Subject, Subject]] = []
    for one in a.subjects:
        other = by_label.get(one.label) or by_name.get(one.name)
        if other is not None and all(other is not taken for _, taken in found):
            found.append((one, other))
    if found:
        return found
    labels = [", ".join(each.label for each in side.subjects) or "no targets" for side in (a, b)]
    raise UsageError(
        "the two have no target in common",
        why=f"A has {labels[0]}; B has {labels[1]}",
        hint="name one of each: abreast compare SESSION:TARGET SESSION:TARGET",
    )


def _target(run_a: Run, run_b: Run, a: Subject, b: Subject) -> TargetComparison:
    levels_a = {level.key: level for level in a.levels}
    levels_b = {level.key: level for level in b.levels}
    if run_a.is_open != run_b.is_open:  # arrivals are no users
        levels_b = {}
    return TargetComparison(
        a,
        b,
        tuple(_level(levels_a[key], levels_b[key]) for key in levels_a if key in levels_b),
        tuple(key[0] for key in levels_a if key not in levels_b),
        tuple(level.wanted for level in b.levels if level.key not in levels_a or not levels_b),
    )


def _level(a: SubjectLevel, b: SubjectLevel) -> LevelComparison:
    samples = Sample.of(a.blocks), Sample.of(b.blocks)
    return LevelComparison(
        a.wanted,
        a.visit,
        (samples[0].whole.seconds, samples[1].whole.seconds),
        worst(a.light, b.light),
        tuple(difference(metric, *samples) for metric in METRICS),
    )


def _decided(targets: Sequence[TargetComparison]) -> tuple[TargetComparison, ...]:
    """With claims, of all differences together."""
    levels = [level for target in targets for level in target.levels]
    claims = iter(
        decided(
            [(each, level.light == "red") for level in levels for each in level.differences],
        )
    )
    return tuple(
        replace(
            target,
            levels=tuple(
                replace(level, differences=tuple(next(claims) for _ in level.differences))
                for level in target.levels
            ),
        )
        for target in targets
    )


def _gate(found: Comparison, conditions: Sequence[Condition]) -> tuple[GateResult, ...]:
    results = []
    unit = found.load_unit
    for condition in conditions:
        for target in found.targets:
            label = target.b.label
            results += [
                judged(condition, level.differences, label, level_text(level.wanted, level.visit, unit))
                for level in target.levels
            ]
            results += [
                GateResult(
                    condition, label, level_text(wanted, 1, unit), "undecided", None, f"only in {side}"
                )
                for side, loads in (("A", target.only_a), ("B", target.only_b))
                for wanted in loads
            ]
    if conditions and all(each.difference is None for each in results):
        raise UsageError(
            "--fail-if has nothing to judge",
            why="A and B settled at no common level of load",
            hint="compare them without --fail-if to see their levels",
        )
    return tuple(results)
