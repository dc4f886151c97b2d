"""Records of a session as lines of a log."""

import logging
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from engine.metrics.event_detail import EventDetail
from engine.metrics.records import Bucket, Ended, Event, Record, Round, TargetAdded, TargetChanged, Trial
from engine.recording.session_log import LOG, line_of, log
from tests.support.made_sessions import Shape, records
from tests.support.recording import Recording

PAGE = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text(encoding="utf-8")

SHAPE = Shape(seconds=3, targets=("fastapi",), rps=20, labels=("fastapi ×1",))
TRIAL = Trial(3, "fastapi", 40, "search", 1.0, 2.0, 5.0, asked=90, attained=80, bad=10, ok=80, p95_ms=12.5)
ROUND = Round(2, "turns", 1.0, 2.0, {}, users=20, tainted="a fault was active")
LATE = Event(2.0, "health", "", "generator red: late", detail=EventDetail("changed", "red", "late"))
ADDED = TargetAdded("fastapi", 0, "uvicorn ×1", ("python",), {}, "local", {}, {"python": "3.11"})


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> "object":
    """What is logged while a test runs, on every level."""
    handler = Kept()
    LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)
    yield handler
    LOG.removeHandler(handler)
    LOG.setLevel(logging.NOTSET)


def test_a_session_is_a_log_of_what_happened() -> None:
    lines = [line for record in records(SHAPE) if (line := line_of(record))]
    events = Counter(line.event for line in lines)
    assert events == {
        "session": 1,
        "target-added": 1,
        "target": 1,
        "load": 1,
        "second": 3,
        "generator": 3,
        "ended": 1,
    }
    first, *_, last = lines
    assert (first.fields["preset"], first.fields["targets"]) == ("hello", ["fastapi"])
    assert (last.level, last.fields["outcome"]) == (logging.INFO, "completed")


def test_a_second_counts_what_ended_in_it() -> None:
    bucket = next(each for each in records(SHAPE) if isinstance(each, Bucket))
    line = line_of(bucket)
    assert line is not None
    (stats,) = bucket.tick_stats.requests.values()
    assert line.fields["ok"] == stats.ok.count > 0
    assert line.fields["failed"] == sum(stats.errors.values())


@pytest.mark.parametrize(
    ("record", "level", "event", "message"),
    [
        (TargetChanged(1.0, "shop", "died", "exit code 3"), "ERROR", "target", "shop is died: exit code 3"),
        (TargetChanged(1.0, "shop", "ready"), "INFO", "target", "shop is ready"),
        (Event(2.0, "fault", "shop", "pause"), "INFO", "fault", "pause"),
        (Event(2.0, "trouble", "", "no room"), "WARNING", "trouble", "no room"),
        (LATE, "WARNING", "health", "generator red: late"),
        (Event(2.0, "health", "", "generator green again"), "INFO", "health", "generator green again"),
        (Ended(3.0, "", "failed"), "WARNING", "ended", "the session has ended: failed"),
        (TRIAL, "INFO", "trial", "fastapi under a load of 40: 10 of 90 bad"),
        (ROUND, "DEBUG", "round", "round 2 does not count: a fault was active"),
        (ADDED, "INFO", "target-added", "fastapi on uvicorn ×1"),
    ],
)
def test_lines_have_the_level_that_they_deserve(record: Record, level: str, event: str, message: str) -> None:
    line = line_of(record)
    assert line is not None
    assert (logging.getLevelName(line.level), line.event, line.message) == (level, event, message)


def test_every_field_is_documented() -> None:
    made = [*records(SHAPE), TRIAL, ROUND, Event(2.0, "note", "", "x")]
    rows = {
        name: re.findall(r"`(\w+)`", fields)
        for names, fields in re.findall(r"^\| (`[^|]+) \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)
        for name in re.findall(r"`([\w-]+)`", names)
    }
    for line in filter(None, map(line_of, made)):
        assert list(line.fields) == rows[line.event], line.event


def test_what_a_session_records_is_logged_without_secrets(kept: Kept, tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        recording.book.event("note", "", "sent Authorization: Bearer abcdef0123456789")
        session_id = recording.book.snapshot.session_id
    notes = [each for each in kept.records if getattr(each, "event", "") == "note"]
    assert [getattr(each, "session", "") for each in notes] == [session_id]
    assert "abcdef" not in notes[0].getMessage()
    assert "(hidden)" in notes[0].getMessage()


def test_without_a_file_nothing_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    log(replace(Ended(3.0, "", "failed")), "some-session")
    log(Event(2.0, "trouble", "", "no room"), "some-session")
    assert capfd.readouterr() == ("", "")
