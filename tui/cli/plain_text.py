"""A run in sentences, for screen readers and logs: what changed from one snapshot to the next. Pure.

Rules of this file:
- a sentence for each change, and every `FIGURES_EACH_S` seconds one with figures: no boxes, columns or signs
  that only mean something to the eye;
- a sentence says what it is about by name, and has its time where that matters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.answers.capacity.result import capacity_of
from engine.answers.capacity.wording import trial_text
from engine.answers.moments import Moment, Noticed, notice
from engine.metrics import formatting
from engine.metrics.condition import Condition, condition_of
from engine.metrics.palette import MARKERS
from engine.metrics.session_result import session_result
from engine.metrics.silence import is_health_silent
from engine.metrics.snapshot import EventSnapshot, Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import WindowStats
from engine.plan.capacity import SCHEDULE as SEARCH
from tui.views.capacity import is_met
from tui.views.rows import plain

FIGURES_EACH_S = 10

OF_NO_INTEREST = frozenset({"start", "failure", "export", "end", "profiled"})
"""Kinds of events that other sentences say, or that are details."""

OF_SEVERAL = frozenset({"fault", "users", "think", "pause"})
"""Kinds of events that several targets have at once."""

SPOKEN_MOMENTS = frozenset({"hint", "crossover", "podium"})
"""Kinds of moments that no event says."""

_SIGNS = {
    "→": " to ",
    "│": ", ",
    "┃": ", ",
    "·": ",",
    "≤": "at most ",
    "≥": "at least ",
    "±": " plus or minus ",
    "✖": "",
    "✔": "",
    "▶": "",
    "▸": "",
    "◆": "",
    "…": "",
    "–": " to ",
    **dict.fromkeys(MARKERS, ""),
}
_TIMES = re.compile(r"(?<=\d)×(?!\d)|(?<=\d )×(?= )")
_OF = re.compile(r"\b(stage|level|round|repetition) (\d+)/(\d+)")
_SPACES = re.compile(r"\s+")
_BEFORE_COMMA = re.compile(r"\s+([,.;:])")


@dataclass(frozen=True, slots=True)
class Said:
    """What was said up to a snapshot."""

    snapshot: Snapshot
    noticed: Noticed
    figures_s: float = 0.0
    """Session time of the last figures."""
    rounds: int = 0
    """How many rounds were reported."""
    trials: int = 0
    """How many trials of a search for capacity were reported."""


def say_since(before: Said | None, snapshot: Snapshot) -> tuple[Said, list[str]]:
    """What to say of this snapshot after what was said of the one before; None for the first."""
    noticed = notice(None if before is None else before.noticed, snapshot)
    if before is None:
        return Said(snapshot, noticed), [*_states(None, snapshot)]
    old = before.snapshot
    news = [each for each in noticed.moments if each not in before.noticed.moments]
    sentences = [
        *_states(old, snapshot),
        *_begun(old, snapshot),
        *_captions(old, snapshot),
        *_events([each for each in new_events(old.events, snapshot.events) if _is_said(each)], snapshot),
        *_conditions(old, snapshot),
        *(_moment(each) for each in news if each.kind in SPOKEN_MOMENTS),
        *_trials(before.trials, snapshot),
    ]
    figures_s, rounds = before.figures_s, before.rounds
    is_due = (
        snapshot.phase == "running"
        and snapshot.now_s >= figures_s + FIGURES_EACH_S
        and snapshot.schedule != SEARCH
    )
    if is_due:
        figures_s = snapshot.now_s - snapshot.now_s % FIGURES_EACH_S
        sentences.append(figures_sentence(snapshot, rounds))
        rounds = len(snapshot.rounds)
    said = Said(snapshot, noticed, figures_s, rounds, len(snapshot.trials))
    return said, [each for each in sentences if each]


def spoken(text: str) -> str:
    """A text without signs that are only for the eye, in one line."""
    words = _OF.sub(r"\1 \2 of \3", plain(text))
    for sign, word in _SIGNS.items():
        words = words.replace(sign, word)
    words = _TIMES.sub(" times", words)
    return _BEFORE_COMMA.sub(r"\1", _SPACES.sub(" ", words)).strip(" ,")


def sentence(text: str) -> str:
    """A text as a sentence: with a full stop. Names of targets keep their small letters."""
    words = spoken(text)
    return f"{words}{'' if words.endswith(('.', '?', '!', ':')) else '.'}" if words else ""


def new_events(before: Sequence[EventSnapshot], now: Sequence[EventSnapshot]) -> Sequence[EventSnapshot]:
    """The events after the newest one of before; all where that one is no longer among them."""
    if not before:
        return now
    last = before[-1]
    at = next((at for at in range(len(now) - 1, -1, -1) if now[at] == last), -1)
    return now[at + 1 :]


def listed(names: Sequence[str]) -> str:
    """Names as they are spoken: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def target_name(target: TargetSnapshot) -> str:
    """How a target is called: its label."""
    return spoken(target.label)


def figures_sentence(snapshot: Snapshot, rounds_before: int = 0) -> str:
    """The figures of all targets over the live window, in one sentence."""
    if snapshot.rounds or snapshot.stage_kind == "turns":
        number = len(snapshot.rounds)
        are_over = "round is over" if number == 1 else "rounds are over"
        return f"{_time(snapshot)}, {number} {are_over}, {number - rounds_before} more than before."
    parts = [f"{target_name(target)} {_figures(target)}" for target in snapshot.targets]
    light = "" if snapshot.health.light in ("green", "off") else f"; the generator is {snapshot.health.light}"
    return f"{_time(snapshot)}, over the last {snapshot.window_asked_s:g} s: {'; '.join(parts)}{light}."


def stats_text(stats: WindowStats) -> str:
    """Figures of a window in words."""
    parts = [f"serves {formatting.tidy(formatting.rate(stats.goodput))} requests a second"]
    if stats.p95.value_ms is not None:
        parts.append(f"95 % of them within {formatting.tidy(formatting.duration(stats.p95.value_ms))}")
    parts.append(errors_text(stats))
    return ", ".join(parts)


def errors_text(stats: WindowStats) -> str:
    """How many requests failed or got no answer."""
    if not stats.bad:
        return "no errors"
    kinds = ", ".join(f"{plain(kind)} {formatting.count(count)}" for kind, count in stats.errors[:2])
    share = formatting.tidy(formatting.percent(100 * stats.error_rate))
    return f"{share} errors" + (f" ({kinds})" if kinds else "")


# ---------------------------------------------------------------- changes


def _states(before: Snapshot | None, now: Snapshot) -> Iterator[str]:
    """Targets that became ready, or did not start."""
    old = {} if before is None else {target.name: target.state for target in before.targets}
    is_news = before is not None or now.phase == "starting"
    again = {event.target for event in now.events if event.detail.action == "ready-again"}
    for target in now.targets:
        was = old.get(target.name)
        if target.state == was:
            continue
        is_first = was in (None, "waiting", "starting") and target.name not in again
        if target.state == "ready" and is_first and is_news:
            yield f"{target_name(target)} is ready at {target.address} ({spoken(target.server)})."
        elif target.state == "failed":
            yield sentence(f"{target_name(target)} did not start: {'; '.join(target.trouble.splitlines())}")


def _begun(before: Snapshot, now: Snapshot) -> Iterator[str]:
    """Load that begins or stops."""
    if before.phase == now.phase:
        return
    if now.phase == "running":
        length = "" if now.length_s is None else f" for {formatting.stretch(now.length_s)}"
        yield (
            f"Load begins{length}: workload {spoken(now.workload)}, {now.model} model, "
            f"think time {spoken(now.think_time)}."
        )
    elif before.phase == "running":
        yield f"{_time(now)}, load stops, then the targets."


def _conditions(before: Snapshot, now: Snapshot) -> Iterator[str]:
    """Targets that no longer answer, or answer again; those of which the same is to be said together."""
    old = {target.name: condition_of(target) for target in before.targets}
    found: dict[tuple[str, str], list[str]] = {}
    for target in now.targets:
        condition, was = condition_of(target), old.get(target.name)
        if condition is not None and (was is None or was.kind != condition.kind):
            phrase = _broken(condition), _broken(condition, many=True)
        elif condition is None and was is not None and now.phase == "running" and target.window.seconds:
            phrase = "answers again", "answer again"
        else:
            continue
        found.setdefault(phrase, []).append(target_name(target))
    for (of_one, of_many), names in found.items():
        yield sentence(f"{_time(now)}, {listed(names)} {of_one if len(names) == 1 else of_many}")


def _captions(before: Snapshot, now: Snapshot) -> Iterator[str]:
    if now.caption and now.caption != before.caption:
        yield sentence(now.caption)


def _trials(before: int, snapshot: Snapshot) -> Iterator[str]:
    """The trials of a search for capacity after so many."""
    if len(snapshot.trials) <= before:
        return
    capacity = capacity_of(session_result(snapshot, unfinished="running"))
    if capacity is None:
        return
    for trial in snapshot.trials[before:]:
        outcome = "" if trial.tainted else ": met" if is_met(capacity, trial) else ": missed"
        text = f"{snapshot.label_of(trial.target)}, {trial_text(capacity, trial)}{outcome}"
        yield sentence(f"{_at(trial.to_s)}, {text}")


def _is_said(event: EventSnapshot) -> bool:
    return event.kind not in OF_NO_INTEREST and event.detail.action != "down"


def _events(events: Sequence[EventSnapshot], snapshot: Snapshot) -> Iterator[str]:
    """New events; the same of several targets in one sentence."""
    groups: dict[tuple[str, str, str], list[EventSnapshot]] = {}
    for at, event in enumerate(events):
        is_alone = event.kind not in OF_SEVERAL or not event.target
        groups.setdefault((event.kind, event.text, str(at) if is_alone else ""), []).append(event)
    for group in groups.values():
        who = listed([spoken(snapshot.label_of(event.target)) for event in group if event.target])
        yield _event(group[0], who)


def _event(event: EventSnapshot, who: str) -> str:
    """An event as a sentence, with its time and which targets it concerns."""
    text = event.text.partition("\n")[0]
    joint = ": "
    match event.kind:
        case "fault":
            who = who or "all targets"
            text = text if event.detail.action == "over" else f"fault {text}"
        case "note":
            text = f"note: {text}"
        case "trouble":
            text = f"trouble: {text}"
        case "pause" if event.detail.action:
            text = f"load {event.detail.action}"
        case "health":
            reason = f": {event.detail.reason}" if event.detail.reason else ""
            text = f"the generator is {event.detail.subject}{reason or ' again'}"
        case "target":
            joint = " "
        case "recovery":
            joint = ", "
    return sentence(f"{_at(event.t_s)}, {f'{who}{joint}' if who else ''}{text}")


def _moment(moment: Moment) -> str:
    return sentence(f"{_at(moment.t_s)}, {moment.text}")


def _figures(target: TargetSnapshot) -> str:
    """What a target does now, after its name."""
    if (condition := condition_of(target)) is not None:
        return f"{_broken(condition)} for {formatting.stretch(condition.lasts_s)}"
    if not target.takes_load:
        return f"is {target.state}"
    if target.missing_s:
        return f"has no figures for {formatting.stretch(target.missing_s)}"
    if target.turn in ("waits", "done"):
        return "waits for its turn" if target.turn == "waits" else "has had its turn"
    waiting_ms, alive = target.health_probe.waiting_ms, ""
    if is_health_silent(waiting_ms):
        alive = f", and /health has not answered for {formatting.duration(waiting_ms)}"
    load = target.load
    if load.arrivals_wanted is not None:
        with_load = f"with {formatting.count(load.arrivals_wanted)} arrivals a second"
    else:
        with_load = f"with {formatting.count(load.users)} user{'' if load.users == 1 else 's'}"
    if load.paused:
        return "is paused"
    if not target.window.seconds:
        return f"{with_load} has no figures yet{alive}"
    return f"{with_load} {stats_text(target.window)}{alive}"


def _broken(condition: Condition, *, many: bool = False) -> str:
    """What is wrong with a target, or several, after the name."""
    if condition.kind == "errors":
        reason = f" ({plain(condition.reason)})" if condition.reason else ""
        return f"answer{'' if many else 's'} only with errors{reason}"
    if condition.kind == "down":
        return "are down" if many else "is down"
    return "do not answer" if many else "does not answer"


def _time(snapshot: Snapshot) -> str:
    return _at(snapshot.now_s)


def _at(t_s: float) -> str:
    return f"At {formatting.stretch(float(int(t_s)))}"
