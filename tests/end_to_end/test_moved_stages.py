"""The next stage is moved while a real session runs: users follow, and the recording shows it."""

import math

import pytest

import presets
from engine.export.loaded import load
from engine.metrics.records import StageMoved, Steered
from engine.plan import commands
from engine.playback.recorded_session import snapshot_at
from engine.recording import journal
from engine.session.session import Session, opened
from tests.support.live_sessions import begun, finished, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

STAGES = (
    {"users": 2, "hold": 60.0},
    {"users": 4, "hold": 4.0},
    {"users": 1, "hold": 3.0},
)


def users(session: Session) -> list[int]:
    return [target.load.users for target in session.snapshot.targets]


def event_texts(session: Session) -> list[str]:
    return [event.text for event in session.snapshot.events]


async def test_the_next_stage_begins_when_and_with_as_many_users_as_a_person_wants() -> None:
    plan = presets.load("hello").changed(
        targets=("fastapi", "django-asgi"), stages=STAGES, warm_up="none", think_time="20 ms"
    )
    async with opened(plan) as session:
        await begun(session)
        await until(session, lambda: users(session) == [2, 2])
        session.send(commands.ChangeNextUsers(3))
        await until(session, lambda: "next stage: 4 → 7 users (manual)" in event_texts(session))
        session.send(commands.MoveNextStage(5.0))
        await until(session, lambda: "next stage 5 s later (manual)" in event_texts(session))
        assert session.snapshot.length_s == pytest.approx(72.0)
        assert users(session) == [2, 2]
        session.send(commands.MoveNextStage(-math.inf))
        await until(session, lambda: users(session) == [7, 7])
        assert session.snapshot.was_steered
        length_s = session.snapshot.length_s
        assert length_s is not None
        assert length_s < 72, "it ends earlier by what was left of the first stage"
        await until(session, lambda: users(session) == [1, 1])
        await finished(session)
        path = session.recorder.journal.path
        assert session.outcome == "completed"
        assert length_s - 2 < session.snapshot.now_s < 72

    records = list(journal.read(path))
    assert [round(each.by_s) for each in records if isinstance(each, StageMoved)][:2] == [0, 5]
    steered = [each for each in records if isinstance(each, Steered) and each.target == "fastapi"]
    assert len(steered) == 4, "at its beginning, and once for each move"
    begun_s = next(each.t_s for each in reversed(steered))
    shown = snapshot_at(path, int(begun_s) + 2)
    assert shown.shape is not None
    assert shown.stage_text.startswith("stage 2/3: hold 7 users")
    assert [target.load.users_wanted for target in shown.targets] == [7, 7]
    document = load(path).document
    assert document["outcome"] == "completed"


async def test_the_last_stage_and_manual_users_leave_nothing_to_move() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",), stages=STAGES[:1], warm_up="none")
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        session.send(commands.MoveNextStage(-5.0))
        await until(session, lambda: session.recorder.notices)
        (notice,) = session.notices()
        assert (notice.severity, notice.title) == ("error", "the next stage cannot be moved")
        session.send(commands.SetUsers(None, 3))
        await until(session, lambda: users(session) == [3])
        session.send(commands.ChangeNextUsers(1))
        await until(session, lambda: session.recorder.notices)
