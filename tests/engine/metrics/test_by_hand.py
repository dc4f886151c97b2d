"""What people changed while a session ran."""

from engine.metrics.by_hand import by_hand
from engine.metrics.snapshot import EventSnapshot


def event(t_s: float, kind: str, text: str, target: str = "") -> EventSnapshot:
    return EventSnapshot(t_s, kind, target, text)


def test_presses_of_one_key_become_one_change() -> None:
    found = by_hand(
        [
            event(3, "users", "users 10 → 11 (manual)"),
            event(4, "users", "users 11 → 12 (manual)"),
            event(5, "users", "users 12 → 22 (manual)", "a"),
            event(9, "think", "think time none"),
        ],
        {},
    )
    assert [(each.t_s, each.target, each.text) for each in found] == [
        (3, "", "users 10 → 12"),
        (5, "a", "users 12 → 22"),
        (9, "", "think time none"),
    ]


def test_what_the_plan_or_abreast_did_is_no_change() -> None:
    events = [
        event(0, "stage", "stage 1/2"),
        event(0, "target", "runs on core 1", "a"),
        event(5, "target", "restarts", "a"),
        event(6, "target", "is ready again", "a"),
        event(7, "fault", "kill", "a"),
        event(7, "fault", "it is down: killed", "a"),
        event(9, "fault", "pause is over", "a"),
        event(9, "health", "generator red"),
    ]
    assert [each.text for each in by_hand(events, {})] == ["restarts", "kill"]
    assert [each.text for each in by_hand(events, {"fault": [{"at": 7}]})] == ["restarts"], "its own faults"


def test_a_stage_that_was_moved_is_by_hand_and_one_that_began_is_not() -> None:
    moved = EventSnapshot(31.2, "stage", "", "next stage 5 s later (manual)")
    began = EventSnapshot(36.2, "stage", "", "stage 2/3: hold 20 users")
    (found,) = by_hand((moved, began), {})
    assert (found.t_s, found.text) == (31.2, "next stage 5 s later")
