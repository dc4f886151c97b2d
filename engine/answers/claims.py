"""What a source claims, judged by what was measured here. Pure.

A claim ends as *holds here*, *does not hold here*, or *not decidable, because …*. It is not decidable where
the run could not show it: a red generator, a quick run, other targets, another workload or schedule, another
kind of database, another think time, a level that was changed by hand or is much shorter than the source's,
fewer repetitions where chance could make the difference, a target that failed, too few requests, or a limit
within an interval.
"""

from dataclasses import dataclass

from engine.answers.departures import why_departed
from engine.answers.interval import Interval
from engine.answers.measured import ARE_ARRIVALS, Missing, figure, find_target, held_for_s, visits
from engine.answers.predicates import Judged, LookUp, Outcome, Unknown, judged, together
from engine.metrics import formatting
from engine.metrics.load_unit import users_text
from engine.metrics.session_result import SessionResult
from engine.plan.claim_grammar import parse_claim
from engine.plan.claim_parts import FigureOf, Predicate, figures_in
from engine.plan.published import Claim, Published, database_kind
from engine.protocol.load_shape import ThinkTime
from targets import database

ENOUGH_OF_HOLD = 0.5
"""A level that was held for a smaller share of the source's time is too short."""
BETWEEN_RUNS = 0.25
"""By how much a figure of fewer repetitions than the source's may be off: runs differ by more than their own
intervals show (M10)."""

IN_WORDS: dict[Outcome, str] = {
    "holds": "holds here",
    "fails": "does not hold here",
    "undecidable": "not decidable",
}
SIGNS: dict[Outcome, str] = {"holds": "✔", "fails": "✖", "undecidable": "?"}


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim and what became of it."""

    claim: Claim
    outcome: Outcome
    why: str
    """Why it is not decidable; empty if it is decided."""
    parts: tuple[Judged, ...]
    """Each comparison at each level."""

    @property
    def text(self) -> str:
        """The outcome in words."""
        return IN_WORDS[self.outcome] + (f", because {self.why}" if self.why else "")

    @property
    def deciding(self) -> tuple[Judged, ...]:
        """The comparisons that made the outcome; all of them if it holds."""
        return tuple(each for each in self.parts if each.outcome == self.outcome) or self.parts


MOST_FIGURES = 3
"""Comparisons of a claim that are shown."""


def figures_text(of: ClaimResult) -> str:
    """The comparisons that made a claim's outcome, in figures; the first few."""
    texts = list(
        dict.fromkeys(
            f"{part.figures} at {users_text(part.users)}" if part.users else part.figures
            for part in of.deciding
            if part.figures
        )
    )
    more = f"; {len(texts) - MOST_FIGURES} more" if len(texts) > MOST_FIGURES else ""
    return "; ".join(texts[:MOST_FIGURES]) + more


def claim_result(claim: Claim, published: Published | None, result: SessionResult) -> ClaimResult:
    """A claim, judged."""
    predicate = parse_claim(claim.says)

    def look_up(of: FigureOf, users: int) -> Interval:
        found = figure(result, of.target, users, of.metric)
        if isinstance(found, Missing):
            raise Unknown(found.why)
        return found

    parts = tuple(judged(predicate, look_up))
    published = published or Published()
    why = why_undecidable(predicate, published, result)
    if why:
        return ClaimResult(claim, "undecidable", why, parts)
    outcome = together(list(parts))
    if outcome == "undecidable":
        whys = dict.fromkeys(each.why for each in parts if each.outcome == "undecidable")
        return ClaimResult(claim, outcome, "; ".join(whys), parts)
    if why := _why_repetitions(predicate, look_up, outcome, published, result):
        return ClaimResult(claim, "undecidable", why, parts)
    return ClaimResult(claim, outcome, "", parts)


def _why_repetitions(
    predicate: Predicate, look_up: LookUp, outcome: Outcome, published: Published, result: SessionResult
) -> str:
    """The source measured its levels more often, and the difference is one that single runs can make."""
    wanted = published.repetitions or 1
    counts = [len(visits(result, of.target, users)) for of in _figures(predicate) for users in of.scope.users]
    fewest = min((count for count in counts if count), default=wanted)
    if fewest >= wanted:
        return ""

    def wider(of: FigureOf, users: int) -> Interval:
        found = look_up(of, users)
        room = BETWEEN_RUNS * abs(found.value)
        return Interval(found.value, min(found.low, found.value - room), max(found.high, found.value + room))

    if together(list(judged(predicate, wider))) == outcome:
        return ""
    return (
        f"only {fewest} of the source's {wanted} repetitions were run, and figures that are "
        f"{100 * BETWEEN_RUNS:g} % apart would change it"
    )


def why_undecidable(predicate: Predicate, published: Published, result: SessionResult) -> str:
    """Why this run decides nothing about a predicate, whatever its figures are; empty if it can."""
    return (
        _why_run(result)
        or why_departed(_figures(predicate), result)
        or _why_think_time(published.think_time, result)
        or _why_database(published.database, predicate, result)
        or _why_short(predicate, published, result)
    )


def _why_run(result: SessionResult) -> str:
    if result.quick:
        return "a quick run is not the published method"
    if result.model != "closed":
        return ARE_ARRIVALS
    return "the session is still running" if result.outcome == "running" else ""


def _why_think_time(published: ThinkTime | None, result: SessionResult) -> str:
    """Users think for another time than the source's, which makes another load of the same number of them."""
    here = result.plan.get("think_time", result.think_time)
    if published is None or str(published) == here:
        return ""
    return f"think time was {published} in the source, and {here} in this run"


def _why_database(published: str, predicate: Predicate, result: SessionResult) -> str:
    """A target that the predicate looks at kept its rows in another database than the source's, which is
    empty if it does not matter."""
    was = database_kind(published)
    named = [find_target(result, of.target) for of in _figures(predicate)]
    used = [target.database for target in named if target and target.database] or [result.database]
    others = [kind for kind in map(database_kind, used) if kind != was]
    if not was or not others:
        return ""
    source, here = (database.NAMES.get(kind, kind) for kind in (was, others[0]))
    return f"the source used {source}, this run {here or 'no database'}"


def _figures(predicate: Predicate) -> list[FigureOf]:
    return [
        of for comparison in predicate for of in (*figures_in(comparison.left), *figures_in(comparison.right))
    ]


def _why_short(predicate: Predicate, published: Published, result: SessionResult) -> str:
    """Some level that the predicate looks at was held for much less time than the source's."""
    if not published.hold:
        return ""
    for of in _figures(predicate):
        for at in of.scope.users:
            held_s = held_for_s(result, of.target, at)
            if held_s is not None and held_s < ENOUGH_OF_HOLD * published.hold:
                return (
                    f"the run was shortened: {formatting.stretch(held_s)} at {users_text(at)}, "
                    f"where the source measured {formatting.stretch(published.hold)}"
                )
    return ""
