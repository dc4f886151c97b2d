"""Builds the record of the load workers' second: what they did, what is wrong with it, and the displayed
light.

Live only: a replay takes light, reasons and bounds from the record.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.machine.ceiling import Ceiling
from engine.machine.interference import Interference
from engine.metrics import generator_health
from engine.metrics.aggregator import ClosedSecond
from engine.metrics.generator_health import Finding, HealthLight
from engine.metrics.interference_text import last_second_text
from engine.metrics.lag_effect import WINDOWS_S, Effect, Window, judge_lag
from engine.metrics.node_lights import NodeLights
from engine.metrics.records import GeneratorSecond
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.timeline import Timeline
from engine.protocol.tick_stats import sum_counts

if TYPE_CHECKING:
    from engine.metrics.lag_bound import Second


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
        self._summed_up: defaultdict[str, dict[int, Second]] = defaultdict(dict)
        """By target: the seconds that the next ones are judged with."""
        self.read_interference: Callable[[], Interference] = Interference
        """What kept the load workers from their cores since the last call."""
        self.places: Sequence[str] = ()
        """By the workers' numbers: the names of their nodes, if they run on a cluster."""
        self.sends_from_here = True
        """Whether all load workers are on this machine, whose ceiling is known."""
        self.lower_load = ""
        """Why fewer users send than were asked for; empty if all do."""
        self._nodes = NodeLights()

    def second(
        self,
        second: ClosedSecond,
        timeline: Timeline,
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
        places = dict(enumerate(self.places))
        on_nodes = self._nodes.judge(second.by_worker, places, lag) if places else []
        findings = generator_health.judge(
            cpu_pct=0.0
            if places
            else sum([*(each.cpu_pct for each in recent), second.cpu_pct]) / (len(recent) + 1),
            lag=lag,
            missing_workers=second.missing_workers - sum(each.is_missing for each in second.by_worker)
            if places
            else second.missing_workers,
            ceiling_share=ceiling_share,
            little_errors=_little_errors(timeline),
            unsent=sum_counts(
                tick_stats.unsent
                for tick_stats in (*second.all_tick_stats.values(), *second.between_turns.values())
            ),
            troubles=troubles,
            is_sampled=is_sampled,
            others=[*on_nodes, *([Finding("amber", self.lower_load)] if self.lower_load else [])],
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
            nodes=len({places[each.worker] for each in second.by_worker}) if places else 0,
        )

    def _windows(self, timeline: Timeline, second: ClosedSecond) -> Iterable[Window]:
        lags = {each.second: each.lag for each in timeline.generator} | {second.second: second.lag}
        is_open = timeline.header is not None and timeline.header.plan.get("model") == "open"
        for name, target in timeline.targets.items():
            known = self._summed_up[name]
            known.pop(second.second - max(WINDOWS_S), None)
            if target.state in TAKES_LOAD:
                label = timeline.label_of(name)
                yield Window.of(label, target.buckets, lags, is_open=is_open, known=known)

    def _reset_after_warm_up(self, timeline: Timeline) -> None:
        """Resets the light at the first measured second, because figures start again there."""
        newest = [target.buckets[-1] for target in timeline.targets.values() if target.buckets]
        is_warm_up = not any(bucket.is_measured for bucket in newest)
        if self._is_warm_up and not is_warm_up:
            self.health_light.reset()
            self._is_warm_up = False

    def _ceiling_share(self, second: ClosedSecond) -> float | None:
        if self._ceiling is None or not self.sends_from_here:
            return None
        all_tick_stats = second.all_tick_stats.values()
        ended = sum(
            each.ok.count + each.failed.count
            for tick_stats in (*all_tick_stats, *second.between_turns.values())
            for each in tick_stats.requests.values()
        )
        users = sum(tick_stats.users for tick_stats in all_tick_stats)
        return self._ceiling.share(ended, users, second.workers)


def _little_errors(timeline: Timeline) -> dict[str, float]:
    """By label: how far targets' users, rate and latency are from Little's law, where it applies."""
    errors = {}
    said = timeline.load or timeline.header
    for name, target in timeline.targets.items():
        custom_s, of_session_s = target.custom_think_time_s, said.think_time_mean_s if said else 0.0
        error = target.little_error(of_session_s if custom_s is None else custom_s)
        if error is not None:
            errors[timeline.label_of(name)] = error
    return errors


def _explained(lag: list[Finding], interference: Interference) -> list[Finding]:
    """Explains the lag, as far as the system reports its causes."""
    text = last_second_text(interference.stolen_pct, interference.waiting_pct)
    light = generator_health.worst(*(finding.light for finding in lag))
    return [Finding(light, text)] if lag and text else []


def _bounds(effects: Iterable[Effect], names: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """The bounds by target name; `names` maps labels to names."""
    bounds: dict[str, dict[str, float]] = {}
    for effect in effects:
        bounds.setdefault(names[effect.target], {})[effect.name] = round(effect.bound_ms, 4)
    return bounds
