"""What goes when room is made."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.recording.archive import OLD_FORMAT, UNREADABLE, Recorded
from engine.recording.listing import ListedSession
from engine.recording.pruning import Limit, parse_limit, to_prune
from targets.errors import UsageError

NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)


def session(day: int, outcome: str = "completed", size_bytes: int = 100) -> ListedSession:
    """A session of a day in June."""
    return ListedSession(
        Recorded(
            id=f"s{day}",
            title="",
            preset="",
            targets=(),
            started_at=f"2025-06-{day:02}T12:00:00.000+00:00",
            ended_at=None,
            outcome=outcome,
            journal=Path(f"s{day}/journal.jsonl"),
        ),
        size_bytes,
    )


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("30d", Limit(age_s=30 * 86_400)),
        ("1.5h", Limit(age_s=5400)),
        ("2 w", Limit(age_s=14 * 86_400)),
        ("5GB", Limit(size_bytes=5 * 10**9)),
        ("500 mb", Limit(size_bytes=500 * 10**6)),
        ("0d", Limit(age_s=0)),
    ],
)
def test_limits(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "30", "d", "-3d", "5 EB", "1e9GB", "30d 5GB", "nan d", "5GiB", "٣d", f"{'9' * 400}GB"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(UsageError, match="is neither an age nor a size"):
        parse_limit(text)


def test_old_sessions_go() -> None:
    found = [session(10), session(20), session(29)]
    assert [each.key for each in to_prune(found, Limit(age_s=10 * 86_400), NOW)] == ["s10"]
    assert [each.key for each in to_prune(found, Limit(age_s=0), NOW)] == ["s10", "s20", "s29"]


def test_the_oldest_go_until_the_rest_fit() -> None:
    found = [session(29), session(10), session(20)]
    assert [each.key for each in to_prune(found, Limit(size_bytes=200), NOW)] == ["s10"]
    assert [each.key for each in to_prune(found, Limit(size_bytes=199), NOW)] == ["s10", "s20"]
    assert to_prune(found, Limit(size_bytes=300), NOW) == []


def test_what_runs_or_cannot_be_read_stays_but_an_old_format_goes() -> None:
    found = [session(1, "running"), session(2, UNREADABLE), session(3, OLD_FORMAT), session(4, "interrupted")]
    for limit in (Limit(age_s=0), Limit(size_bytes=0)):
        assert [each.key for each in to_prune(found, limit, NOW)] == ["s3", "s4"]
