"""Gives load workers on processors that have become free a share of the users, at the next change of load.

A node has joined, or a lost one is back: the cluster offers a processor, and its load worker starts at once.
When the number of users is about to change anyway, all users leave, and come back dealt to all workers.

Rules of this file:
- between the two no user is left, so that no row of a data file and no number belongs to two; the seconds
  count for no target;
- what it waited for may have overtaken it: it looks again whether this is the moment;
- a spare worker takes the place of one that is missing, or that shares a processor, before the workers become
  more.
"""

from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup

from engine.cluster.cluster import Cluster
from engine.cluster.worker_socket import WorkerSocket
from engine.metrics.outages import DEALT_ANEW
from engine.recording.recorder import Recorder
from engine.session.cluster_watch import ClusterWatch, not_started
from engine.session.load_control import LoadControl
from engine.session.worker_pool import WorkerPool
from targets.errors import LoadError, in_a_line

Note = Callable[[int], None]
"""Told the number of a worker."""
GRACE_S = 2.0
"""How long requests in flight may take before users are dealt anew."""


class SpareWorkers:
    """One session's spare load workers; there are none without a cluster."""

    def __init__(
        self,
        cluster: Cluster | None,
        worker_pool: WorkerPool,
        load: LoadControl,
        watch: ClusterWatch,
        recorder: Recorder,
        group: TaskGroup,
    ) -> None:
        self.leave: Note = lambda _: None
        """Called before the worker with this number, if there is one, is replaced by a spare one."""
        self.join: Note = lambda _: None
        """Called once a spare worker has this number and the session's clock."""
        self._cluster = cluster
        self._worker_pool = worker_pool
        self._load = load
        self._watch = watch
        self._recorder = recorder
        self._group = group
        self._links: list[WorkerSocket] = []
        self._told: set[str] = set()
        """Why load workers did not start, since one did."""
        self._users: dict[str, int] = {}
        """By target: how many were asked for when it last looked."""
        self._has_changed = False
        """These were others than at the look before."""
        self._dealing: anyio.CancelScope | None = None
        self._is_closed = False

    async def serve(self) -> None:
        """Starts a load worker on each processor that the cluster offers."""
        if self._cluster is None:
            return
        while not self._is_closed:
            news = await self._cluster.news.get()
            if news.text:
                self._recorder.event("cluster", "", news.text)
            if news.is_offer:
                await self._start(self._cluster)

    async def _start(self, cluster: Cluster) -> None:
        try:
            link = await self._take_in(cluster)
        except (LoadError, OSError) as error:
            text = f"a free processor is not used: {in_a_line(not_started(error))}"
            if text not in self._told:  # it is offered again
                self._recorder.event("cluster", "", text)
            self._told.add(text)
            return
        self._told.clear()
        self._links.append(link)
        text = "its load worker gets a share of the users at the next change of load"
        self._recorder.event("cluster", "", f"node {link.node} has a free processor: {text}")

    async def _take_in(self, cluster: Cluster) -> WorkerSocket:
        """Raises LoadError, or OSError if there is no socket for it."""
        link = await cluster.connect_spare()
        try:
            await self._worker_pool.add_spare(link)
        except LoadError:
            link.kill()
            raise
        return link

    def look(self) -> None:
        """Deals the users anew if there are spare workers and the load has just changed. Called at each
        tick."""
        if self._cluster is None:
            return
        users, before = self._load.users_wanted(), self._users
        self._users = users
        self._has_changed = any(before[name] != users[name] for name in before.keys() & users.keys())
        if self._dealing is None and self._is_moment:
            self._dealing = anyio.CancelScope()
            self._group.start_soon(self._deal, self._dealing)

    @property
    def _is_moment(self) -> bool:
        """Whether users can be dealt now: there are spare workers, the load changes anyway, and no worker is
        being replaced, say."""
        if self._load.is_duel or self._worker_pool.replacements > 0 or self._is_closed:
            return False
        return self._has_changed and bool(self._worker_pool.spares)

    def close(self) -> None:
        """Deals no more: the session ends."""
        self._is_closed = True
        if self._dealing is not None:
            self._dealing.cancel()

    async def _deal(self, scope: anyio.CancelScope) -> None:
        with scope:
            async with self._load.changing, self._worker_pool.dealing:
                if self._is_moment:
                    await self._redistribute()
        self._dealing = None

    async def _redistribute(self) -> None:
        assert self._cluster is not None
        if not self._vacancies(self._cluster):
            return
        outage = self._recorder.outages.begin(DEALT_ANEW, self._recorder.now_s())
        try:
            for name in list(self._load.steerings):  # also of a target that is about to lose its users
                await self._load.drop_load(name, GRACE_S)
            await self._worker_pool.no_users()
            numbers = await self._assign_numbers(self._cluster)
            await self._worker_pool.redistribute(self._recorder.now_s())
            for number in numbers:
                self.join(number)
            await self._load.reload()
        finally:
            outage.end(self._recorder.now_s())
        self._recorder.event("cluster", "", f"users now run on {self._cluster.text}")
        self._watch.tell_clocks()

    async def _assign_numbers(self, cluster: Cluster) -> list[int]:
        """Gives spare workers their numbers, which it returns; one may have ended while users left."""
        numbers: list[int] = []
        while vacancies := self._vacancies(cluster):
            number, link = vacancies[0], self._links.pop(0)
            self.leave(number)
            await self._worker_pool.assign_number(link, number)
            cluster.assign_number(link, number)
            self._watch.filled(number)
            numbers.append(number)
        return numbers

    def _vacancies(self, cluster: Cluster) -> list[int]:
        """The numbers that spare workers would get, of those that still run."""
        spares = self._worker_pool.spares
        self._links = [link for link in self._links if link in spares]
        new = range(cluster.workers, cluster.workers + len(self._links)) if cluster.takes_all else ()
        return [*self._watch.vacant, *new][: len(self._links)]
