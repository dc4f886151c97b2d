"""What a session says of the nodes that its load workers run on; does nothing without a cluster.

Rules of this file:
- a lost node costs its share only: its workers are replaced on other nodes, or the load is lower and said to
  be, until one of the next tries succeeds;
- a clock that drifts is corrected, which no figure shows: it is said once, and again whenever the drift has
  doubled. A clock that jumps has put requests into the wrong second: those seconds do not count.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from engine.cluster.clock_offset import ClockOffset, time_text
from engine.cluster.clock_tracker import ClockChange
from engine.cluster.cluster import Cluster
from engine.hosting.supervision import NotAgainError, NotReplacedError
from engine.metrics.outages import CAME_BACK
from engine.metrics.records import NodesChanged
from engine.recording.recorder import Recorder
from engine.session.worker_pool import WorkerPool
from targets.errors import LoadError, in_a_line, reason_of

JUMP_S = 0.05
"""If more of a second's requests than 5 % may count in a neighbour, they do not count (rule M7)."""


class ClusterWatch:
    """Watches one session's cluster."""

    def __init__(self, cluster: Cluster | None, worker_pool: WorkerPool, recorder: Recorder) -> None:
        self._cluster = cluster
        self._worker_pool = worker_pool
        self._recorder = recorder
        self._lost_from: dict[int, str] = {}
        """By number of a worker that is being replaced or missing: the node that it was lost from."""
        self._at_first: dict[str, ClockOffset] = {}
        """By node: how far its clock was away when that was first said."""
        self._told_ns: dict[str, int] = {}
        """By node: the drift that was said last."""
        if cluster is not None:
            recorder.judge.places = cluster.places
            worker_pool.on_clock = self._clock_changed

    @property
    def vacant(self) -> list[int]:
        """The numbers of workers that are missing, and then of those that share a processor."""
        if self._cluster is None:
            return []
        missing, sharing = self._cluster.missing, self._cluster.sharing
        return [*sorted(missing), *sorted(sharing - missing)]

    def tell_clocks(self) -> None:
        """Records how far the nodes' clocks are from this machine's: of those of which that is not said
        yet."""
        if self._cluster is None:
            return
        for node, clock in self._clocks().items():
            if node not in self._at_first and clock.is_measured:
                self._at_first[node] = clock
                self._recorder.event("cluster", "", clock_text(node, clock))
        self.record_nodes()

    def record_nodes(self) -> None:
        """Records which nodes send now."""
        assert self._cluster is not None
        self._recorder.judge.sends_from_here = self._cluster.sends_from_here
        nodes = self._cluster.recorded(self._clocks())
        self._recorder.record(NodesChanged(len(self._cluster.sending), tuple(nodes)))

    def filled(self, number: int) -> None:
        """A worker with this number sends again."""
        assert self._cluster is not None
        self._cluster.missing.discard(number)
        self._lost_from.pop(number, None)
        self._tell_missing()

    def _tell_missing(self) -> str:
        assert self._cluster is not None
        text = missing_text(len(self._cluster.missing), self._cluster.workers)
        self._recorder.judge.lower_load = text
        return text

    @asynccontextmanager
    async def replacing(self, number: int) -> AsyncIterator[None]:
        """Around replacing a worker and giving it users. Raises NotReplacedError in place of LoadError and
        OSError if others go on sending, and NotAgainError if the connection to the cluster is lost."""
        if self._cluster is None:
            yield
            return
        lost = self._lost_from.setdefault(number, self._cluster.places[number])
        try:
            yield
        except (LoadError, OSError) as error:
            if (told := self._lose(number, not_started(error))) is error:
                raise
            raise told from error
        self.filled(number)
        where = await self._cluster.placed(number)
        shares = ", where it shares a processor" if number in self._cluster.sharing else ""
        self._recorder.event(
            "cluster", "", f"load worker {number} of node {lost} sends from node {where} now{shares}"
        )
        self.record_nodes()

    def let_go(self, number: int, error: LoadError) -> NotReplacedError | None:
        """A worker keeps ending: returns how the others go on without it; None if none does."""
        if self._cluster is None:
            return None
        told = self._lose(number, error)
        return told if isinstance(told, NotReplacedError) else None

    def _lose(self, number: int, error: LoadError) -> LoadError:
        """Notes that a worker is missing; returns what that means for the session, whose error it is."""
        assert self._cluster is not None
        is_new = number not in self._cluster.missing
        node = self._lost_from.setdefault(number, self._cluster.places[number])
        self._cluster.missing.add(number)
        text = self._tell_missing()
        if self._cluster.is_lost:
            return NotAgainError(error.what, why=error.why, hint=error.hint)
        if not self._cluster.sending:
            return error
        if is_new:
            self.record_nodes()
        what = f"load worker {number} of node {node} is not replaced: {text}"
        return NotReplacedError(what, why=in_a_line(error))

    @contextmanager
    def coming_back(self, number: int) -> Iterator[None]:
        """Around giving a worker its users: if it was missing, the load rises, and the second does not count.
        If it was not, that is part of its outage."""
        if self._cluster is None or number not in self._cluster.missing:
            yield
            return
        outage = self._recorder.outages.begin(CAME_BACK, self._recorder.now_s())
        try:
            yield
        finally:
            outage.end(self._recorder.now_s())

    def _clocks(self) -> dict[str, ClockOffset]:
        assert self._cluster is not None
        places, clocks = self._cluster.sending, self._worker_pool.clocks
        # Where one is being replaced, the clock that is known is the lost one's.
        known = [number for number in places if number not in self._lost_from]
        return clocks_by_node([places[number] for number in known], [clocks[number] for number in known])

    def _clock_changed(self, number: int, change: ClockChange) -> None:
        assert self._cluster is not None
        node, recorder = self._cluster.places[number], self._recorder
        if abs(change.by_ns) >= JUMP_S * 1e9:
            text = f"the clock of node {node} jumped by {time_text(change.by_ns, sign=True)}"
            recorder.outages.begin(text, recorder.session_s(change.since_ns)).end(recorder.now_s())
            recorder.event("trouble", "", f"{text}: it is corrected; the seconds until now do not count")
            self._at_first[node], self._told_ns[node] = change.now, 0
            self.record_nodes()
            return
        if node not in self._at_first:
            self.tell_clocks()
            return
        at_first = self._at_first[node]
        drift_ns = change.now.offset_ns - at_first.offset_ns
        if not change.now.agrees_with(at_first) and abs(drift_ns) >= 2 * abs(self._told_ns.get(node, 0)):
            self._told_ns[node] = drift_ns
            recorder.event("cluster", "", drift_text(node, drift_ns, change.now))
            self.record_nodes()


def not_started(error: LoadError | OSError) -> LoadError:
    """Why a load worker did not start; an OSError is this machine's, such as too many open files."""
    if isinstance(error, LoadError):
        return error
    return LoadError("a load worker did not start", why=reason_of(error))


def clocks_by_node(places: list[str], clocks: list[ClockOffset]) -> dict[str, ClockOffset]:
    """How far each node's clock is from this machine's, by the most exact of its workers."""
    by_node: dict[str, ClockOffset] = {}
    for place, clock in zip(places, clocks, strict=True):
        by_node[place] = by_node.get(place, ClockOffset()).better_of(clock)
    return by_node


def clock_text(node: str, clock: ClockOffset) -> str:
    """`node far: its clock is +2.40 ms ± 0.30 ms from this machine's`."""
    return f"node {node}: its clock is {clock} from this machine's"


def drift_text(node: str, drift_ns: int, now: ClockOffset) -> str:
    """Describes how far a clock has drifted since the start."""
    drift = time_text(drift_ns, sign=True)
    return (
        f"node {node}: its clock has drifted by {drift} since the start and is {now} from this machine's; "
        "its figures' times are corrected"
    )


def missing_text(missing: int, workers: int) -> str:
    """Describes a lower load: `1 of 4 load workers is missing, and so are its users`; empty if none is."""
    if missing == 0:
        return ""
    if missing == 1:
        return f"1 of {workers} load workers is missing, and so are its users"
    return f"{missing} of {workers} load workers are missing, and so are their users"
