"""Events of journals from before they had details."""

import pytest

from engine.metrics.event_detail import NO_DETAIL, EventDetail
from engine.metrics.records import Event
from engine.recording.journal_lines import decode_record, encode_record
from engine.recording.old_events import detail_of


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("stage", "stage 2/3: ramp to 20 users", EventDetail("begins", "ramp to 20 users")),
        (
            "stage",
            "fastapi alone, 1/3 · level 2/3: 50 users · repetition 1/3",
            EventDetail("begins", "50 users · repetition 1/3"),
        ),
        ("stage", "fastapi alone · warm-up", EventDetail("begins", "warm-up")),
        ("stage", "gap before level 2/3", EventDetail("begins", "gap before level 2/3")),
        ("stage", "trial: fastapi, 20 users", EventDetail("begins", "trial: fastapi, 20 users")),
        ("stage", "fastapi ×4 is done", EventDetail("turn-over", "fastapi ×4")),
        ("stage", "next stage 5 s later (manual)", EventDetail("moved")),
        ("stage", "warm-up over after 12 s: it is steady", EventDetail("over", "warm-up", "it is steady")),
        ("fault", "pause for 3 s", EventDetail("injected", "pause", lasts_s=3.0)),
        ("fault", "cpus 0.5 for 1e+06 s", EventDetail("injected", "cpus 0.5", lasts_s=1e6)),
        ("fault", "kill-worker", EventDetail("injected", "kill-worker")),
        ("fault", "x for ..- s", EventDetail("injected", "x for ..- s")),
        ("fault", "slow-upstream 2s is over", EventDetail("over", "slow-upstream 2s")),
        ("fault", "it is down: exit code 1", EventDetail("down", reason="exit code 1")),
        ("trouble", "ended by itself: SIGKILL", EventDetail("exited", reason="SIGKILL")),
        ("trouble", "its address is now 127.0.0.1:1", NO_DETAIL),
        ("target", "is ready again", EventDetail("ready-again")),
        ("target", "options workers=2", EventDetail("options", "workers=2")),
        ("target", "runs on core 1", NO_DETAIL),
        ("health", "generator red: late", EventDetail("changed", "red", "late")),
        ("health", "generator green again", EventDetail("changed", "green")),
        ("pause", "resumed", EventDetail("resumed")),
        ("pause", "its container was paused", NO_DETAIL),
        ("note", "generator red: paused", NO_DETAIL),
        ("of a newer version", "joins", NO_DETAIL),
        ("stage", "", NO_DETAIL),
    ],
)
def test_what_older_versions_wrote_is_read(kind: str, text: str, detail: EventDetail) -> None:
    assert detail_of(kind, text) == detail


def test_a_journal_of_an_older_version_gets_details() -> None:
    old = encode_record(Event(1.0, "fault", "fastapi", "pause for 3 s"), 1)
    assert b"detail" not in old
    _, record = decode_record(old)
    assert isinstance(record, Event)
    assert record.detail == EventDetail("injected", "pause", lasts_s=3.0)


def test_what_is_recorded_is_not_read_from_the_text() -> None:
    event = Event(1.0, "fault", "", "pause is over", detail=EventDetail("injected", "pause"))
    assert decode_record(encode_record(event, 1)) == (1, event)
