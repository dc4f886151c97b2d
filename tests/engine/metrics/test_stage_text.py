"""Where the load shape stands, in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.metrics.event_detail import NO_DETAIL, EventDetail
from engine.metrics.records import Ended
from engine.metrics.stage_text import caption, level_text, session_stage, stage_text
from engine.metrics.timeline import Timeline
from engine.plan.levels import planned_of
from engine.plan.warm_up import AUTO_S, auto_stages
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.planned_stages import PlannedStage
from tests.support.made_sessions import Shape, records
from tests.support.recording import Recording, header, plan, steering

STEPS = [{"ramp_to": 20, "over": "5 s"}, {"hold": "5 s"}, {"users": 1, "hold": "5 s"}]
LATER = "stage 3/3: hold 1 user"


@pytest.mark.parametrize(
    ("at_s", "text"),
    [
        (0.0, "warm-up"),
        (0.99, "warm-up"),
        (1.0, "stage 1/3: ramp to 20 users"),
        (5.9, "stage 1/3: ramp to 20 users"),
        (6.0, "stage 2/3: hold 20 users"),
        (11.0, LATER),
        (99.0, LATER),
    ],
)
def test_the_stage_in_words(at_s: float, text: str) -> None:
    shape = plan("fastapi", stages=STEPS, warm_up=1.0).shape
    assert stage_text(Steering(shape, 0.0), at_s, 1.0) == text


def test_the_stage_in_words_without_a_warm_up() -> None:
    shape = plan("fastapi", stages=STEPS, warm_up="none").shape
    assert stage_text(Steering(shape, 0.0), 0.0, 0.0) == "stage 1/3: ramp to 20 users"
    assert stage_text(Steering(shape, 0.0), 12.0, 0.0) == LATER


def test_the_stage_in_words_where_users_arrive() -> None:
    shape = plan("fastapi", stages=STEPS, warm_up="none").shape
    assert stage_text(Steering(shape, 0.0), 0.0, 0.0, arrivals=True) == "stage 1/3: ramp to 20 arrivals/s"


def test_what_an_automatic_warm_up_is_doing() -> None:
    steering = Steering((*auto_stages(4), Stage(4, 10.0)), began_s=0.0)
    said = [stage_text(steering, at_s, AUTO_S, is_auto=True) for at_s in (1, 6, 34.9, 35)]
    assert said == [
        "warm-up (auto): primer",
        "warm-up (auto): until steady",
        "warm-up (auto): until steady",
        "stage 1/1: hold 4 users",
    ]


def test_a_shape_of_jumps_has_no_stages_to_speak_of() -> None:
    assert stage_text(Steering((Stage(3, 0.0),), 0.0), 1.0, 0.0) == ""
    assert stage_text(Steering((), 0.0), 1.0, 0.0) == ""


def test_who_steers_in_words(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", "b") as recording:
        live = recording.book.timeline
        assert live.snapshot(0.5).stage_text == "warm-up"
        stages = (Stage(1, 0.0), Stage(1, 1.0), Stage(2, 0.0), Stage(2, 60.0))
        recording.steer("a", Steering(stages, 0.0).set_users(5, 0.5), 0.5)
        recording.steer("b", Steering(stages, 0.0), 0.5)
        assert live.snapshot(2.0).stage_text == "stage 1/1: hold 2 users", "b follows the plan"
        recording.steer("a", Steering(stages, 0.0).set_users(5, 0.5).hand_back(3.0), 3.0)
        assert live.snapshot(3.2).stage_text == "stage 1/1: hold 2 users", "a is behind"
        recording.steer("a", Steering(stages, 0.0).set_users(5, 4.0), 4.0)
        recording.steer("b", Steering(stages, 0.0).set_users(5, 4.0), 4.0)
        assert live.snapshot(5.0).stage_text == "manual"
        for name in "ab":
            recording.steer(name, steering().pause(1.0), 1.0)
        assert live.snapshot(2.0).stage_text == "paused"
        for name in "ab":
            recording.change(name, "died")
        assert live.snapshot(2.0).stage_text == ""


SERIES = Shape(seconds=90, repetitions=3, gap_s=4, targets=("fastapi", "django-wsgi"))


def shown(shape: Shape, *at_s: float) -> list[tuple[str, float | None]]:
    made = Timeline()
    for record in records(shape):
        if not isinstance(record, Ended):
            made.apply(record)
    found = [made.snapshot(each) for each in at_s]
    return [(each.stage_text, each.left_s) for each in found]


def test_where_in_the_whole_a_run_of_levels_is() -> None:
    assert shown(SERIES, 0.0, 10.5, 14.0, 121.9) == [
        ("level 1/3: 10 users · repetition 1/3", 122.0),
        ("gap before level 2/3 · repetition 1/3", 111.5),
        ("level 2/3: 50 users · repetition 1/3", 108.0),
        ("level 3/3: 100 users · repetition 3/3", pytest.approx(0.1)),
    ]
    assert shown(SERIES, 122.5)[0][1] is None
    once = Shape(seconds=30, repetitions=1)
    assert shown(once, 1.0) == [("level 1/3: 10 users", 29.0)]


def test_whose_turn_it_is_and_of_how_many() -> None:
    text = "fastapi alone, 1/2 · level 1/3: 10 users · repetition 1/3"
    assert shown(replace(SERIES, schedule="solo"), 1.0)[0][0] == text


def test_programs_get_what_a_stage_does_without_its_number_and_whose_turn_it_is() -> None:
    made = Timeline()
    for record in records(replace(SERIES, schedule="solo")):
        if not isinstance(record, Ended):
            made.apply(record)
    begun = made.snapshot(1.0)
    assert (begun.stage_kind, begun.stage_detail) == (
        "stage",
        EventDetail("begins", "10 users · repetition 1/3"),
    )
    assert made.header is not None
    past = {"fastapi": Steering((Stage(3, 1.0), Stage(0, 0.0)), 0.0)}
    done = session_stage(made.header, past, str.upper, 2.0)
    assert done == ("FASTAPI is done", "done", EventDetail("turn-over", "FASTAPI"))
    assert session_stage(made.header, {}, str, 2.0) == ("", "", NO_DETAIL)


def test_a_ramp_to_a_level_in_words() -> None:
    planned = (PlannedStage("ramp", 0.0, 5.0, 50, 2, 1), PlannedStage("hold", 5.0, 9.0, 50, 2, 1))
    assert level_text(planned, 0) == "level 2/2: ramp to 50 users"
    assert level_text(planned, 1, arrivals=True) == "level 2/2: 50 arrivals/s"


def test_the_caption_of_the_stage() -> None:
    made = plan(
        "fastapi",
        stages=[{"users": 1, "hold": 2, "say": "Look."}, {"hold": 2, "say": "This is why."}],
        warm_up=1,
    )
    head = replace(header("fastapi"), planned=planned_of(made))
    at = {"a": Steering(made.shape, 0.0)}
    assert [caption(head, at, at_s) for at_s in (0.0, 1.5, 3.0, 9.0)] == [
        "Look.",
        "Look.",
        "This is why.",
        "This is why.",
    ]
    assert caption(head, {}, 1.0) == ""
    assert caption(header("fastapi"), at, 1.0) == ""
