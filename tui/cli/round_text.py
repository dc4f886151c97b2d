"""A round of turns, or of a duel, in a headless run, in as few lines as possible. Pure."""

from engine.metrics import formatting
from engine.metrics.palette import marker
from engine.metrics.rounds import Round, Turn
from engine.metrics.snapshot import Snapshot
from engine.protocol.histogram import Histogram, samples_needed
from tui.views.rows import plain

JOINT = " │ "


def round_lines(each: Round, snapshot: Snapshot, width: int) -> list[str]:
    """What every target did in its turn, and why the round does not count, if it does not; targets by their
    signs if labels do not fit."""
    signs = {target.name: marker(target.slot) for target in snapshot.targets}
    figures = _figures_of_duel if each.pairing == "duel" else _figures
    head = f"round {each.number:3}"
    known = [target.name for target in snapshot.targets if target.name in each.turns]
    by_label = [f"{plain(snapshot.label_of(name))} {figures(each.turns[name])}" for name in known]
    by_sign = [f"{signs[name]} {figures(each.turns[name])}" for name in known]
    whole = JOINT.join([head, *by_label])
    lines = [whole] if len(whole) <= width else _wrapped(head, by_sign, width)
    return (
        [*lines, f"{' ' * len(head)}{JOINT}does not count: {plain(each.tainted)}"] if each.tainted else lines
    )


def _wrapped(head: str, parts: list[str], width: int) -> list[str]:
    lines = [head]
    for part in parts:
        if len(lines[-1]) + len(JOINT) + len(part) > width and lines[-1].strip() != head.strip():
            lines.append(" " * len(head))
        lines[-1] += JOINT + part
    return lines


def _figures(turn: Turn) -> str:
    """Its rate, its p95 if there were enough requests, and its failures, if there were any."""
    enough = turn.latencies.count >= samples_needed(0.95)
    p95_ms = Histogram.view(turn.latencies).quantile_us(0.95) / 1000 if enough else None
    return f"{_goodput(turn)} p95 {formatting.duration(p95_ms).rjust(formatting.WIDTH)}{_failed(turn)}"


def _figures_of_duel(turn: Turn) -> str:
    """Its rate, what a successful request cost in CPU time, and its failures, if there were any."""
    cost_ms = turn.cpu_s_per_1000_ok  # seconds of a thousand requests are milliseconds of one
    cost = "·" if cost_ms is None else f"{cost_ms:.3g} ms"
    return f"{_goodput(turn)} cpu {cost.rjust(formatting.WIDTH)}{_failed(turn)}"


def _goodput(turn: Turn) -> str:
    return f"{formatting.rate(turn.goodput if turn.seconds else None).rjust(formatting.WIDTH)} ok/s"


def _failed(turn: Turn) -> str:
    return f" failed {formatting.count(turn.failed)}" if turn.failed else ""
