"""Searches for capacity on simulated servers, as the records that such a session would have written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.interleaving import Bounds, Searches
from engine.answers.capacity.result import Capacity, capacity_of
from engine.metrics.records import Ended, Header, Record
from engine.metrics.session_result import SessionResult, session_result
from engine.metrics.timeline import Timeline
from engine.metrics.trials import Trial
from engine.plan.plan import make_plan
from engine.recording import journal
from engine.recording.journal import JournalWriter
from tests.support.made_sessions import Shape, records
from tests.support.made_trials import BETWEEN_S, Server

SERVERS = {"fastapi": Server(310.0), "django-wsgi": Server(52.5)}


@dataclass(frozen=True, slots=True)
class MadeSearch:
    """What a made search is like."""

    servers: Mapping[str, Server] = field(default_factory=lambda: SERVERS)
    slo: str = "p95 < 500 ms, errors < 1 %"
    capacity: Mapping[str, Any] = field(default_factory=dict)
    trials: int = 1000
    """How many of its trials were made when it ended, or until now."""
    outcome: str = "completed"
    """`running` for one that goes on."""


def search_records(of: MadeSearch) -> Iterator[Record]:
    """The records, in order."""
    plan = make_plan(
        {
            "title": "Made",
            "preset": "hello",
            "targets": list(of.servers),
            "schedule": "capacity",
            "slo": of.slo,
            "capacity": dict(of.capacity),
        },
        where="test",
    ).model_dump(mode="json")
    trials = trials_of(of, plan)
    length_s = trials[-1].to_s if trials else 0.0
    for record in records(Shape(seconds=6, targets=tuple(of.servers), outcome=of.outcome)):
        if isinstance(record, Header):
            words = ("abreast", "capacity", "hello", "--slo", of.slo)
            yield replace(record, plan=plan, length_s=None, command_line=words, contended=False)
        elif isinstance(record, Ended):
            yield from trials
            if of.outcome != "running":
                yield replace(record, t_s=length_s)
        else:
            yield record


def trials_of(of: MadeSearch, plan: Mapping[str, Any]) -> Sequence[Trial]:
    """Its trials, in the order in which they would have been made."""
    rng, now_s = Random(1), 0.0
    criteria, bounds = Criteria.of_slo(plan["slo"]), Bounds.of_plan(plan)
    done: list[Trial] = []
    while len(done) < of.trials:
        found = Searches(tuple(done), tuple(of.servers), criteria, bounds, now_s).next
        if found is None:
            break
        target, step = found
        made = of.servers[target].trial(step, rng, len(done) + 1)
        from_s, to_s = now_s + BETWEEN_S, now_s + BETWEEN_S + step.seconds
        done.append(replace(made, target=target, began_s=now_s, from_s=from_s, to_s=to_s))
        now_s = to_s
    return done


def search_result(of: MadeSearch | None = None) -> SessionResult:
    """The result of such a session."""
    of = of or MadeSearch()
    timeline = Timeline()
    last_s = 0.0
    for record in search_records(of):
        timeline.apply(record)
        last_s = record.to_s if isinstance(record, Trial) else last_s
    snapshot = timeline.snapshot(last_s)
    return session_result(snapshot, unfinished="running")


def made_capacity(of: MadeSearch | None = None) -> Capacity:
    """What such a search came to."""
    found = capacity_of(search_result(of))
    assert found is not None
    return found


def write_search(folder: Path, of: MadeSearch | None = None) -> Path:
    """Writes the journal of such a session into a folder, and returns its path."""
    home = folder / "20250101-120000-hello-0001"
    home.mkdir(parents=True)
    with JournalWriter(home / journal.FILE_NAME) as writer:
        for record in search_records(of or MadeSearch()):
            writer.write(record)
    return home / journal.FILE_NAME
