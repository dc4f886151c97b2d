"""What people changed while a session ran."""

import pytest

from engine.metrics.records import ByHand, Event, Record
from engine.metrics.session_result import session_result
from engine.metrics.timeline import EVENTS_SHOWN, Timeline
from tests.support.recording import header


def users(t_s: float, before: int, after: int, target: str = "", unit: str = "users") -> Event:
    return Event(t_s, "users", target, f"{unit} {before} → {after} (manual)", ByHand(unit, before, after))


def told(*events: Event, history_s: int | None = None) -> list[tuple[float, str, str]]:
    """The changes that a session's result tells."""
    timeline = Timeline(history_s)
    records: list[Record] = [header("fastapi", fault=[{"at": "7 s", "fault": "kill"}]), *events]
    for record in records:
        timeline.apply(record)
    result = session_result(timeline.final_snapshot())
    return [(each.t_s, each.target, each.text) for each in result.by_hand]


def test_presses_of_one_key_become_one_change() -> None:
    assert told(
        users(3, 10, 11),
        users(4, 11, 12),
        users(5, 12, 22, "a"),
        Event(9, "think", "", "think time none", ByHand()),
        Event(10, "think", "", "think time 1 s", ByHand()),
    ) == [
        (3, "", "users 10 → 12"),
        (5, "a", "users 12 → 22"),
        (9, "", "think time none"),
        (10, "", "think time 1 s"),
    ]


def test_users_that_changed_otherwise_in_between_are_two_changes() -> None:
    assert len(told(users(3, 10, 11), users(4, 20, 21))) == 2
    assert len(told(users(3, 10, 11), users(4, 11, 12, unit="arrivals/s"))) == 2


def test_only_what_a_person_caused_is_a_change_also_beside_faults_of_the_plan() -> None:
    found = told(
        Event(0, "stage", "", "stage 1/2"),
        Event(5, "target", "a", "restarts", ByHand()),
        Event(6, "target", "a", "is ready again"),
        Event(7, "fault", "a", "kill"),
        Event(8, "fault", "a", "pause for 3 s", ByHand()),
        Event(9, "fault", "a", "pause is over"),
        Event(31.2, "stage", "", "next stage 5 s later (manual)", ByHand()),
    )
    assert [text for _, _, text in found] == ["restarts", "pause for 3 s", "next stage 5 s later"]


@pytest.mark.parametrize("history_s", [600, None])
def test_the_screen_and_files_tell_the_same_however_much_follows(history_s: int | None) -> None:
    others = [Event(10.0 + at, "note", "", "look") for at in range(EVENTS_SHOWN + 50)]
    assert told(users(3, 10, 11), *others, history_s=history_s) == [(3, "", "users 10 → 11")]
