"""Do standard deviations and variances fit the figures that they are of? A rule of the audit. Pure.

A source rarely says whether a deviation is that of all figures (divided by n) or of a sample (by n - 1): one
that fits either is no finding.
"""

import math
from collections.abc import Iterator, Sequence

from engine.answers.audit_table import AuditTable, Finding, StatedSpread, alike
from engine.answers.audit_text import plain, share_text, text
from engine.answers.interval import Interval


def spreads(table: AuditTable) -> Iterator[Finding]:
    """A standard deviation is that of its levels, and its square is the variance."""
    for stated in table.spreads:
        parts = [table.find(stated.target, users, stated.metric) for users in stated.covers]
        known = [part for part in parts if part is not None]
        if stated.std is not None and len(known) == len(parts) > 1:
            yield from _of_levels(stated, stated.std, known)
        if stated.std is not None and stated.variance is not None:
            yield from _squared(stated, stated.std, stated.variance)


def _of_levels(stated: StatedSpread, std: Interval, parts: Sequence[Interval]) -> Iterator[Finding]:
    of_all, of_sample = deviations(parts)
    if alike(std, of_all) or alike(std, of_sample):
        return
    nearer = min(of_all, of_sample, key=lambda each: abs(each.value - std.value))
    side = "below" if std.value < nearer.value else "above"
    off = share_text(abs(1 - std.value / nearer.value)) if nearer.value else "all of it"
    figures = ", ".join(text(part, stated.metric) for part in parts)
    yield Finding(
        "a spread against its parts",
        stated.name,
        f"{stated.metric}: the standard deviation of {figures} is {plain(of_all.value, stated.metric)}, or "
        f"{plain(of_sample.value, stated.metric)} as of a sample",
        f"reported {text(std, stated.metric)}: {off} {side} the nearer one",
    )


def _squared(stated: StatedSpread, std: Interval, variance: Interval) -> Iterator[Finding]:
    square = std * std
    if not alike(square, variance):
        yield Finding(
            "a spread against its parts",
            stated.name,
            f"{stated.metric}: {text(std, stated.metric)} squared is {square.value:,.6g}",
            f"reported variance {variance.value:,.6g}",
        )


def deviations(parts: Sequence[Interval]) -> tuple[Interval, Interval]:
    """The standard deviations of all parts, and as of a sample, within the limits of their rounding. A
    deviation changes by no more than the parts do."""
    count = len(parts)
    mean = math.fsum(part.value for part in parts) / count
    squares = math.fsum((part.value - mean) ** 2 for part in parts)
    half = max(part.high - part.value for part in parts)
    sample = math.sqrt(count / (count - 1))
    of_all = math.sqrt(squares / count)
    return Interval.around(of_all, half), Interval.around(of_all * sample, half * sample)
