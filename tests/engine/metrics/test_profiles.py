"""Profiles in the timeline, and what sampled seconds count for."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.metrics.outages import SAMPLED
from engine.metrics.profiles import Frame, Node, ProfileBegan, Profiled, TargetProfile
from engine.metrics.records import Damage
from engine.metrics.timeline import PROFILES_SHOWN, Timeline
from engine.recording import journal
from tests.support.made_sessions import Shape, records
from tests.support.recording import Recording, sample

FOUND = TargetProfile(
    "fastapi",
    looks=499,
    failed_looks=3,
    processes=(230,),
    frames=(Frame("run", "uvicorn/server.py", "uvicorn"), Frame("view", "shop/api.py", "")),
    nodes=((-1, 0, 30), (0, 1, 200)),
    goodput_before=800.0,
    goodput_sampled=780.0,
)


def timeline_with(count: int, history_s: int | None = 60) -> Timeline:
    """A session in which targets were profiled so many times."""
    timeline = Timeline(history_s=history_s)
    *begun, ended = records(Shape(seconds=3))
    for record in begun:
        timeline.apply(record)
    for at in range(count):
        timeline.apply(ProfileBegan(float(at), 1.0, ("fastapi",)))
        assert timeline.snapshot(2.0).sampling is not None
        timeline.apply(Profiled(float(at), at + 1.0, 100, (FOUND,)))
        assert timeline.snapshot(2.0).sampling is None
    timeline.apply(ended)
    return timeline


def test_the_snapshot_has_the_newest_profiles() -> None:
    profiles = timeline_with(PROFILES_SHOWN + 2).final_snapshot().profiles
    assert [each.t_s for each in profiles] == [float(at) for at in range(2, PROFILES_SHOWN + 2)]
    assert len(timeline_with(PROFILES_SHOWN + 2, history_s=None).final_snapshot().profiles) == 10


def test_a_profile_that_the_end_cut_off_is_not_being_made_any_more() -> None:
    timeline = Timeline()
    *begun, ended = records(Shape(seconds=3))
    for record in (*begun, ProfileBegan(2.0, 5.0, ("fastapi",)), ended):
        timeline.apply(record)
    assert timeline.final_snapshot().sampling is None


def test_samples_and_cost_of_a_profile() -> None:
    assert FOUND.samples == 230
    assert FOUND.cost is not None
    assert round(FOUND.cost, 4) == 0.025
    assert replace(FOUND, goodput_before=None).cost is None


def test_sampled_seconds_count_for_no_target_and_leave_the_light_green(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a", warm_up_s=0.0) as recording:
        for tick in range(30):
            if tick == 10:
                recording.book.outages.begin(SAMPLED, 2.0).until_s = 3.9
            recording.tick(tick, sample(tick, ok_us=[1000]))
        timeline = recording.book.timeline
        assert [each.light for each in timeline.generator] == ["green"] * 2 + ["amber"] * 2 + ["green"] * 2
        assert timeline.generator[2].reasons == (
            "py-spy samples the targets: these seconds are in no summary",
        )
        assert [bucket.is_measured for bucket in timeline.targets["a"].buckets] == [
            *[True] * 2,
            *[False] * 2,
            *[True] * 2,
        ]
        assert timeline.review.light == "green"
        assert timeline.targets["a"].levels.changed_second == 1, "the level goes on"


def test_a_profile_is_read_back_from_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    profiled = Profiled(1.0, 2.0, 100, (FOUND, TargetProfile("b", trouble="denied", hint="allow it")))
    with journal.JournalWriter(path) as writer:
        for record in records(Shape(seconds=2)):
            writer.write(record)
        writer.write(profiled)
    assert list(journal.read(path))[-1] == profiled


@pytest.mark.parametrize(
    "nodes",
    [
        ((0, 0, 3),),
        ((-1, 0, 1), (2, 0, 1)),
        ((-1, 2, 3),),
        ((-1, -1, 3),),
        ((-2, 0, 3),),
        ((-1, 0, -3),),
        ((-1,),),
    ],
)
def test_a_call_tree_that_does_not_hang_together_is_damage(tmp_path: Path, nodes: tuple[Node, ...]) -> None:
    path = tmp_path / "journal.jsonl"
    with journal.JournalWriter(path) as writer:
        for record in records(Shape(seconds=2)):
            writer.write(record)
        writer.write(Profiled(1.0, 2.0, 100, (replace(FOUND, nodes=nodes),)))
    damage = Damage()
    assert not any(isinstance(each, Profiled) for each in journal.read(path, damage))
    assert damage.lines_unreadable == 1
