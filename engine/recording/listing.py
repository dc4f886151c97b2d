"""The list of recorded sessions: what it shows, its order, and searching it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from engine.metrics.outcomes import outcome_text
from engine.recording import archive, disk_use
from engine.recording.archive import UNREADABLE, Recorded
from engine.recording.summary_file import SessionSummary

Order = Literal["date", "preset", "length", "size", "outcome"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A recorded session as lists show it."""

    recorded: Recorded
    size_bytes: int
    """Of everything in its folder."""

    @property
    def key(self) -> str:
        """Its folder's name: what commands and the screen name it by."""
        return self.folder.name

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.recorded.journal.parent

    @property
    def started(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.recorded.started_at)

    @property
    def length_s(self) -> float | None:
        """How long load flowed; of a running session, how long ago it began; None if that is not known."""
        if self.recorded.summary:
            return self.recorded.summary.length_s
        if self.is_running:
            return max((datetime.now(UTC) - self.started).total_seconds(), 0.0)
        return None

    @property
    def is_running(self) -> bool:
        """Whether a process records it now."""
        return self.recorded.outcome == "running"

    @property
    def sentence(self) -> str:
        """A line of what came out; empty before its journal was read."""
        if self.recorded.trouble:
            return self.recorded.trouble
        return self.recorded.summary.sentence if self.recorded.summary else ""

    @property
    def needs_summary(self) -> bool:
        """Whether its journal has to be read for it."""
        return self.recorded.is_readable and not self.is_running and not self.recorded.summary

    @property
    def is_prunable(self) -> bool:
        """Whether it may go when room is made: not one that runs, nor one that this version cannot read and
        no older one wrote."""
        return not self.is_running and self.recorded.outcome != UNREADABLE

    def with_summary(self, summary: SessionSummary) -> "ListedSession":
        """The same session, once its journal was read."""
        labels = tuple(target.label for target in summary.targets) or self.recorded.labels
        return replace(self, recorded=replace(self.recorded, summary=summary, labels=labels))


def listed() -> list[ListedSession]:
    """All recorded sessions, the newest first. Raises UsageError if there is no home for them."""
    return [_listed(session) for session in reversed(archive.recorded())]


def _listed(session: Recorded) -> ListedSession:
    if summary := session.summary:
        return ListedSession(session, summary.journal_bytes + summary.other_bytes)
    return ListedSession(session, disk_use.of(session.journal.parent))


def in_order(sessions: Iterable[ListedSession], order: Order) -> list[ListedSession]:
    """Sessions in an order, the newest first among equal ones: the longest and the largest first, texts by
    the alphabet."""
    newest_first = sorted(sessions, key=lambda each: (each.started, each.key), reverse=True)
    match order:
        case "date":
            return newest_first
        case "preset":
            return sorted(newest_first, key=lambda each: each.recorded.preset or "\uffff")
        case "length":
            return sorted(newest_first, key=lambda each: -(each.length_s or 0.0))
        case "size":
            return sorted(newest_first, key=lambda each: -each.size_bytes)
        case "outcome":
            return sorted(newest_first, key=lambda each: each.recorded.outcome)


def matching(sessions: Iterable[ListedSession], search: str) -> list[ListedSession]:
    """The sessions whose texts contain every word of a search, in any case."""
    words = search.casefold().split()
    return [each for each in sessions if all(word in _texts(each) for word in words)]


def _texts(session: ListedSession) -> str:
    recorded = session.recorded
    parts: Sequence[str] = (
        session.key,
        recorded.title,
        recorded.note,
        recorded.preset,
        recorded.outcome,
        outcome_text(recorded.outcome),
        recorded.started_at,
        session.sentence,
        *recorded.labels,
        *recorded.targets,
    )
    return "\n".join(parts).casefold()
