"""What is compared: a recorded run and its targets, reduced to what a comparison needs. Pure.

A run comes from a journal (`run_of`) or from a baseline file, which stores exactly these values
(`engine.comparison.baseline_file`).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from engine.answers.hints import Hint, hints_of
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.comparison.answers import CapacityFound, ProfileFound, capacities, profiles
from engine.comparison.sums import Sums, added, blocks_of, sums_of
from engine.metrics.figures import stats_of
from engine.metrics.generator_health import worst
from engine.metrics.levels import Level
from engine.metrics.records import Damage
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Light
from engine.metrics.target_snapshot import Series
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SubjectLevel:
    """The settled part of a stretch of one target under constant load."""

    wanted: int
    """Users; in the open model, arrivals per second."""
    visit: int
    """The first stretch under this load is 1; a load shape can return to it."""
    blocks: tuple[Sums, ...]
    """Its seconds, in order, in at most `BLOCKS` blocks."""
    light: Light
    """The worst of the generator's lights meanwhile."""

    @property
    def key(self) -> tuple[int, int]:
        """What it is matched by."""
        return self.wanted, self.visit


@dataclass(frozen=True, slots=True)
class Subject:
    """One target of a run."""

    name: str
    """Its key in the run."""
    label: str
    """The displayed name."""
    server: str
    runtime: str
    options: dict[str, Any]
    limits: dict[str, Any] | None
    versions: dict[str, str]
    trouble: str
    """Why it failed or died; empty otherwise."""
    levels: tuple[SubjectLevel, ...]
    """Empty for a search for capacity, whose loads are trials."""
    series: Series
    """One value per second, from its first second under load."""
    database: str = ""
    """Where it kept its rows, as displayed; empty if its workload needed none, and in older recordings."""
    capacity: CapacityFound | None = None
    """None if the run did not search for it, and in older baselines."""
    profile: ProfileFound | None = None
    """None if it was not profiled, and in older baselines."""

    @property
    def seconds(self) -> int:
        """How many seconds the series have."""
        return len(self.series.users)


@dataclass(frozen=True, slots=True)
class Run:
    """One session, as it is compared."""

    id: str
    baseline: str
    """The name of the baseline that holds it; empty for a recorded session."""
    title: str
    started_at: str
    outcome: str
    damage: str
    """What is wrong with its journal, in words; empty if nothing is."""
    plan: dict[str, Any]
    environment: dict[str, Any]
    is_open: bool
    """Levels are arrivals per second."""
    contended: bool
    """Its targets shared processors while they ran at the same time."""
    light: Light
    """The generator's, over all measured seconds."""
    light_reasons: tuple[str, ...]
    subjects: tuple[Subject, ...]
    verdicts: tuple[Verdict, ...] = ()
    """What its rounds of turns or duels decide; empty without rounds, and in older baselines."""
    hints: tuple[Hint, ...] = ()
    """What its figures suggest; empty in older baselines."""

    @property
    def shown_name(self) -> str:
        """How it is called on the command line."""
        return self.baseline or self.id


def run_of(timeline: Timeline, outcome: str, damage: Damage | None) -> Run:
    """A recorded session; its timeline has its whole history. `outcome` is that of a session without an
    end."""
    header = timeline.header
    assert header is not None, "`engine.export.document.folded` refuses records without a header"
    lights = {each.second: each.light for each in timeline.generator}
    snapshot = timeline.final_snapshot()
    result = session_result(snapshot, unfinished=outcome)
    of_capacity, of_profile = capacities(result), profiles(timeline.profiles)
    return Run(
        id=header.id,
        baseline="",
        title=header.plan["title"],
        started_at=header.started_at,
        outcome=timeline.ended.outcome if timeline.ended else outcome,
        damage=str(damage or ""),
        plan=header.plan,
        environment=header.environment,
        is_open=header.plan.get("model") == "open",
        contended=header.contended,
        light=timeline.review.light,
        light_reasons=tuple(timeline.review.reasons),
        subjects=tuple(
            _subject(line, lights, of_capacity.get(name), of_profile.get(name))
            for name, line in timeline.targets.items()
        ),
        verdicts=verdicts(result),
        hints=hints_of(snapshot),
    )


def _subject(
    line: TargetTimeline,
    lights: dict[int, Light],
    capacity: CapacityFound | None,
    profile: ProfileFound | None,
) -> Subject:
    added = line.added
    return Subject(
        name=added.name,
        label=added.label or added.name,
        server=added.server,
        runtime=added.runtime,
        options=added.options,
        limits=added.limits,
        versions=added.versions,
        trouble=line.trouble,
        levels=_levels(line, lights) if capacity is None else (),
        series=_series(line),
        database=added.database,
        capacity=capacity,
        profile=profile,
    )


def _levels(line: TargetTimeline, lights: dict[int, Light]) -> tuple[SubjectLevel, ...]:
    visits: Counter[int] = Counter()
    found = []
    for level in line.levels.all:
        if line.planned.is_steered(level):
            continue
        visits[level.wanted] += 1
        found.append(_level(line, level, visits[level.wanted], lights))
    return tuple(found)


def _level(line: TargetTimeline, level: Level, visit: int, lights: dict[int, Light]) -> SubjectLevel:
    buckets = [
        bucket
        for bucket in line.buckets
        if bucket.is_measured and level.first_second <= bucket.second <= level.last_second
    ]
    blocks = blocks_of([sums_of(bucket) for bucket in buckets])
    unanswered = stats_of(level.window, options=line.stats_options, whole_run=line.whole.ok).unanswered
    if blocks and unanswered:  # it is known of the level's end only
        blocks = (*blocks[:-1], added([blocks[-1], Sums(unanswered=unanswered)]))
    light = worst(*(lights.get(bucket.second, "off") for bucket in buckets))
    return SubjectLevel(level.wanted, visit, blocks, light)


def _series(line: TargetTimeline) -> Series:
    """From the first second in which it had users, or requests."""
    loaded = [
        bucket.second for bucket in line.buckets if bucket.tick_stats.users or bucket.tick_stats.requests
    ]
    seconds = range(loaded[0] + 1, loaded[-1] + 2) if loaded else range(0)
    return line.history.series(tuple(seconds))
