"""A lost node costs its share only, and it is said what became of its users."""

import errno
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.cluster.clock_offset import ClockOffset
from engine.cluster.clock_tracker import ClockChange
from engine.hosting.supervision import NotAgainError, NotReplacedError
from engine.metrics.outages import CAME_BACK, Outages
from engine.metrics.records import NodesChanged
from engine.session.cluster_watch import ClusterWatch, clock_text, clocks_by_node, drift_text, missing_text
from targets.errors import LoadError
from tests.support.far_workers import FakeCluster

pytestmark = pytest.mark.anyio


MS = 1_000_000


class FakeRecorder:
    """Keeps what is recorded; session time is set by hand."""

    def __init__(self) -> None:
        self.judge = SimpleNamespace(places=(), lower_load="", sends_from_here=True)
        self.outages = Outages()
        self.events: list[str] = []
        self.records: list[Any] = []
        self.time_s = 10.0

    def event(self, _kind: str, _target: str, text: str) -> None:
        self.events.append(text)

    def record(self, record: Any) -> None:
        self.records.append(record)

    def now_s(self) -> float:
        return self.time_s

    def session_s(self, at_ns: int) -> float:
        return at_ns / 1e9


def watch_of(places: list[str], sharing: set[int] | None = None) -> tuple[ClusterWatch, FakeRecorder, Any]:
    """A watch over fakes, the recorder that it talks to, and the pool whose clocks it asks for."""
    recorder, cluster = FakeRecorder(), FakeCluster(places, sharing or set())
    pool = SimpleNamespace(clocks=[ClockOffset(0, MS // 10)] * len(places), on_clock=None, cluster=cluster)
    watch = ClusterWatch(cast("Any", cluster), cast("Any", pool), cast("Any", recorder))
    return watch, recorder, pool


async def test_a_worker_that_moves_is_said_with_both_nodes() -> None:
    places = ["box", "far"]
    watch, recorder, _ = watch_of(places, sharing={1})
    async with watch.replacing(1):
        places[1] = "box"
    assert recorder.events == [
        "load worker 1 of node far sends from node box now, where it shares a processor"
    ]


def test_the_ceiling_of_this_machine_is_that_of_its_own_workers() -> None:
    for places, is_here in ((["box", "box"], True), (["box", "far"], False)):
        watch, recorder, _ = watch_of(places)
        watch.tell_clocks()
        assert recorder.judge.sends_from_here == is_here


async def test_a_worker_that_is_not_replaced_lowers_the_load() -> None:
    watch, recorder, _ = watch_of(["box", "far"])
    with pytest.raises(NotReplacedError) as raised:
        async with watch.replacing(1):
            raise LoadError("a load worker did not start", why="no processor was free in time")
    assert raised.value.what == (
        "load worker 1 of node far is not replaced: 1 of 2 load workers is missing, and so are its users"
    )
    assert recorder.judge.lower_load == "1 of 2 load workers is missing, and so are its users"
    assert watch.vacant == [1]
    watch.filled(1)
    assert recorder.judge.lower_load == ""
    assert watch.vacant == []


def test_what_is_missing_is_filled_before_what_shares() -> None:
    watch, _, pool = watch_of(["box", "far", "box"], sharing={1, 2})
    pool.cluster.missing.add(1)
    assert watch.vacant == [1, 2]


def test_a_clock_that_drifts_is_said_once_and_again_when_it_has_doubled() -> None:
    watch, recorder, pool = watch_of(["box", "far"])
    watch.tell_clocks()
    assert len(recorder.events) == 2
    watch.tell_clocks()
    assert len(recorder.events) == 2, "it is known"
    for drift_ms in (0.15, 0.25, 0.3, 0.4, 0.51, 0.6):
        now = ClockOffset(round(drift_ms * MS), MS // 10)
        pool.clocks[1] = now
        pool.on_clock(1, ClockChange(now, round(0.1 * MS), 0))
    assert recorder.events[2:] == [
        f"node far: its clock has drifted by +{drift} ms since the start and is +{drift} ms ± 0.10 ms "
        "from this machine's; its figures' times are corrected"
        for drift in ("0.25", "0.51")
    ]
    assert isinstance(recorder.records[-1], NodesChanged)
    assert recorder.records[-1].nodes[1] == {"name": "far", "clock": "+0.51 ms ± 0.10 ms"}
    assert recorder.outages.of(9) == ()


def test_drift_counts_from_the_first_measurement() -> None:
    watch, recorder, pool = watch_of(["box", "far"])
    pool.clocks[1] = ClockOffset()
    watch.tell_clocks()
    assert [text.partition(":")[0] for text in recorder.events] == ["node box"]
    for now_ms in (1, 2):
        pool.clocks[1] = ClockOffset(now_ms * MS, MS // 10)
        pool.on_clock(1, ClockChange(pool.clocks[1], MS, 0))
    assert recorder.events[1:] == [
        "node far: its clock is +1.00 ms ± 0.10 ms from this machine's",
        drift_text("far", MS, ClockOffset(2 * MS, MS // 10)),
    ]


def test_a_clock_that_jumps_spoils_the_seconds_since_it_was_right() -> None:
    watch, recorder, pool = watch_of(["box", "far"])
    watch.tell_clocks()
    pool.on_clock(1, ClockChange(ClockOffset(-300 * MS, MS // 10), -300 * MS, 8_900_000_000))
    text = "the clock of node far jumped by -300.00 ms"
    assert recorder.events[-1] == f"{text}: it is corrected; the seconds until now do not count"
    assert [recorder.outages.of(second) for second in (7, 8, 9, 10)] == [(), (text,), (text,), ()]


async def test_with_no_worker_left_the_session_fails() -> None:
    watch, _, _ = watch_of(["box", "far"])
    with pytest.raises(NotReplacedError):
        async with watch.replacing(0):
            raise LoadError("it did not start")
    with pytest.raises(LoadError, match="it did not start") as raised:
        async with watch.replacing(1):
            raise LoadError("it did not start")
    assert not isinstance(raised.value, NotReplacedError)


async def test_a_worker_that_comes_back_later_is_said_with_the_node_that_it_was_lost_from() -> None:
    places = ["box", "far"]
    watch, recorder, _ = watch_of(places)

    def not_started() -> LoadError:
        places[1] = "third"  # where it was tried
        return LoadError("it did not start")

    for _ in range(2):
        with pytest.raises(NotReplacedError):
            async with watch.replacing(1):
                raise not_started()
    assert [record.load_workers for record in recorder.records] == [1], "that is recorded once"
    assert [node["name"] for node in recorder.records[0].nodes] == ["box"], "the clock was another node's"
    assert recorder.judge.lower_load
    assert recorder.events == []
    async with watch.replacing(1):
        assert recorder.judge.lower_load, "it has no users yet"
        with watch.coming_back(1):
            recorder.time_s = 12.5
        assert [recorder.outages.of(second) for second in (9, 10, 12, 13)] == [(), *[(CAME_BACK,)] * 2, ()]
    assert recorder.judge.lower_load == ""
    assert watch.vacant == []
    assert recorder.events == ["load worker 1 of node far sends from node third now"]
    assert [record.load_workers for record in recorder.records] == [1, 2]


async def test_the_clock_of_a_worker_that_is_being_replaced_is_not_that_of_its_next_node() -> None:
    places = ["box", "far"]
    watch, recorder, _ = watch_of(places)
    async with watch.replacing(1):
        places[1] = "third"
        watch.tell_clocks()
        assert [text.partition(":")[0] for text in recorder.events] == ["node box"]


async def test_the_users_of_a_worker_that_was_not_missing_come_back_within_its_own_outage() -> None:
    watch, recorder, _ = watch_of(["box", "far"])
    with watch.coming_back(1):
        pass
    assert recorder.outages.of(10) == ()


async def test_once_the_connection_is_lost_nothing_is_tried_again() -> None:
    watch, _, pool = watch_of(["box", "far", "far"])
    pool.cluster.is_lost = True
    with pytest.raises(NotAgainError, match="it did not start"):
        async with watch.replacing(1):
            raise LoadError("it did not start")


def test_a_worker_that_keeps_ending_costs_its_share_only() -> None:
    watch, recorder, _ = watch_of(["box", "far"])
    error = LoadError("load worker 1 keeps ending", why="killed by SIGKILL")
    told = watch.let_go(1, error)
    assert told is not None
    text = "1 of 2 load workers is missing, and so are its users"
    assert told.what == f"load worker 1 of node far is not replaced: {text}"
    assert told.why == "load worker 1 keeps ending: killed by SIGKILL"
    assert recorder.judge.lower_load == text
    assert watch.let_go(0, error) is None, "none is left"
    assert recorder.judge.lower_load == "2 of 2 load workers are missing, and so are their users"


async def test_without_a_cluster_nothing_is_said() -> None:
    watch = ClusterWatch(None, cast("Any", None), cast("Any", None))
    watch.tell_clocks()
    with pytest.raises(LoadError):
        async with watch.replacing(0):
            raise LoadError("it did not start")
    with watch.coming_back(0):
        assert watch.vacant == []
    assert watch.let_go(0, LoadError("it keeps ending")) is None


def test_a_nodes_clock_is_told_once_by_its_most_exact_worker() -> None:
    clocks = [ClockOffset(2_000_000, 900_000), ClockOffset(-5, 100_000), ClockOffset(2_400_000, 300_000)]
    assert clocks_by_node(["far", "box", "far"], clocks) == {"far": clocks[2], "box": clocks[1]}
    assert clock_text("far", clocks[2]) == "node far: its clock is +2.40 ms ± 0.30 ms from this machine's"
    assert missing_text(2, 5) == "2 of 5 load workers are missing, and so are their users"


async def test_a_machine_without_sockets_costs_the_worker_only() -> None:
    watch, recorder, _ = watch_of(["box", "far"])
    with pytest.raises(NotReplacedError) as raised:
        async with watch.replacing(1):
            raise OSError(errno.EMFILE, "Too many open files")
    assert raised.value.why == "a load worker did not start: Too many open files"
    assert recorder.judge.lower_load == "1 of 2 load workers is missing, and so are its users"
    with pytest.raises(LoadError, match="a load worker did not start") as none_left:
        async with watch.replacing(0):
            raise OSError(errno.EMFILE, "Too many open files")
    assert not isinstance(none_left.value, NotReplacedError)
    assert none_left.value.why == "Too many open files"
