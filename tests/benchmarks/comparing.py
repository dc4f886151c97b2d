"""How often does a comparison claim something of two runs of the same thing, and find what is there? On made
sessions with noise that resembles itself from second to second."""

from collections.abc import Sequence
from dataclasses import replace

from engine.comparison.comparison import Comparison, Side, compared
from engine.comparison.subjects import Run, run_of
from engine.metrics.timeline import Timeline
from tests.benchmarks.report import Options, Table
from tests.support.made_sessions import Shape, records

PAIRS = 200
LEVELS_S = (15, 30, 60)
CORRELATIONS = (0.0, 0.5, 0.7)
NOISE = 0.05
SLOWER = 1.2


def comparing(options: Options) -> Table:
    """Pairs of the same thing, and pairs of which one is slower by a fifth, for each length of a level."""
    del options
    rows = []
    for level_s in LEVELS_S:
        for correlation in CORRELATIONS:
            shape = Shape(
                seconds=3 * level_s, targets=("fastapi",), rps=40, noise=NOISE, noise_correlation=correlation
            )
            same = [_claims(shape, seed, 1.0) for seed in range(PAIRS)]
            slower = [_claims(shape, 10_000 + seed, SLOWER) for seed in range(PAIRS // 20)]
            rows.append(
                (
                    f"{level_s} s",
                    f"{correlation:g}",
                    f"{_share(same):.1%} of {len(same)}",
                    f"{_share(slower):.0%} of {len(slower)}",
                )
            )
    return Table(
        "Comparing two runs",
        ("level", "correlation of seconds", "claims of the same thing", "a fifth slower is found"),
        tuple(rows),
        (
            f"Noise of {NOISE:.0%} from second to second; seven metrics at three levels are compared.",
            "Asked: a claim in at most 5 % of comparisons of the same thing.",
        ),
    )


def _share(claims: Sequence[bool]) -> float:
    return sum(claims) / len(claims)


def _claims(shape: Shape, seed: int, slowness: float) -> bool:
    """Whether a comparison claims anything."""
    a = _run(replace(shape, seed=2 * seed))
    b = _run(
        replace(
            shape, seed=2 * seed + 1, slowness=(slowness,), rps=round(shape.rps / slowness), session_id="b"
        )
    )
    found: Comparison = compared(Side(a, a.subjects), Side(b, b.subjects))
    return any(
        each.claim in ("higher", "lower") for level in found.targets[0].levels for each in level.differences
    )


def _run(shape: Shape) -> Run:
    timeline = Timeline(history_s=None)
    for record in records(shape):
        timeline.apply(record)
    return run_of(timeline, "completed", None)
