"""Which node of a cluster is to blame for the generator's light. Pure.

Rules of this file:
- a node's light follows the same limits as that of one machine (`engine.metrics.generator_health`): how busy
  its busiest load worker is, and whether all of them report in time;
- how late timers fire is judged by what it does to the figures, of all workers together; here the latest node
  is named.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.metrics.aggregator import WorkerSecond
from engine.metrics.generator_health import WINDOW_S, Finding, judge_cpu, judge_missing, worst
from engine.protocol.histogram import Histogram


class NodeLights:
    """The lights of one session's nodes. Mutable: CPU use is averaged over some seconds."""

    def __init__(self) -> None:
        self._cpu_pct: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW_S))

    def judge(
        self, workers: Sequence[WorkerSecond], places: Mapping[int, str], lag: Sequence[Finding]
    ) -> list[Finding]:
        """What is wrong with which node in one second. `places` are the workers' nodes, `lag` is what the lag
        of all of them does to the figures."""
        found: list[Finding] = []
        for node, members in _by_node(workers, places).items():
            busiest = max(self._mean_cpu_pct(each) for each in members)
            missing = sum(each.is_missing for each in members)
            found += [
                replace(finding, reason=f"node {node}: {finding.reason}")
                for finding in (judge_missing(missing), judge_cpu(busiest))
                if finding is not None
            ]
        return found + _latest(workers, places, lag)

    def _mean_cpu_pct(self, worker: WorkerSecond) -> float:
        recent = self._cpu_pct[worker.worker]
        recent.append(worker.cpu_pct)
        return sum(recent) / len(recent)


def _by_node(workers: Sequence[WorkerSecond], places: Mapping[int, str]) -> dict[str, list[WorkerSecond]]:
    nodes: dict[str, list[WorkerSecond]] = {}
    for each in workers:
        nodes.setdefault(places[each.worker], []).append(each)
    return nodes


def _latest(
    workers: Sequence[WorkerSecond], places: Mapping[int, str], lag: Sequence[Finding]
) -> list[Finding]:
    """Names the node whose timers fire latest, if the lag matters and there are several nodes."""
    p99_ms = {
        node: Histogram.of(each.lag for each in members).quantile_us(0.99) / 1000
        for node, members in _by_node(workers, places).items()
        if any(each.lag.count for each in members)
    }
    if not lag or len(p99_ms) < 2:
        return []
    node = max(p99_ms, key=p99_ms.__getitem__)
    light = worst(*(finding.light for finding in lag))
    return [Finding(light, f"node {node}: its timers fired latest, {p99_ms[node]:.1f} ms late (p99)")]
