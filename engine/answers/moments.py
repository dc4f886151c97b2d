"""What just happened that an audience should notice, in a sentence: a caption for the screen. Pure.

Rules of this file:
- a moment comes from something that was recorded or measured: an event, a recovery, a hint
  (`engine.answers.hints`), or two targets that changed places between two levels of load;
- each is noticed once, in the first snapshot that shows it, and keeps that time;
- what was already there when watching began, or after a jump in a recording, is no news.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from engine.answers.hints import Hint, hints_of
from engine.answers.hints import Kind as HintKind
from engine.answers.podium import Podium, podiums
from engine.answers.settled import comparable_levels
from engine.metrics import formatting
from engine.metrics.condition import condition_of
from engine.metrics.load_unit import load_unit
from engine.metrics.palette import marker
from engine.metrics.snapshot import EventSnapshot, Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import LevelStats

Kind = Literal[
    "fault",
    "over",
    "stopped",
    "ready",
    "recovered",
    "podium",
    "verdict",
    "crossover",
    "hint",
    "condition",
    "note",
]

SHOWN_S = 8.0
"""How long a moment stays the caption, unless a newer one comes."""

JUMP_S = 3.0
"""If a snapshot is so much later than the one before, or earlier at all, the recording was moved."""

TOGETHER_S = 0.5
"""Faults of one kind that begin within so many seconds of each other hit several targets at once."""

KEPT = 50
"""Moments that are remembered."""

APART = 1.1
"""Two figures are apart if one is at least so many times the other."""

HAPPENS: frozenset[HintKind] = frozenset(
    {"failures", "dropped", "event-loop", "throttled", "pool", "queue", "processor", "knee", "plateau"}
)
"""Hints on what sets in at some load. Others hold from the beginning, and are no moments."""

_CONDITION, _EVENT, _FAULT = "condition ", "event ", "fault "
_PASSING = (_CONDITION, _EVENT, _FAULT)
"""What is recognised by these is forgotten once no snapshot shows it: a condition may come again, an event
does not."""
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_FAULTS = {
    "kill": "killed",
    "kill-worker": "a worker was killed",
    "pause": "frozen",
    "restart": "restarting",
}
"""What a fault does, as a caption says it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that just happened."""

    t_s: float
    """Session time at which it was noticed."""
    kind: Kind
    target: str
    """Empty if it concerns all or several."""
    text: str
    """A sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What was noticed up to a snapshot."""

    at_s: float
    """The snapshot's time."""
    moments: tuple[Moment, ...] = ()
    """Oldest first."""
    known: frozenset[str] = frozenset()
    """What each of them, and everything that was there from the beginning, is recognised by; without events
    that are no longer shown."""

    def caption(self, now_s: float) -> Moment | None:
        """The newest moment, while it is fresh."""
        newest = self.moments[-1] if self.moments else None
        return newest if newest is not None and 0 <= now_s - newest.t_s < SHOWN_S else None


def notice(before: Noticed | None, snapshot: Snapshot, hints: Sequence[Hint] | None = None) -> Noticed:
    """What was noticed up to this snapshot; `before` is the same of the one before, None for the first.
    `hints` are the snapshot's, where they are known already."""
    now_s = snapshot.now_s
    found = dict(_found(snapshot, hints_of(snapshot) if hints is None else hints))
    if before is None or not 0 <= now_s - before.at_s <= JUMP_S:
        began = before is None and now_s < JUMP_S
        kept = () if before is None else tuple(each for each in before.moments if each.t_s <= now_s)
        news = tuple(found.values()) if began else ()
        return Noticed(now_s, (*kept, *news), frozenset(found))
    news = tuple(moment for key, moment in found.items() if key not in before.known)
    known = frozenset(key for key in before.known if not key.startswith(_PASSING))
    return Noticed(now_s, (*before.moments, *news)[-KEPT:], known | frozenset(found))


def _found(snapshot: Snapshot, hints: Sequence[Hint]) -> Iterator[tuple[str, Moment]]:
    """Every moment that a snapshot shows, with what it is recognised by; the most telling last."""
    yield from _hints(snapshot, hints)
    yield from _crossovers(snapshot)
    yield from _conditions(snapshot)
    yield from _events(snapshot)
    yield from _recoveries(snapshot)
    yield from _podiums(snapshot)


# ---------------------------------------------------------------- what was recorded


def _events(snapshot: Snapshot) -> Iterator[tuple[str, Moment]]:
    """Faults, targets that stop or are back, what a duel came to, notes. A fault that hits several targets is
    one moment."""
    now_s = snapshot.now_s
    for event in snapshot.events:
        if (found := _text_of(event, snapshot)) is not None:
            kind, sentence = found
            key = f"{_EVENT}{event.t_s} {event.kind} {event.target}"
            yield key, Moment(now_s, kind, event.target, sentence)
    for events in _faults(snapshot.events):
        if now_s - events[0].t_s >= TOGETHER_S:
            detail, text = events[0].detail, _fault_text(events, snapshot)
            is_over = detail.action == "over"
            target = events[0].target if len(events) == 1 else ""
            key = f"{_FAULT}{events[0].t_s} {detail.action} {detail.subject}"
            yield key, Moment(now_s, "over" if is_over else "fault", target, text)


def _faults(events: Sequence[EventSnapshot]) -> list[list[EventSnapshot]]:
    """The events of faults that begin or are over; those that did the same to several targets at once are
    together."""
    groups: list[list[EventSnapshot]] = []
    for event in events:
        if event.kind == "fault" and event.detail.action in ("injected", "over"):
            same = (
                each
                for each in groups
                if each[0].detail == event.detail and event.t_s - each[0].t_s < TOGETHER_S
            )
            if group := next(same, None):
                group.append(event)
            else:
                groups.append([event])
    return groups


def _text_of(event: EventSnapshot, snapshot: Snapshot) -> tuple[Kind, str] | None:
    """An event as a moment's kind and sentence; None if it is none."""
    who = _who(snapshot, event.target) if event.target else ""
    first = event.text.partition("\n")[0]
    if event.kind == "note":
        return "note", first
    if event.kind == "duel" and event.detail.reason:
        return "verdict", event.detail.reason
    if who:
        match event.detail.action:
            case "exited":
                return "stopped", f"{who} has stopped by itself"
            case "ready-again":
                return "ready", f"{who} is ready again"
            case "joins":
                return "ready", f"{who} joins"
    return None


def _fault_text(events: Sequence[EventSnapshot], snapshot: Snapshot) -> str:
    """What a fault did: `a worker was killed: watch ▲ django-wsgi`."""
    detail = events[0].detail
    names = [each.target for each in events if each.target]
    if detail.action == "over":
        done = "thawed" if detail.subject == "pause" else f"“{detail.subject}” is over"
        return (
            f"{done}: which recovers first?"
            if len(names) != 1
            else f"{done}: watch {_who(snapshot, names[0])}"
        )
    lasts = "" if detail.lasts_s is None else f" for {detail.lasts_s:g} s"
    done = _FAULTS.get(detail.subject, f"“{detail.subject}” injected") + lasts
    if len(names) == 1:
        return f"{done}: watch {_who(snapshot, names[0])}"
    how_many = "all targets" if len(names) in (0, len(snapshot.targets)) else f"{len(names)} targets"
    return f"{done}, in {how_many}: which recovers first?"


def _conditions(snapshot: Snapshot) -> Iterator[tuple[str, Moment]]:
    """Targets that stop answering though they run and no fault hit them."""
    for target in snapshot.targets:
        condition = condition_of(target)
        if condition is None or target.faults or target.state != "ready":
            continue
        who = _who(snapshot, target.name)
        what = "does not answer" if condition.kind == "silent" else "refuses connections"
        if condition.kind == "errors":
            what = f"answers only with errors: {condition.reason}" if condition.reason else "only fails"
        yield (
            f"{_CONDITION}{condition.kind} {target.name}",
            Moment(snapshot.now_s, "condition", target.name, f"{who} {what}"),
        )


def _recoveries(snapshot: Snapshot) -> Iterator[tuple[str, Moment]]:
    for each in snapshot.recoveries:
        if each.took_s:
            who, took = _who(snapshot, each.target), formatting.stretch(-(-each.took_s // 1))
            text = f"{who} has recovered from “{each.fault}” after {took}"
            key = f"recovered {each.number} {each.target}"
            yield key, Moment(snapshot.now_s, "recovered", each.target, text)


def _podiums(snapshot: Snapshot) -> Iterator[tuple[str, Moment]]:
    for podium in podiums(snapshot):
        if podium.is_decided and any(each.took_s for each in podium.places):
            key = f"podium {podium.began_s} {podium.fault}"
            yield key, Moment(snapshot.now_s, "podium", "", podium_text(podium, snapshot))


def podium_text(podium: Podium, snapshot: Snapshot) -> str:
    """A podium in one line: `recovered from “pause”: 1st ● fastapi, 4 s · 2nd ▲ django-wsgi, 6 s`."""
    texts = []
    for each in podium.places:
        place = ordinal(each.place) if each.place else "not yet:"
        took = "" if each.took_s is None else f", {each.took_s} s" if each.took_s else ", not affected"
        texts.append(f"{place} {_who(snapshot, each.target)}{took}")
    return f"recovered from “{podium.fault}”: {' · '.join(texts)}"


def ordinal(place: int) -> str:
    """A place as it is spoken: `1st`, `2nd`, `3rd`, `4th`."""
    return f"{place}{_ENDINGS.get(place, 'th')}"


# ---------------------------------------------------------------- what was measured


def _hints(snapshot: Snapshot, hints: Sequence[Hint]) -> Iterator[tuple[str, Moment]]:
    for hint in hints:
        if hint.kind in HAPPENS:
            levels = " ".join(f"{value:g}" for name, value in hint.figures if name in ("from", "to", "at"))
            yield (
                f"hint {hint.kind} {hint.target} {levels}",
                Moment(snapshot.now_s, "hint", hint.target, hint.text),
            )


def _crossovers(snapshot: Snapshot) -> Iterator[tuple[str, Moment]]:
    """Two targets of which another was ahead at the next lower level of load, in p95 or in goodput."""
    if snapshot.schedule not in ("race", "solo"):
        return
    unit = load_unit(is_open=snapshot.model == "open")
    for one, other in combinations(snapshot.targets, 2):
        for low, high in pairwise(_shared_levels(one, other)):
            for metric in ("p95", "goodput"):
                before, after = _ahead(low, metric), _ahead(high, metric)
                if not before or not after or before == after:
                    continue
                leader, behind = (one, other) if after > 0 else (other, one)
                ours, theirs = high if after > 0 else high[::-1]
                text = (
                    f"crossover at {ours.wanted} {unit}: {_who(snapshot, leader.name)} now "
                    f"{_has_more(metric, ours, theirs)} {_who(snapshot, behind.name)}"
                )
                key = f"crossover {metric} {one.name} {other.name} {ours.wanted}"
                yield key, Moment(snapshot.now_s, "crossover", leader.name, text)


def _shared_levels(one: TargetSnapshot, other: TargetSnapshot) -> list[tuple[LevelStats, LevelStats]]:
    """The levels of load at which both targets settled, by load."""
    others = {level.wanted: level for level in comparable_levels(other)}
    return [(level, others[level.wanted]) for level in comparable_levels(one) if level.wanted in others]


def _ahead(levels: tuple[LevelStats, LevelStats], metric: str) -> int:
    """1 if the first target is clearly better at a level, -1 if the second is, 0 if neither."""
    first, second = (level.stats for level in levels)
    if metric == "goodput":
        ours, theirs = first.goodput, second.goodput
        return (ours > APART * theirs) - (theirs > APART * ours)
    ours_ms, theirs_ms = first.p95.value_ms, second.p95.value_ms
    if ours_ms is None or theirs_ms is None:
        return 0
    is_less = ours_ms * APART < theirs_ms and (first.p95.high_ms or ours_ms) < (
        second.p95.low_ms or theirs_ms
    )
    is_more = theirs_ms * APART < ours_ms and (second.p95.high_ms or theirs_ms) < (
        first.p95.low_ms or ours_ms
    )
    return is_less - is_more


def _has_more(metric: str, ours: LevelStats, theirs: LevelStats) -> str:
    if metric == "goodput":
        served, less = (formatting.rate(each.stats.goodput) for each in (ours, theirs))
        return f"serves {served} ok/s, more than the {less} of"
    mine, other = (formatting.duration(each.stats.p95.value_ms) for each in (ours, theirs))
    return f"has a p95 of {mine}, below the {other} of"


def _who(snapshot: Snapshot, name: str) -> str:
    """A target's sign and label; its name if it has left."""
    target = next((each for each in snapshot.targets if each.name == name), None)
    return name if target is None else f"{marker(target.slot)} {target.label}"
