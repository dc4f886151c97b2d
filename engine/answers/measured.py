"""Measured figures as reports and claims look them up: by target, level and metric. Pure.

Every figure has a 95 % interval, or none where nothing says how far it varies. Of a level that was repeated,
the figure is the mean of its repetitions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.answers.interval import Interval
from engine.metrics.confidence import Z, wilson
from engine.metrics.load_unit import users_text
from engine.metrics.repetitions import Spread, repeated_levels
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.stretches import UNSEEN_S
from engine.metrics.window_stats import Figure, LevelStats, StretchStats
from engine.plan.quantities import OF_SECONDS, Metric
from engine.statistics.chi_square import stdev_interval
from targets.errors import UsageError
from targets.options import split_options
from targets.plain_text import one_line

LEAST_REQUESTS = 20
"""At a level with fewer, no rate, mean or share is compared."""


MOST_HELD_UP = 0.25
"""Users who were held up for a larger share of their time show no rate of a target."""

RED = "the load generator was red"
ARE_ARRIVALS = "levels are arrivals, not users"
"""Why nothing of the open model is compared."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no figure, in a few words."""

    why: str


def find_target(result: SessionResult, text: str) -> TargetResult | None:
    """The target that a text names: its label, its name, or a name with options that only one target has."""
    for target in result.targets:
        if text in (target.label, target.name):
            return target
    use, _, settings = text.partition(":")
    try:
        wanted = split_options(settings, use) if settings else {}
    except UsageError:
        return None
    label = wanted.pop("label", "")
    if label:
        return next((target for target in result.targets if target.label == label), None)
    options = _options_by_name(result)
    found = [
        target
        for target in result.targets
        if target.name.partition("#")[0] == use and _has(options.get(target.name, {}), wanted)
    ]
    return found[0] if len(found) == 1 else None


def _options_by_name(result: SessionResult) -> dict[str, dict[str, Any]]:
    return {target.name: dict(target.options) for target in result.targets}


def _has(options: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(_said(options.get(name)) == text for name, text in wanted.items())


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def figure(result: SessionResult, text: str, users: int, metric: Metric) -> Interval | Missing:
    """A metric of a target at a level, or why it is not there."""
    if result.model != "closed":
        return Missing(ARE_ARRIVALS)
    target = find_target(result, text)
    if target is None:
        return Missing(f"{text} did not take part")
    if metric in OF_SECONDS:
        if result.health.light == "red":
            return Missing(RED)
        return _of_stretches(target, users, metric, is_running=result.outcome == "running")
    levels = _visits(target, users)
    found = [_of_level(level, metric) for level in levels]
    if not found:
        return Missing(_why_not_reached(target, users, is_running=result.outcome == "running"))
    missing = next((each.why for each in found if isinstance(each, Missing)), "")
    if why := missing or next((f"{RED}: {each.late.distrust}" for each in levels if each.late.distrust), ""):
        return Missing(f"{target.label} at {users_text(users)}: {why}")
    known = [each for each in found if isinstance(each, Interval)]
    if metric == "goodput_cv":
        return _varies_by(target, users, [each.value for each in known])
    return _pooled(known, levels) if metric == "errors" else _together(known)


def _varies_by(target: TargetResult, users: int, values: Sequence[float]) -> Interval | Missing:
    """The coefficient of variation of repetitions, their mean taken as exact."""
    spread = Spread.of(values)
    if spread.stdev is None or not spread.mean:
        return Missing(f"{target.label} was measured once at {users_text(users)}")
    low, high = stdev_interval(spread.stdev, len(values))
    return Interval(spread.stdev / spread.mean, low / spread.mean, high / spread.mean)


def single_figures(result: SessionResult, text: str, users: int, metric: Metric) -> list[float]:
    """The figure of each repetition of a level, where it is known; none of a metric of single seconds."""
    if metric in OF_SECONDS:
        return []
    found = [_of_level(level, metric) for level in visits(result, text, users)]
    return [each.value for each in found if isinstance(each, Interval)]


def visits(result: SessionResult, text: str, users: int) -> Sequence[LevelStats]:
    """The visits of a level."""
    target = find_target(result, text)
    return _visits(target, users) if target else []


def held_for_s(result: SessionResult, text: str, users: int) -> float | None:
    """How long a target had a level's users at a time, at most; None if that is not known. Its figures cover
    less: the level has to settle first."""
    target = find_target(result, text)
    if target is None:
        return None
    seconds = [float(each.seconds) for each in target.stretches if each.wanted == users]
    seconds = seconds or [level.stats.seconds for level in _visits(target, users)]
    return max(seconds) + UNSEEN_S if seconds else None


def _visits(target: TargetResult, users: int) -> Sequence[LevelStats]:
    """The repetitions of a planned level, or any level of so many users; none that was changed by hand."""
    for level in repeated_levels(target.levels):
        if level.wanted == users and level.repetitions:
            return level.repetitions
    return [level for level in target.levels if level.wanted == users and not level.is_steered]


def _why_not_reached(target: TargetResult, users: int, *, is_running: bool) -> str:
    if target.state in {"failed", "died"} and target.trouble:
        return f"{target.label} failed: {one_line(target.trouble)}"
    load = users_text(users)
    if any(level.wanted == users for level in target.levels):
        return f"the load of {target.label} at {load} was changed by hand"
    if users in target.users_had:
        return f"{target.label} {'has not settled yet' if is_running else 'did not settle'} at {load}"
    return f"{target.label} {'has not had' if is_running else 'never had'} {load}{' yet' * is_running}"


def _together(repetitions: Sequence[Interval]) -> Interval:
    """The mean of repetitions. Its limits are as near as their number brings them, but at least as far apart
    as the repetitions' own spread makes the mean's."""
    count = len(repetitions)
    mean, spread = _mean_and_spread([each.value for each in repetitions])
    below = math.sqrt(sum((each.value - each.low) ** 2 for each in repetitions)) / count
    above = math.sqrt(sum((each.high - each.value) ** 2 for each in repetitions)) / count
    return Interval(mean, mean - max(below, spread), mean + max(above, spread))


def _pooled(repetitions: Sequence[Interval], levels: Sequence[LevelStats]) -> Interval:
    """The same of a share, whose limits near 0 need the requests of all repetitions together."""
    mean, spread = _mean_and_spread([each.value for each in repetitions])
    bad, asked = (
        sum(values) for values in zip(*((each.stats.bad, each.stats.asked) for each in levels), strict=True)
    )
    low, high = wilson(bad, asked) or (0.0, 1.0)
    return Interval(mean, max(min(low, mean - spread), 0.0), min(max(high, mean + spread), 1.0))


def _mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and how far its 95 % interval reaches by Student's t; 0 for a single value."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return mean, 0.0
    squares = sum((value - mean) ** 2 for value in values)
    return mean, _T95[min(count - 1, len(_T95) - 1)] * math.sqrt(squares / (count - 1) / count)


_T95 = (math.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, Z)
"""What 95 % of Student's t distribution lies within, by degrees of freedom; of many, of a normal one."""


def _of_level(level: LevelStats, metric: Metric) -> Interval | Missing:
    stats = level.stats
    if stats.asked < LEAST_REQUESTS:
        return Missing(f"only {stats.asked} requests")
    match metric:
        case "goodput" | "goodput_cv":
            return _held_up(_rate(stats.ok, stats.seconds), level)
        case "rps":
            return _held_up(_rate(stats.requests, stats.seconds), level)
        case "failures":
            return _rate(stats.failed, stats.seconds)
        case "errors":
            low, high = stats.error_interval or (0.0, 1.0)
            return Interval(stats.error_rate, low, high)
        case "p50" | "p95" | "p99" | "mean" | "max":
            return _latency(level, metric)
        case "cpu_per_1k_ok":
            return _cpu_per_1k_ok(level)
    share = level.usage.cpu_mean_pct
    single: dict[Metric, float | None] = {
        "cpu": None if share is None else share / 100,
        "memory": level.usage.memory_max_mb,
        "requests": float(stats.requests),
    }
    return _known(single[metric])


def _latency(level: LevelStats, metric: Literal["p50", "p95", "p99", "mean", "max"]) -> Interval | Missing:
    """A latency in ms; its interval begins lower by as much as late reading may have lengthened it."""
    stats = level.stats
    match metric:
        case "mean":
            found = _known(stats.mean_ms, level.mean_interval)
        case "max":
            found = _known(stats.max_ms)
        case _:
            found = _percentile(getattr(stats, metric))
    if isinstance(found, Missing):
        return found
    late_ms: float = getattr(level.late, f"{metric}_ms")
    return Interval(found.value, max(0.0, found.low - late_ms), found.high)


def _held_up(rate: Interval | Missing, level: LevelStats) -> Interval | Missing:
    """A rate of users who wait for responses. Where these were read late, or requests sent late, users were
    held up: without that, the rate may have been higher by the share that this is of the time from one
    request to the next."""
    if isinstance(rate, Missing) or rate.value <= 0:
        return rate
    late = level.late
    share = (late.read_ms + late.sent_ms) * rate.value / (1000 * level.wanted)
    if share > MOST_HELD_UP:
        return Missing(f"the load workers held users up, for {100 * share:.0f} % of their time")
    return Interval(rate.value, rate.low, rate.high / (1 - share))


def _cpu_per_1k_ok(level: LevelStats) -> Interval | Missing:
    """CPU time in milliseconds; only the number of successful requests is known to vary."""
    share, rate = level.usage.cpu_mean_pct, _rate(level.stats.ok, level.stats.seconds)
    if share is None or isinstance(rate, Missing):
        return Missing("not measured")
    if rate.low <= 0:
        return Missing("too few requests succeeded")
    return Interval.exact(1000 * 1000 * share / 100) / rate


def _of_stretches(
    target: TargetResult, users: int, metric: Metric, *, is_running: bool
) -> Interval | Missing:
    """A figure of single seconds; the mean over the stretches at this level."""
    found = [
        _of_seconds(each, metric) for each in target.stretches if each.wanted == users and not each.is_steered
    ]
    if not found:
        return Missing(_why_not_reached(target, users, is_running=is_running))
    missing = next((each for each in found if isinstance(each, Missing)), None)
    return missing or _together([each for each in found if isinstance(each, Interval)])


def _of_seconds(stretch: StretchStats, metric: Metric) -> Interval | Missing:
    if metric == "peak_rps":
        return Interval.exact(stretch.peak_rps)
    if stretch.health_unanswered is None or stretch.health_max_ms is None:
        return Missing("/health was not asked")
    if metric == "health_max":
        return Interval.exact(stretch.health_max_ms)
    limits = wilson(stretch.health_unanswered, stretch.seconds) or (0.0, 1.0)
    return Interval(stretch.health_unanswered / stretch.seconds, *limits)


def _rate(count: int, seconds: float) -> Interval | Missing:
    """As if requests were independent, as all intervals of a single run are here (`metrics.confidence`)."""
    if not seconds:
        return Missing("no second was measured")
    return Interval.around(count / seconds, Z * math.sqrt(count) / seconds)


def _percentile(of: Figure) -> Interval | Missing:
    if of.value_ms is None or of.widened:
        return Missing("too few requests for this percentile")
    return Interval(
        of.value_ms,
        of.value_ms if of.low_ms is None else of.low_ms,
        of.value_ms if of.high_ms is None else of.high_ms,
    )


def _known(value: float | None, limits: tuple[float, float] | None = None) -> Interval | Missing:
    if value is None:
        return Missing("not measured")
    return Interval(value, *limits) if limits else Interval.exact(value)
