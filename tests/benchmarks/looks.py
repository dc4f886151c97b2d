"""What it costs to be right whenever one looks (docs/decisions/0018-looking-again.md): simulated sessions,
with a fixed seed, so that the figures are the same every time."""

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from engine.statistics.student_t import critical
from engine.statistics.t_sequence import PRIOR_VARIANCE, half_width
from tests.benchmarks.report import Options, Table

Floats = npt.NDArray[np.float64]

ALPHA = 0.002
"""Of one metric of one target among a few, by Holm's method."""
INTERVAL_ALPHA = 0.05
LOOKS = range(5, 41)
"""After each of so many observations."""
MEANS = (0.5, 0.7, 1.0, 2.0, 5.0)
"""In standard deviations of an observation."""
SESSIONS = 4000
WATCHED = range(5, 31)
"""The pairs of 60 rounds."""

PRIORS = (0.25, 0.5, 1.0, 2.0, 5.0)
COUNTS = (5, 6, 8, 10, 20, 40, 80)
MEANS_OF_PRIORS = (0.5, 1.0, 2.0, 5.0)
MOST = 400
"""Observations until a mean counts, at most."""

_CHUNKS, _CHUNK = 40, 50_000
"""Sessions without a difference, for the boundaries of planned looks."""

Boundary = Mapping[int, float]
"""By number of observations: the |mean| / standard deviation from which on a mean counts."""


def designs(options: Options) -> Table:
    """Planned looks beside a confidence sequence."""
    del options
    sequence = {n: half_width(1.0, n, ALPHA) for n in LOOKS}
    boundaries = [_planned(1.0), _planned(0.0), sequence]
    rows = tuple(
        (f"{mean:g}", *(_until(_simulated(mean, LOOKS.stop - 1), each) for each in boundaries))
        for mean in MEANS
    )
    student = {n: critical(INTERVAL_ALPHA, n - 1) / math.sqrt(n) for n in WATCHED}
    wrong = _first(_simulated(0.0, WATCHED.stop - 1), student)
    return Table(
        "Looks after every observation",
        ("mean, in standard deviations", "Pocock", "O'Brien and Fleming", "confidence sequence"),
        rows,
        (
            f"Median number of observations until a mean counts at α = {ALPHA:g}, and the share of",
            f"sessions in which it does, if that is not all; looks after each of {LOOKS[0]} to {LOOKS[-1]}.",
            f"Student's 95 % interval, looked at after each of {WATCHED[0]} to {WATCHED[-1]} observations,",
            f"excludes the truth at some look in {np.mean(np.isfinite(wrong)):.0%} of sessions.",
            f"{SESSIONS:,} simulated sessions for each mean.",
        ),
    )


def priors(options: Options) -> Table:
    """What the prior variance g of the confidence sequence decides."""
    del options
    rows = []
    for g in PRIORS:
        widths = [half_width(1.0, count, INTERVAL_ALPHA, g) for count in COUNTS]
        boundary = {n: half_width(1.0, n, ALPHA, g) for n in range(LOOKS[0], MOST + 1)}
        medians = [np.median(_first(_simulated(mean, MOST), boundary)) for mean in MEANS_OF_PRIORS]
        rows.append(
            (
                f"{g:g}",
                *("∞" if math.isinf(width) else f"{width:.2f}" for width in widths),
                *(f"{median:.0f}" for median in medians),
            )
        )
    return Table(
        "Prior variances of the confidence sequence",
        ("g", *(f"n = {count}" for count in COUNTS), *(f"mean {mean:g}" for mean in MEANS_OF_PRIORS)),
        tuple(rows),
        (
            "Half-widths of the 95 % interval of n observations, in standard deviations of one; and the",
            f"median number of observations until a mean of so many of them counts at α = {ALPHA:g}.",
            f"abreast has g = {PRIOR_VARIANCE:g}. {SESSIONS:,} simulated sessions for each mean.",
        ),
    )


def _simulated(mean: float, count: int) -> Floats:
    """|Mean| / standard deviation after each observation, session by session; 0 after the first."""
    values = np.random.default_rng(1).normal(mean, 1.0, (SESSIONS, count))
    n = np.arange(1, count + 1)
    means = np.cumsum(values, axis=1) / n
    squares = np.cumsum(values * values, axis=1) - n * means * means
    spread = np.sqrt(np.maximum(squares, 1e-12) / np.maximum(n - 1, 1))
    return np.where(n > 1, np.abs(means) / spread, 0.0)


def _first(ratios: Floats, boundary: Boundary) -> Floats:
    """By session: the number of observations at the first look at which its mean counts; else infinite."""
    counts = np.array(sorted(boundary))
    limits = np.array([boundary[int(n)] for n in counts])
    has = ratios[:, counts - 1] >= limits
    return np.where(has.any(axis=1), counts[has.argmax(axis=1)], np.inf)


def _until(ratios: Floats, boundary: Boundary) -> str:
    found = _first(ratios, boundary)
    share, median = float(np.mean(np.isfinite(found))), float(np.median(found))
    parts = ["" if math.isinf(median) else f"{median:.0f}", "" if share > 0.995 else f"{share:.0%}"]
    return ", ".join(filter(None, parts))


def _planned(power: float) -> Boundary:
    """The boundary of a group-sequential design with these looks: |Z| ≥ c · (K/n)^((1 − `power`)/2), Pocock's
    for 1 and O'Brien and Fleming's for 0. c is the quantile of the largest |Z| over all looks without a
    difference; Student's t of a look has the tail probability of its boundary."""
    last = LOOKS[-1]
    scales = np.array([(n / last) ** ((1 - power) / 2) for n in LOOKS])
    largest = np.concatenate([np.max(np.abs(z) * scales, axis=1) for z in _without_difference(last)])
    c = float(np.quantile(largest, 1 - ALPHA))
    tails = {n: 2 * NormalDist().cdf(-c / float(scale)) for n, scale in zip(LOOKS, scales, strict=True)}
    return {n: critical(tail, n - 1) / math.sqrt(n) for n, tail in tails.items()}


def _without_difference(count: int) -> Iterator[Floats]:
    """Z after each look."""
    rng, n = np.random.default_rng(2), np.arange(1, count + 1)
    for _ in range(_CHUNKS):
        sums = np.cumsum(rng.normal(0.0, 1.0, (_CHUNK, count)), axis=1)
        yield (sums / np.sqrt(n))[:, LOOKS[0] - 1 :]
