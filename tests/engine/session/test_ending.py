"""How a session ends: the first to ask decides, an error makes it worse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.metrics.outcomes import NO_LOAD, UNTRUSTED
from engine.metrics.records import Began, Bucket
from engine.metrics.timeline import Timeline
from engine.recording.recorder import Recorder
from engine.session.ending import Ending
from targets.errors import LoadError
from tests.support.made_searches import MadeSearch, search_records
from tests.support.made_trials import Server
from tests.support.recording import Recording, added, bucket, header

pytestmark = pytest.mark.anyio


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recording(tmp_path / "journal") as recording:
        yield recording.book


def outcome(ending: Ending, recorder: Recorder, *, any_target_failed: bool = False) -> str:
    return ending.outcome(recorder.timeline, any_target_failed=any_target_failed)


async def test_the_first_to_ask_says_how_it_ends(recorder: Recorder) -> None:
    ending = Ending(recorder)
    assert not ending.is_asked
    ending.ask("interrupted")
    ending.ask("completed")
    await ending.wait()
    assert outcome(ending, recorder) == "interrupted"


async def test_an_error_fails_a_session_that_was_about_to_be_completed(recorder: Recorder) -> None:
    ending, error = Ending(recorder), LoadError("a load worker keeps ending")
    ending.ask("completed")
    ending.fail(error)
    assert outcome(ending, recorder) == "failed"
    assert ending.error is error


async def test_an_error_does_not_hide_that_a_person_interrupted(recorder: Recorder) -> None:
    ending = Ending(recorder)
    ending.ask("interrupted")
    ending.fail(LoadError("a load worker keeps ending"))
    assert outcome(ending, recorder) == "interrupted"


async def test_a_session_that_is_left_before_load_begins_is_not_completed(recorder: Recorder) -> None:
    ending, timeline = Ending(recorder), Timeline()
    for record in (header("fastapi"), added("fastapi")):
        timeline.apply(record)
    ending.ask("completed", by_hand=True)
    assert ending.outcome(timeline, any_target_failed=False) == NO_LOAD
    assert ending.outcome(timeline, any_target_failed=True) == "failed"
    timeline.apply(Began("2025-01-01T12:00:00.000+01:00"))
    assert ending.outcome(timeline, any_target_failed=False) == "completed"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (bucket(3, "fastapi"), UNTRUSTED),
        (bucket(3, "fastapi", ok_us=[1000], warm_up=True), UNTRUSTED),
        (bucket(3, "fastapi", ok_us=[1000]), "completed"),
    ],
    ids=["no request", "in the warm-up only", "one request"],
)
async def test_a_plan_that_ends_and_measured_nothing_is_not_completed(
    recorder: Recorder, second: Bucket, expected: str
) -> None:
    ending, timeline = Ending(recorder), Timeline()
    began = Began("2025-01-01T12:00:00.000+01:00")
    for record in (header("fastapi"), added("fastapi"), began, second):
        timeline.apply(record)
    ending.ask("completed")
    assert ending.outcome(timeline, any_target_failed=False) == expected


async def test_a_target_that_failed_fails_a_completed_session(recorder: Recorder) -> None:
    ending = Ending(recorder)
    ending.ask("completed", by_hand=True)
    assert outcome(ending, recorder) == "completed"
    assert outcome(ending, recorder, any_target_failed=True) == "failed"


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ZeroDivisionError(), "failed"), (KeyboardInterrupt(), "interrupted")],
)
async def test_a_session_that_breaks_off_was_not_completed(
    recorder: Recorder, error: BaseException, expected: str
) -> None:
    ending = Ending(recorder)
    ending.ask("completed")
    ending.break_off(BaseExceptionGroup("", [error]))
    assert outcome(ending, recorder) == expected
    assert type(error).__name__ in recorder.timeline.snapshot(0.0, recorder.view).events[0].text


@pytest.mark.parametrize(("knee", "expected"), [(0.5, "threshold"), (50.0, "completed")])
async def test_a_search_that_finds_a_target_unfit_for_one_user_missed_its_slo(
    recorder: Recorder, knee: float, expected: str
) -> None:
    timeline = Timeline()
    for record in search_records(MadeSearch({"fastapi": Server(knee)}, outcome="running")):
        timeline.apply(record)
    assert Ending(recorder).outcome(timeline, any_target_failed=False) == expected
