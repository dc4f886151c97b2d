"""Knobs: turned by one process, seen by others, whatever stands in the file."""

from pathlib import Path

import pytest

from targets.apps.live_settings import LOOK_EVERY_S, LiveSettings, write


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_without_a_file_everything_stands_where_it_stood() -> None:
    assert LiveSettings(None).get("model_seconds", 2.0, high=30.0) == 2.0


def test_a_turn_is_seen_at_the_next_look(tmp_path: Path) -> None:
    clock = Clock()
    live_settings = LiveSettings(tmp_path / "live-settings.json", clock)
    assert live_settings.get("delay_s", 0.5, high=30.0) == 0.5

    write(tmp_path / "live-settings.json", {"delay_s": 3})
    assert live_settings.get("delay_s", 0.5, high=30.0) == 0.5, "it looks at most so often"
    clock.now_s += LOOK_EVERY_S
    assert live_settings.get("delay_s", 0.5, high=30.0) == 3.0

    write(tmp_path / "live-settings.json", {"error_rate": 0.25})
    clock.now_s += LOOK_EVERY_S
    assert live_settings.get("delay_s", 0.5, high=30.0) == 0.5
    assert live_settings.get("error_rate", 0.0, high=1.0) == 0.25


def test_turning_leaves_nothing_else_behind(tmp_path: Path) -> None:
    for seconds in (1, 2, 3):
        write(tmp_path / "own" / "live-settings.json", {"model_seconds": seconds})

    assert [path.name for path in (tmp_path / "own").iterdir()] == ["live-settings.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", "null", '{"a":"1"}', '{"a":true}', '{"a":NaN}', '{"a":1' + "0" * 400 + "}"]
)
def test_what_is_no_knob_changes_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "live-settings.json"
    path.write_text(content)

    assert LiveSettings(path).get("a", 7.0, high=10.0) == 7.0


@pytest.mark.parametrize(("value", "expected"), [(-5, 0.0), (99, 30.0), (4, 4.0)])
def test_a_knob_stops_at_its_ends(tmp_path: Path, value: float, expected: float) -> None:
    write(tmp_path / "live-settings.json", {"model_seconds": value})

    assert LiveSettings(tmp_path / "live-settings.json").get("model_seconds", 2.0, high=30.0) == expected
