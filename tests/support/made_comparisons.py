"""Comparisons of made runs: of searches for capacity, and of profiles."""

from dataclasses import replace

from engine.answers.hints import Hint
from engine.comparison.comparison import Comparison, Side, compared
from engine.comparison.subjects import Run, run_of
from engine.metrics.profiles import Frame, Profiled, TargetProfile
from engine.metrics.timeline import Timeline
from tests.support.made_profiles import FRAMEWORK, SERVER, VIEW, target_profile
from tests.support.made_searches import MadeSearch, search_records
from tests.support.made_sessions import Shape, records

SIZED = MadeSearch(capacity={"for_users": 5000, "price_per_core_hour": 0.04})
QUEUE = Hint("queue", "fastapi", "fastapi has 8 threads and 20 users", (("users", 20.0),))
SLOW = Frame("slow <view>", "shop/api.py", "")
BEFORE = target_profile("fastapi", {(SERVER,): 200, (SERVER, FRAMEWORK): 150, (SERVER, VIEW): 50})
AFTER = target_profile("fastapi", {(SERVER,): 200, (SERVER, FRAMEWORK): 150, (SERVER, SLOW): 450})


def searched(of: MadeSearch = SIZED, session_id: str = "a") -> Run:
    """The run of a made search."""
    timeline = Timeline(history_s=None)
    for record in search_records(of):
        timeline.apply(record)
    return replace(run_of(timeline, "interrupted", None), id=session_id)


def profiled(*targets: TargetProfile, session_id: str = "a", hints: tuple[Hint, ...] = ()) -> Run:
    """A run of one target with a profile, if there are any, and these hints."""
    timeline = Timeline(history_s=None)
    *begun, ended = records(Shape(seconds=30, session_id=session_id, targets=("fastapi",)))
    for record in [*begun, *([Profiled(10.0, 15.0, 100, targets)] if targets else []), ended]:
        timeline.apply(record)
    return replace(run_of(timeline, "interrupted", None), hints=hints)


def both(a: Run, b: Run) -> Comparison:
    """Two runs with all of their targets."""
    return compared(Side(a, a.subjects), Side(b, b.subjects))
