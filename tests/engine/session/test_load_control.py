"""Stages of several targets are moved at one moment, whatever happens while the orders are sent."""

import math
from pathlib import Path
from time import monotonic_ns
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from engine.hosting.target_instance import TargetInstance
from engine.hosting.target_state import State
from engine.metrics.records import Event, LoadChanged, StageMoved, Steered
from engine.plan.plan import Plan, make_plan
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.messages import AddTarget, RemoveTarget
from engine.protocol.next_stage import put_off_s
from engine.session.load_control import LoadControl
from targets.errors import UsageError
from tests.support.recording import Recording, plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.hosting.manager import TargetManager
    from engine.session.worker_pool import WorkerPool

pytestmark = pytest.mark.anyio
STAGES = (Stage(2, 100.0), Stage(4, 1000.0))
PLAN = plan("fastapi")


class Orders:
    """Takes a worker pool's orders, each of which may take time."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def send(self, order: Any, _worker: int | None = None) -> None:
        """Takes one."""
        self.sent.append(order)
        self.meanwhile()


class Load(Recording):
    """Two targets that take load since these session times, 50 s after the session's beginning."""

    def __init__(self, path: Path, plan: Plan = PLAN, /, **began_s: float) -> None:
        super().__init__(path, *began_s)
        self.orders = Orders()
        self._plan = plan
        self._began_s = began_s

    def __enter__(self) -> Self:
        super().__enter__()
        instances = {name: SimpleNamespace(takes_load=True) for name in self._began_s}
        self.control = LoadControl(
            self._plan,
            worker_pool=cast("WorkerPool", self.orders),
            manager=cast("TargetManager", SimpleNamespace(instances=instances)),
            recorder=self.book,
        )
        for name, began_s in self._began_s.items():
            self.control.steerings[name] = Steering(STAGES, began_s)
        self.set_clock(50.0)
        return self

    def set_clock(self, now_s: float) -> None:
        """It is that late in the session."""
        self.book.start_clock(monotonic_ns() - int(now_s * 1e9))


async def test_the_last_stage_may_begin_while_its_users_are_changed(tmp_path: Path) -> None:
    with Load(tmp_path / "journal", a=0.0, b=0.0) as load:
        load.orders.meanwhile = lambda: load.set_clock(101.0)
        await load.control.change_next_users(3)
        steered = [each for each in load.records() if isinstance(each, Steered)][-2:]
        events = [each.text for each in load.records() if isinstance(each, Event)]
        changes = [each.text for each in load.book.timeline.by_hand]
        with pytest.raises(UsageError, match="the next stage cannot be moved"):
            await load.control.change_next_users(3)
    assert [[stage.users for stage in each.steering.stages] for each in steered] == [[2, 7], [2, 7]]
    assert [each.target for each in load.orders.sent] == ["a", "b"]
    assert len({each.t_s for each in steered}) == 1
    assert events == ["next stage: 4 → 7 users (manual)"]
    assert changes == ["next stage: 4 → 7 users"]


async def test_changes_by_hand_are_those_of_the_result(tmp_path: Path) -> None:
    with Load(tmp_path / "journal", a=0.0, b=0.0) as load:
        for change in (lambda _: 3, lambda _: 4, lambda _: 13):
            await load.control.steer(None, change)
        await load.control.pause("a")
        await load.control.resume("a")
        await load.control.hand_back(None)
        await load.control.set_think_time(None, "1 s")
        changes = [(each.target, each.text) for each in load.book.timeline.snapshot(60.0).by_hand]
    assert changes == [
        ("", "users 1 → 13"),
        ("a", "paused"),
        ("a", "resumed"),
        ("", "under the plan's control again"),
        ("", "think time 1 s"),
    ]


async def test_think_times_of_steps_are_those_of_their_workload_only(tmp_path: Path) -> None:
    values = {
        "title": "Paced",
        "targets": ["fastapi"],
        "step": [{"path": "/a", "think_time": "3 s"}],
        "stages": [{"users": 2, "hold": "20 s"}],
    }
    with Load(tmp_path / "journal", make_plan(values, where="test")) as load:
        for workload in ("hello", "own"):
            await load.control.set_workload(workload)
        changes = [each for each in load.records() if isinstance(each, LoadChanged)]
    assert [(each.think_time, each.think_time_mean_s) for each in changes] == [
        ("none", 0.0),
        ("by step, 3 s on average", 3.0),
    ]


async def test_a_target_that_is_removed_meanwhile_gets_no_order(tmp_path: Path) -> None:
    with Load(tmp_path / "journal", a=0.0, b=0.0) as load:
        load.orders.meanwhile = lambda: load.control.forget("b")
        await load.control.move_next_stage(-5.0)
    assert [each.target for each in load.orders.sent] == ["a"]


@pytest.mark.parametrize("began_s", [{"a": 0.0, "b": 30.0}, {"a": 30.0, "b": 0.0}])
async def test_the_session_is_long_enough_for_the_target_that_moved_least(
    tmp_path: Path, began_s: dict[str, float]
) -> None:
    """One that joined later has more of its stage left, and so jumps further."""
    with Load(tmp_path / "journal", **began_s) as load:
        before = dict(load.control.steerings)
        await load.control.move_next_stage(-math.inf)
        shifts = [put_off_s(before[name], load.control.steerings[name]) for name in before]
        (moved,) = [each for each in load.records() if isinstance(each, StageMoved)]
        saved_s = load.book.timeline.saved_s
    assert min(shifts) == pytest.approx(max(shifts) - 30.0)
    assert moved.by_s == max(shifts) == -saved_s


async def test_a_target_that_ends_while_its_users_are_sent_for_has_none_afterwards(tmp_path: Path) -> None:
    """The order that ends them may have come first at some workers. Others come and go meanwhile."""
    with Load(tmp_path / "journal", a=0.0) as load:
        address = SimpleNamespace(host="127.0.0.1", port=1, url="http://127.0.0.1:1")
        ending = TargetInstance(
            cast("Any", SimpleNamespace(choice=PLAN.targets[0])),
            0,
            cast("Any", SimpleNamespace(address=address)),
        )
        ending.life = State.READY
        instances = load.control._manager.instances
        instances["a"] = ending

        def end() -> None:
            ending.life = State.DIED
            instances["b"] = ending

        load.orders.meanwhile = end
        await load.control.reload()
    assert [type(each) for each in load.orders.sent] == [AddTarget, RemoveTarget]
