"""Do figures add up? Checks a table against itself, rule by rule. Pure.

Rules of this file:
- a rule finds only what no rounding of the printed figures explains, plus the room that its constant names;
- a finding has the rule, the row, the figures that it was computed from, and how far they are off.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from engine.answers.audit_spread import spreads
from engine.answers.audit_table import (
    CYCLES_NEEDED,
    ROOM_OF_MEANS,
    AuditTable,
    Average,
    Finding,
    Printed,
    Row,
    alike,
)
from engine.answers.audit_text import plain, rate_text, share_text, text
from engine.answers.interval import Interval
from engine.answers.predicates import Unknown, judged, together
from engine.metrics.load_unit import users_text
from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import FigureOf
from engine.plan.quantities import LATENCIES, UNITS, Metric, dimension_of, shown

ROOM = 0.1
"""Little's law: how far a rate may be from what users, latency and think time make it."""
ROOM_ABOVE = 0.05
"""How far throughput × latency may be above the users: levels have ends."""
MOST_FAILURES = 0.1
"""With a larger share of failures, users wait in ways that no latency shows: no rate is then too low."""


Rule = Callable[[AuditTable], Iterator[Finding]]


def audit(table: AuditTable) -> list[Finding]:
    """Everything in a table that does not add up."""
    return [finding for rule in RULES for finding in rule(table)]


# ---------------------------------------------------------------- rate, latency and users


def _littles_law(table: AuditTable) -> Iterator[Finding]:
    """N = X (R + Z) in a closed system: users, rate, latency and think time determine each other."""
    if table.think_time_s is None:
        return
    for row in table.rows:
        rate, mean = row.figures.get("rps"), row.figures.get("mean")
        if rate is None or mean is None or _fails_often(row):
            continue
        cycle_s = mean.value / 1000 + table.think_time_s
        if not cycle_s or (row.seconds is not None and row.seconds < CYCLES_NEEDED * cycle_s):
            continue
        expected = row.users / cycle_s
        if rate.high < (1 - ROOM) * row.users / (mean.high / 1000 + table.think_time_s):
            yield Finding(
                "Little's law",
                row.name,
                f"{users_text(row.users)} / (mean {text(mean, 'mean')} + think time {table.think_time_s:g} s)"
                f" = {rate_text(expected)}, reported {text(rate, 'rps')}",
                f"the rate is {share_text(1 - rate.value / expected)} too low for this latency",
            )


def _fails_often(row: Row) -> bool:
    errors = row.figures.get("errors")
    return errors is not None and errors.value > (0.0 if row.seconds is not None else MOST_FAILURES)


def _above_the_users(table: AuditTable) -> Iterator[Finding]:
    """Users who wait for their answers cannot have more requests open than there are users."""
    for row in table.rows:
        rate, mean = row.figures.get("rps", row.figures.get("goodput")), row.figures.get("mean")
        if rate is None or mean is None:
            continue
        think_s = table.think_time_s or 0.0
        if row.seconds is not None and row.seconds < CYCLES_NEEDED * (mean.value / 1000 + think_s):
            continue
        busy, at_least = (
            rate_ * (ms / 1000 + think_s) for rate_, ms in ((rate.value, mean.value), (rate.low, mean.low))
        )
        if at_least > (1 + ROOM_ABOVE) * row.users:
            think = f" + think time {think_s:g} s" if think_s else ""
            yield Finding(
                "throughput × latency above the users",
                row.name,
                f"{text(rate, 'rps')} × ({text(mean, 'mean')}{think}) = {busy:.4g} users",
                f"{share_text(busy / row.users - 1)} more than the {users_text(row.users)}",
            )


# ---------------------------------------------------------------- within a row


def _percentile_order(table: AuditTable) -> Iterator[Finding]:
    """A higher percentile is not lower, and nothing is above the maximum."""
    for row in table.rows:
        known = [metric for metric in _ORDERED if metric in row.figures]
        pairs = list(pairwise(known))
        if {"mean", "max"} <= row.figures.keys():
            pairs.append(("mean", "max"))
        for lower, upper in pairs:
            low, high = row.figures[lower], row.figures[upper]
            if low.low > high.high:
                yield Finding(
                    "percentile order",
                    row.name,
                    f"{lower} {text(low, lower)}, {upper} {text(high, upper)}",
                    f"{lower} is {shown(low.value - high.value, dimension_of(lower))} above {upper}",
                )


_ORDERED: tuple[Metric, ...] = ("p50", "p95", "p99", "max")

_SHARES_ABOVE: dict[Metric, float] = {"p50": 0.5, "p95": 0.05, "p99": 0.01}
"""The share of requests that take at least as long as a percentile."""


def _mean_and_percentiles(table: AuditTable) -> Iterator[Finding]:
    """A twentieth of the requests takes the p95 or longer, so the mean is at least a twentieth of it."""
    for row in table.rows:
        mean = row.figures.get("mean")
        for metric, share in _SHARES_ABOVE.items():
            of = row.figures.get(metric)
            if mean is None or of is None or mean.high * (1 + ROOM_OF_MEANS) >= share * of.low:
                continue
            yield Finding(
                "a mean below what its percentiles allow",
                row.name,
                f"mean {text(mean, 'mean')}, {metric} {text(of, metric)}",
                f"{100 * share:g} % of the requests take {metric} or longer, so the mean is at least "
                f"{shown(share * of.value, dimension_of('mean'))}",
            )


def _totals(table: AuditTable) -> Iterator[Finding]:
    """Successes and failures are all requests, and their share is that of the failures."""
    for row in table.rows:
        yield from _total_rate(row)
        yield from _failure_share(row)
        yield from _total_requests(row)


def _total_rate(row: Row) -> Iterator[Finding]:
    rate, ok, bad = (row.figures.get(each) for each in ("rps", "goodput", "failures"))
    if rate is None or ok is None or bad is None:
        return
    both = ok + bad
    if not alike(both, rate):
        yield Finding(
            "totals",
            row.name,
            f"goodput {text(ok, 'goodput')} + failures {text(bad, 'failures')} = {rate_text(both.value)}",
            f"reported {text(rate, 'rps')}: {share_text(abs(both.value / rate.value - 1))} off"
            if rate.value
            else f"reported {text(rate, 'rps')}",
        )


def _failure_share(row: Row) -> Iterator[Finding]:
    share, bad = row.figures.get("errors"), row.figures.get("failures")
    ok, rate = row.figures.get("goodput"), row.figures.get("rps")
    whole = ok + bad if ok is not None and bad is not None else rate
    if share is None or bad is None or whole is None or whole.low <= 0:
        return
    computed = bad / whole
    if not alike(computed, share):
        yield Finding(
            "totals",
            row.name,
            f"failures {text(bad, 'failures')} of {rate_text(whole.value)} are {share_text(computed.value)}",
            f"reported {share_text(share.value)}",
        )


def _total_requests(row: Row) -> Iterator[Finding]:
    rate, count = row.figures.get("rps"), row.figures.get("requests")
    if rate is None or count is None or not row.seconds:
        return
    computed = rate.value * row.seconds
    if abs(computed - count.value) > max(1.0, ROOM_OF_MEANS * count.value):
        yield Finding(
            "totals",
            row.name,
            f"{text(rate, 'rps')} × {row.seconds:g} s = {computed:,.0f} requests",
            f"reported {count.value:,.0f}",
        )


# ---------------------------------------------------------------- averages


def _averages(table: AuditTable) -> Iterator[Finding]:
    """An average is that of its parts, or leaves room for the parts that are not known."""
    for average in table.averages:
        parts = {
            users: value
            for users in average.covers
            if (value := table.find(average.target, users, average.metric)) is not None
        }
        if len(parts) == len(average.covers):
            yield from _of_all_parts(average, list(parts.values()))
        elif parts:
            yield from _of_some_parts(table, average, parts)


def _of_all_parts(average: Average, parts: Sequence[Interval]) -> Iterator[Finding]:
    count = len(parts)
    mean = Interval(
        sum(each.value for each in parts) / count,
        sum(each.low for each in parts) / count,
        sum(each.high for each in parts) / count,
    )
    if not mean.overlaps(average.value):
        figures = ", ".join(text(each, average.metric) for each in parts)
        yield Finding(
            "an average against its parts",
            average.name,
            f"{average.metric}: the average of {figures} is {plain(mean.value, average.metric)}",
            f"reported {text(average.value, average.metric)}",
        )


def _of_some_parts(table: AuditTable, average: Average, parts: dict[int, Interval]) -> Iterator[Finding]:
    """What the average leaves for the levels that are not known."""
    metric, count = average.metric, len(average.covers)
    known = list(parts.values())
    rest = average.value.value * count - sum(each.value for each in known)
    rest_high = average.value.high * count - sum(each.low for each in known)
    rest_low = average.value.low * count - sum(each.high for each in known)
    missing = [users for users in average.covers if users not in parts]
    most = max(known, key=lambda each: each.value)
    if rest_high < 0:
        yield Finding(
            "percentages no parts can give" if UNITS[metric] == "%" else "an average no parts can give",
            average.name,
            f"{metric}: {text(most, metric)} at one of {count} levels makes the average at least "
            f"{plain(most.value / count, metric)}",
            f"reported {text(average.value, metric)}: too low by "
            f"{share_text(1 - average.value.value * count / sum(each.value for each in known))}",
        )
        return
    heaviest = max(parts)
    implied = rest / len(missing)
    is_lighter = metric in LATENCIES and all(users < heaviest for users in missing)
    if is_lighter and rest_low / len(missing) > parts[heaviest].high:
        yield Finding(
            "an average whose other parts are odd",
            average.name,
            f"{metric}: {count} × {text(average.value, metric)} less "
            + " and ".join(f"{text(value, metric)} at {users_text(users)}" for users, value in parts.items())
            + f" leaves {plain(rest, metric)} for {' and '.join(map(str, missing))} users",
            f"{plain(implied, metric)} each, more than the {text(parts[heaviest], metric)} "
            f"at {users_text(heaviest)}" + _beside(table, average, missing),
        )


def _beside(table: AuditTable, average: Average, missing: Sequence[int]) -> str:
    """The same levels of another variant of the target."""
    use = average.target.partition(":")[0]
    others = dict.fromkeys(
        row.target
        for row in table.rows
        if row.target != average.target and row.target.partition(":")[0] == use
    )
    for other in others:
        found = [table.find(other, users, average.metric) for users in missing]
        known = [each.value for each in found if each is not None]
        if len(known) == len(missing):
            return f"; those of {other} sum to {plain(sum(known), average.metric)}"
    return ""


# ---------------------------------------------------------------- what is printed, and said


def _printed_twice(table: AuditTable) -> Iterator[Finding]:
    """The same figure at two places of the source."""
    seen: dict[tuple[str, Metric], list[Printed]] = {}
    for each in table.printed:
        before = seen.setdefault((each.name, each.metric), [])
        yield from (found for other in before for found in _apart(other, each))
        before.append(each)


def _apart(one: Printed, other: Printed) -> Iterator[Finding]:
    """Two figures that differ although they are printed equally exactly."""
    half = max(each.value.high - each.value.value for each in (one, other))
    difference = abs(one.value.value - other.value.value)
    if difference <= half * _EVEN:
        return
    yield Finding(
        "one figure, printed twice",
        one.name,
        f"{one.metric}: {text(one.value, one.metric)} ({one.where or 'first'}), "
        f"{text(other.value, one.metric)} ({other.where or 'second'})",
        f"{share_text(difference / max(one.value.value, other.value.value))} apart",
    )


_EVEN = 1.001
"""Room for what binary fractions make of decimal ones."""


def _words(table: AuditTable) -> Iterator[Finding]:
    """What a source says in words, by its own figures."""

    def look_up(of: FigureOf, users: int) -> Interval:
        value = table.find(of.target, users, of.metric)
        if value is None:
            raise Unknown(f"no {of.metric} of {of.target} at {users_text(users)}")
        return value

    for claim in table.claims:
        parts = judged(parse_claim(claim.says), look_up, rounded=True)
        if together(parts) != "fails":
            continue
        failing = [part for part in parts if part.outcome == "fails"]
        first = failing[0]
        at = f" at {users_text(first.users)}" if first.users else ""
        more = f", and {len(failing) - 1} more" if len(failing) > 1 else ""
        yield Finding(
            "said in words",
            f"claim {claim.id}",
            f"“{claim.text}”",
            f"by the source's own figures not: {first.figures}{at}{more}",
        )


RULES: tuple[Rule, ...] = (
    _littles_law,
    _above_the_users,
    _percentile_order,
    _mean_and_percentiles,
    _totals,
    _averages,
    spreads,
    _printed_twice,
    _words,
)
