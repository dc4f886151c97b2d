"""Goes through an access log line by line, and keeps only counts: memory is bounded. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.imports.clean import MAX_LISTED, clean, listed
from engine.imports.log.lines import LoggedRequest, request_of
from engine.imports.log.mix import Mix
from engine.imports.path_kinds import is_health_path, is_static_path

MAX_NAMES = 1000
"""Names of files, robots and hosts that are counted one by one."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
_ROBOT = re.compile(
    r"bot\b|crawl|spider|slurp|[A-Za-z]+bot|facebookexternalhit|preview|monitor", re.IGNORECASE
)
_PROBE = re.compile(
    r"kube-probe|ELB-HealthChecker|GoogleHC|Prometheus|Consul|UptimeRobot|Pingdom", re.IGNORECASE
)
_AS_200 = {206: 200, 304: 200}
"""What a plan's user, who has nothing of it yet, gets instead."""


@dataclass(slots=True)
class CountedNames:
    """Requests of one sort that are left out or noted: how many, and which."""

    count: int = 0
    names: Counter[str] = field(default_factory=Counter)
    first: int = 0
    """The line of the first one."""

    def add(self, name: str, line: int) -> None:
        """Counts one."""
        self.count += 1
        self.first = self.first or line
        if name in self.names or len(self.names) < MAX_NAMES:
            self.names[name] += 1

    @property
    def most(self) -> str:
        """The most frequent names."""
        names = [clean(name, 60) for name, _ in self.names.most_common()]
        return listed(names) if len(names) < MAX_NAMES else f"{', '.join(names[:MAX_LISTED])} and many more"


class LogReader:
    """Reads lines, one after another, and keeps only counts."""

    def __init__(self, *, include_static: bool = False, hosts: Sequence[str] = ()) -> None:
        """`hosts` are those whose requests are kept; empty: all."""
        self.include_static = include_static
        self._kept_hosts = {host.lower() for host in hosts}
        self.mix = Mix()
        self.lines = 0
        self.requests = 0
        self.bad, self.static, self.health, self.errors = (
            CountedNames(),
            CountedNames(),
            CountedNames(),
            CountedNames(),
        )
        self.robots, self.preflights, self.sockets = CountedNames(), CountedNames(), CountedNames()
        self.hosts, self.elsewhere = CountedNames(), CountedNames()
        self.first_time = self.last_time = ""

    def read(self, line: bytes) -> None:
        """Counts one line."""
        self.lines += 1
        if not line.strip() or line.startswith(b"#"):
            return
        request = request_of(line)
        if request is None:
            self.bad.add(line[:200].decode("utf-8", "replace"), self.lines)
            return
        self.requests += 1
        self.first_time = self.first_time or request.time
        self.last_time = request.time or self.last_time
        if self._kept_hosts and self._kept_hosts.isdisjoint(_names_of(request.host)):
            self.elsewhere.add(request.host or "without a host", self.lines)
            return
        if request.host:
            self.hosts.add(request.host, self.lines)
        if (left := self._left_out(request)) is not None:
            left.add(request.target.partition("?")[0], self.lines)
            return
        if robot := _ROBOT.search(request.agent):
            self.robots.add(robot[0], self.lines)
        status = _AS_200.get(request.status, request.status)
        self.mix.add(request.method, request.target, status, f"line {self.lines}")

    def _left_out(self, request: LoggedRequest) -> CountedNames | None:
        path = request.target.partition("?")[0]
        if is_health_path(path) or _PROBE.search(request.agent):
            return self.health
        if request.status >= 400:
            return self.errors
        if request.status < 200:
            return self.sockets
        if request.method == "OPTIONS":
            return self.preflights
        if not self.include_static and request.method in SAFE and is_static_path(path):
            return self.static
        return None


def _names_of(host: str) -> set[str]:
    """What people call a host: with its port, or without."""
    host = host.lower()
    return {host, host.rpartition(":")[0] or host}
