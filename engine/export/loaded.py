"""A recorded session, read and folded once, as every export format and report takes it."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.answers.hints import Hint, hints_of
from engine.answers.reported import Answers, answers_of
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.export.document import document, folded
from engine.metrics.records import Damage, Header, Record
from engine.metrics.session_result import SessionResult, session_result
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import Timeline
from engine.recording import about
from engine.recording.archive import OUTCOME_OF_THE_CUT_OFF
from engine.recording.contradictions import matching_records
from engine.recording.journal import is_locked, read


@dataclass(frozen=True)
class LoadedSession:
    """A session whose records were folded with their whole history. What several formats need is computed on
    demand, and only once."""

    journal: Path
    timeline: Timeline
    """With all seconds of all targets (`history_s=None`)."""
    unfinished: str = "running"
    """The outcome if the session has no end: `running` or `interrupted`."""
    damage: Damage | None = None
    """The damage of its journal; None for a session that this process records."""

    @property
    def header(self) -> Header:
        """Its first record."""
        assert self.timeline.header is not None, "`folded` refuses records without a header"
        return self.timeline.header

    @property
    def outcome(self) -> str:
        """Its outcome in a word."""
        return self.timeline.ended.outcome if self.timeline.ended else self.unfinished

    @cached_property
    def snapshot(self) -> Snapshot:
        """The state at the end of its records."""
        with matching_records(self.journal):
            return self.timeline.final_snapshot()

    @cached_property
    def result(self) -> SessionResult:
        """Its result."""
        with matching_records(self.journal):
            return session_result(self.snapshot, unfinished=self.unfinished)

    @cached_property
    def answers(self) -> Answers:
        """What it answers of the published experiment in its plan."""
        with matching_records(self.journal):
            return answers_of(self.result)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What its rounds decide."""
        with matching_records(self.journal):
            return verdicts(self.result)

    @cached_property
    def hints(self) -> tuple[Hint, ...]:
        """What its figures suggest."""
        with matching_records(self.journal):
            return hints_of(self.snapshot)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The session JSON (`abreast/session@2`)."""
        with matching_records(self.journal):
            return document(self.timeline, outcome=self.unfinished, damage=self.damage)


def load(journal: Path) -> LoadedSession:
    """Reads a journal. Raises UsageError if it contains no readable session."""
    damage = Damage()
    # In this order: a session that ends while it is read is not taken for one that was cut off.
    unfinished = "running" if is_locked(journal) else OUTCOME_OF_THE_CUT_OFF
    with matching_records(journal), _uncollected():
        timeline = folded(read(journal, damage))
        _give_title(timeline, about.load(journal.parent).title)
    return LoadedSession(journal, timeline, unfinished, damage)


def _give_title(timeline: Timeline, title: str) -> None:
    """Replaces the plan's title by the one that a person gave the session, if any."""
    if title and timeline.header is not None:
        timeline.header = replace(timeline.header, plan=timeline.header.plan | {"title": title})


def load_running(journal: Path, records: Iterable[Record]) -> LoadedSession:
    """The session that this process records: its records so far, whether the journal could store them or
    not."""
    return LoadedSession(journal, folded(records))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Suspends the search for reference cycles: among the many objects of an hour's
    session there are none to free, and looking takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
