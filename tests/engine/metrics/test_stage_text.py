"""Where the load shape stands, in words."""

from pathlib import Path

import pytest

from engine.metrics.stage_text import stage_text
from engine.plan.warm_up import AUTO_S, auto_stages
from engine.protocol.load_shape import Stage, Steering
from tests.support.recording import Recording, plan, steering

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
