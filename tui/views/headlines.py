"""The figures in big letters: goodput and p95, or the headline that a plan chooses beside goodput; in a duel
what it compares. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.metrics import formatting
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import WindowStats
from engine.plan.view import Figure
from tui.views.duel_figures import cpu_text, newest_of_duel


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure that is shown in big letters."""

    label: str
    """What it is, as its caption: `ok/s`."""
    text: Callable[[TargetSnapshot, WindowStats], str]
    """From a target and the figures of a window."""


def goodput_text(target: TargetSnapshot, stats: WindowStats) -> str:
    """Successful requests a second."""
    del target
    return formatting.tidy(formatting.rate(stats.goodput if stats.seconds else None))


def health_text(target: TargetSnapshot, stats: WindowStats) -> str:
    """How long `/health` took to answer, or has taken so far if that is longer."""
    del stats
    probe = target.health_probe
    return _latency(max(probe.latency_ms or 0.0, probe.waiting_ms) or None)


def _latency(value_ms: float | None) -> str:
    return formatting.tidy(formatting.duration(value_ms))


GOODPUT = Headline("ok/s", goodput_text)
P95 = Headline("p95", lambda _, stats: _latency(stats.p95.value_ms))

BY_NAME: dict[Figure, Headline] = {
    "goodput": GOODPUT,
    "p50": Headline("p50", lambda _, stats: _latency(stats.p50.value_ms)),
    "p95": P95,
    "p99": Headline("p99", lambda _, stats: _latency(stats.p99.value_ms)),
    "errors": Headline(
        "errors", lambda _, stats: formatting.percent(100 * stats.error_rate if stats.asked else None)
    ),
    "cpu": Headline("cpu", lambda target, _: formatting.whole_percent(target.resources.cpu_pct)),
    "memory": Headline("memory", lambda target, _: formatting.memory(target.resources.memory_mb)),
    "health": Headline("/health", health_text),
    "tokens": Headline("tokens/s", lambda _, stats: formatting.tidy(formatting.rate(stats.tokens_per_s))),
    "first_byte": Headline("first byte", lambda _, stats: _latency(stats.first_byte_p50.value_ms)),
}
"""By the names of `engine.plan.view`."""

HEADLINES = (GOODPUT, P95)
"""The figures of plans that name none of their own."""


def headlines_of(snapshot: Snapshot) -> tuple[Headline, ...]:
    """The session's figures: the one that its plan chooses, and goodput beside it; while a duel goes on,
    those of its newest seconds."""
    if snapshot.duel is not None and snapshot.phase == "running":
        return _of_duel(snapshot)
    chosen = next((each for name, each in BY_NAME.items() if name == snapshot.chosen_view.headline), None)
    if chosen is None:
        return HEADLINES
    return (chosen, P95 if chosen is GOODPUT else GOODPUT)


def _of_duel(snapshot: Snapshot) -> tuple[Headline, ...]:
    """What a duel compares, and goodput beside it."""

    def cpu(target: TargetSnapshot, stats: WindowStats) -> str:
        del stats
        return cpu_text(newest_of_duel(snapshot, target.name))

    def goodput(target: TargetSnapshot, stats: WindowStats) -> str:
        del stats
        duel = newest_of_duel(snapshot, target.name)
        return formatting.tidy(formatting.rate(None if duel is None else duel.goodput))

    return Headline("CPU time for each request", cpu), Headline(GOODPUT.label, goodput)
