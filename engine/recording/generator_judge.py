"""Builds the record of the load workers' second: what they did, what is wrong with it, and the displayed
light.

Live only: a replay takes light, reasons and bounds from the record.
"""

from collections.abc import Callable, Iterable, Mapping

from engine.machine.ceiling import Ceiling
from engine.machine.interference import Interference
from engine.metrics import generator_health
from engine.metrics.aggregator import ClosedSecond
from engine.metrics.generator_health import Finding, HealthLight
from engine.metrics.lag_effect import Effect, Window, judge_lag
from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.timeline import Timeline
from engine.protocol.tick_stats import sum_counts

NOTABLE_PCT = 1.0
"""A smaller loss of the load worker's core does not explain any lag."""


class GeneratorJudge:
    """Judges one session's load workers. Mutable: it holds the health light."""

    def __init__(self, ceiling: Ceiling | None = None) -> None:
        """`ceiling` is what this machine's load workers can send; None if that was not measured."""
        self._ceiling = ceiling
        self.health_light = HealthLight()
        self.distrust = ""
        """Why what was counted in the newest second cannot be trusted, however late answers were read; empty
        if it can."""
        self._is_warm_up = True
        self.read_interference: Callable[[], Interference] = Interference
        """What kept the load workers from their cores since the last call."""

    def second(
        self,
        second: ClosedSecond,
        timeline: Timeline,
        snapshot: Snapshot,
        troubles: Iterable[str] = (),
        *,
        is_sampled: bool = False,
    ) -> GeneratorSecond:
        """Returns the record of a second whose buckets the timeline already holds. `troubles` describe which
        parts of abreast itself did not work in it; `is_sampled`: a profile was being made."""
        interference = self.read_interference()
        windows = list(self._windows(timeline, second))
        effects = [effect for window in windows for effect in window.effects()]
        slowdowns = [found for window in windows if window.buckets and (found := window.slowdown())]
        lag = judge_lag(effects, slowdowns)
        lag += _explained(lag, interference)
        recent = list(timeline.generator)[1 - generator_health.WINDOW_S :]
        ceiling_share = self._ceiling_share(second)
        findings = generator_health.judge(
            cpu_pct=sum([*(each.cpu_pct for each in recent), second.cpu_pct]) / (len(recent) + 1),
            lag=lag,
            missing_workers=second.missing_workers,
            ceiling_share=ceiling_share,
            little_errors={
                target.label: target.little_error
                for target in snapshot.targets
                if target.little_error is not None
            },
            unsent=sum_counts(
                tick_stats.unsent
                for tick_stats in (*second.all_tick_stats.values(), *second.between_turns.values())
            ),
            troubles=troubles,
            is_sampled=is_sampled,
        )
        red = (each.reason for each in findings if each.light == "red" and each not in lag)
        self.distrust = next(red, "")
        self._reset_after_warm_up(timeline)
        self.health_light.show(findings)
        return GeneratorSecond(
            second.second,
            second.cpu_pct,
            second.lag,
            second.workers,
            self.health_light.light,
            self.health_light.reasons,
            ceiling_share,
            lag_bounds_ms=_bounds(effects, {timeline.label_of(name): name for name in timeline.targets}),
            stolen_pct=interference.stolen_pct,
            waiting_pct=interference.waiting_pct,
            distrust=self.distrust,
        )

    def _windows(self, timeline: Timeline, second: ClosedSecond) -> Iterable[Window]:
        lags = {each.second: each.lag for each in timeline.generator} | {second.second: second.lag}
        is_open = timeline.header is not None and timeline.header.plan.get("model") == "open"
        for name, target in timeline.targets.items():
            if target.state in TAKES_LOAD:
                yield Window.of(timeline.label_of(name), target.buckets, lags, is_open=is_open)

    def _reset_after_warm_up(self, timeline: Timeline) -> None:
        """Resets the light at the first measured second, because figures start again there."""
        newest = [target.buckets[-1] for target in timeline.targets.values() if target.buckets]
        is_warm_up = not any(bucket.is_measured for bucket in newest)
        if self._is_warm_up and not is_warm_up:
            self.health_light.reset()
            self._is_warm_up = False

    def _ceiling_share(self, second: ClosedSecond) -> float | None:
        if self._ceiling is None:
            return None
        all_tick_stats = second.all_tick_stats.values()
        ended = sum(
            each.ok.count + each.failed.count
            for tick_stats in (*all_tick_stats, *second.between_turns.values())
            for each in tick_stats.requests.values()
        )
        users = sum(tick_stats.users for tick_stats in all_tick_stats)
        return self._ceiling.share(ended, users, second.workers)


def _explained(lag: list[Finding], interference: Interference) -> list[Finding]:
    """Explains the lag, as far as the system reports its causes."""
    known = (
        ("the host of this virtual machine took {:.0f} % (steal)", interference.stolen_pct),
        ("other programs took {:.0f} %", interference.waiting_pct),
    )
    parts = [text.format(pct) for text, pct in known if pct is not None]
    if not lag or max(interference.stolen_pct or 0.0, interference.waiting_pct or 0.0) < NOTABLE_PCT:
        return []
    light = generator_health.worst(*(finding.light for finding in lag))
    return [Finding(light, f"in the last second {' and '.join(parts)} of the load worker's core")]


def _bounds(effects: Iterable[Effect], names: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """The bounds by target name; `names` maps labels to names."""
    bounds: dict[str, dict[str, float]] = {}
    for effect in effects:
        bounds.setdefault(names[effect.target], {})[effect.name] = round(effect.bound_ms, 4)
    return bounds
