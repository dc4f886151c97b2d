"""Makes the summary of a session that a list shows (`engine.recording.summary_file`).

A session writes it when it ends. For one that was interrupted, or recorded by a version without summaries, it
is made from the journal, once.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine.answers.capacity.result import capacity_of
from engine.answers.result_sentence import facts, summary
from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.metrics.records import Damage, Record
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.trials import Trial
from engine.recording import disk_use, journal, summary_file
from engine.recording.archive import OUTCOME_OF_THE_CUT_OFF, UNREADABLE
from engine.recording.contradictions import matching_records
from engine.recording.listing import ListedSession
from engine.recording.summary_file import FORMAT, SessionSummary, TargetSummary
from targets.errors import AbreastError, UsageError, in_a_line

LOOKED_AT_EVERY = 256
"""Records between two looks at whether reading is to stop."""


class StoppedError(Exception):
    """Reading a journal was stopped."""


def summary_of(session: LoadedSession) -> SessionSummary:
    """The summary of a session as it was folded. Raises UsageError if its records do not go together, and
    OSError if its journal is gone."""
    status = session.journal.stat()
    header, result = session.header, session.result
    ended = session.timeline.ended
    return SessionSummary(
        format=FORMAT,
        journal_bytes=status.st_size,
        journal_changed_ns=status.st_mtime_ns,
        other_bytes=max(_bytes_without_summary(session.journal.parent) - status.st_size, 0),
        id=header.id,
        title=header.plan["title"],
        preset=header.plan["preset"],
        started_at=header.started_at,
        ended_at=ended.at if ended else None,
        outcome=session.outcome,
        length_s=float(result.length_s),
        sentence=summary(result),
        facts=facts(result),
        light=result.health.light,
        damage=str(session.damage or ""),
        planned=tuple(choice["name"] for choice in header.plan["targets"]),
        targets=_targets(result),
    )


def write(session: LoadedSession) -> None:
    """Writes the summary of a session that ends. If that fails, it is made when it is first needed."""
    with suppress(AbreastError, OSError):
        summary_file.save(session.journal.parent, summary_of(session))


def make(path: Path, is_stopped: Callable[[], bool] = lambda: False) -> SessionSummary | None:
    """Reads a whole journal, writes its summary and returns it; None for a session that runs, or that is
    deleted meanwhile. Raises UsageError if the journal cannot be read, and StoppedError."""
    if journal.is_locked(path):
        return None
    damage = Damage()
    try:
        before = path.stat()
        with matching_records(path):
            timeline = folded(_until(journal.read(path, damage), is_stopped))
        session = LoadedSession(path, timeline, OUTCOME_OF_THE_CUT_OFF, damage)
        found = summary_of(session)
    except OSError:
        return None
    if (found.journal_bytes, found.journal_changed_ns) != (before.st_size, before.st_mtime_ns):
        return None
    with suppress(OSError):  # a folder that cannot be written: it is made again next time
        summary_file.save(path.parent, found)
    return found


def added(session: ListedSession, is_stopped: Callable[[], bool] = lambda: False) -> ListedSession:
    """A listed session with what came out, read from its journal; with the reason if that cannot be read.
    Raises StoppedError."""
    try:
        found = make(session.recorded.journal, is_stopped)
    except UsageError as error:
        recorded = replace(session.recorded, trouble=in_a_line(error), outcome=UNREADABLE)
        return replace(session, recorded=recorded)
    return session.with_summary(found) if found else session


def _bytes_without_summary(folder: Path) -> int:
    """The same before a summary was written and afterwards."""
    own = folder / summary_file.FILE_NAME
    return disk_use.of(folder) - (own.lstat().st_size if own.exists() else 0)


def _until(records: Iterator[Record], is_stopped: Callable[[], bool]) -> Iterator[Record]:
    for number, record in enumerate(records):
        if number % LOOKED_AT_EVERY == 0 and is_stopped():
            raise StoppedError
        yield record


def _targets(result: SessionResult) -> tuple[TargetSummary, ...]:
    """What came out for each target: its figures in the result; of a search for capacity, whose trials had
    different loads, those at the most load that met the SLO."""
    search = capacity_of(result)
    if search is None:
        return tuple(map(_target, result.targets))
    found = {each.name: each.at_lower for each in search.targets}
    return tuple(_at_capacity(_target(target), found.get(target.name)) for target in result.targets)


def _at_capacity(target: TargetSummary, trial: Trial | None) -> TargetSummary:
    return replace(
        target,
        goodput=trial.goodput if trial else 0.0,
        p50_ms=trial.p50_ms if trial else None,
        p95_ms=trial.p95_ms if trial else None,
        p99_ms=trial.p99_ms if trial else None,
        error_rate=(trial.error_rate or 0.0) if trial else 0.0,
        cpu_pct=trial.cpu_pct if trial else None,
        memory_mb=trial.memory_mb if trial else None,
    )


def _target(target: TargetResult) -> TargetSummary:
    stats = target.stats
    return TargetSummary(
        name=target.name,
        label=target.label,
        goodput=float(stats.goodput),
        p50_ms=stats.p50.value_ms,
        p95_ms=stats.p95.value_ms,
        p99_ms=stats.p99.value_ms,
        error_rate=float(stats.error_rate),
        cpu_pct=target.usage.cpu_mean_pct,
        memory_mb=target.usage.memory_mean_mb,
        state=target.state,
    )
