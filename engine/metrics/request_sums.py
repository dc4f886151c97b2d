"""Sums of the results of requests, by name. Pure.

Rules of this file:
- a result is added once, to the sums of its request's name; totals over all names are computed on demand;
- sums over successive stretches of time can be added up, in their order, which decides on examples only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.protocol.histogram import Histogram
from engine.protocol.tick_stats import RequestTickStats


@dataclass(slots=True)
class RequestSums:
    """The results of the requests of one name."""

    ok: Histogram = field(default_factory=Histogram)
    """Latencies of successful requests; in the open model response times."""
    failed: int = 0
    failed_latencies: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    """In the open model: service times of the successful requests."""
    first_byte: Histogram = field(default_factory=Histogram)
    """Of successful streams."""
    first_token: Histogram = field(default_factory=Histogram)
    """Of successful streams."""
    tokens: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    """Failures by kind."""
    examples: dict[str, str] = field(default_factory=dict)
    """Details of the first failure, for kinds that have them."""
    given_up: Histogram = field(default_factory=Histogram)
    """Ages of requests that were given up by users who left; they are among the cancelled."""
    redirects: Histogram = field(default_factory=Histogram)
    """Redirects that were followed: how long each took."""

    @property
    def ended(self) -> int:
        """Requests that ended: ok and failed."""
        return self.ok.count + self.failed

    def add_requests(self, stats: RequestTickStats) -> None:
        """Adds the results of some of its requests."""
        self.ok.add(stats.ok)
        self.failed += sum(stats.errors.values())
        self.failed_latencies.add(stats.failed)
        self.service.add(stats.service)
        self.first_byte.add(stats.first_byte)
        self.first_token.add(stats.first_token)
        self.tokens += stats.tokens
        self.given_up.add(stats.given_up)
        self.redirects.add(stats.redirects)
        self._note(stats.errors, stats.examples)

    def add_sums(self, later: "RequestSums") -> None:
        """Adds the results of a later stretch of time."""
        self.ok.add(later.ok)
        self.failed += later.failed
        self.failed_latencies.add(later.failed_latencies)
        self.service.add(later.service)
        self.first_byte.add(later.first_byte)
        self.first_token.add(later.first_token)
        self.tokens += later.tokens
        self.given_up.add(later.given_up)
        self.redirects.add(later.redirects)
        self._note(later.errors, later.examples)

    def _note(self, errors: Mapping[str, int], examples: Mapping[str, str]) -> None:
        for kind, count in errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count
        for kind, example in examples.items():
            self.examples.setdefault(kind, example)


class SumsByName(dict[str, RequestSums]):
    """The results of all requests of one target, by name."""

    __slots__ = ()

    @classmethod
    def of(cls, parts: Iterable["SumsByName"]) -> "SumsByName":
        """The sums of successive stretches of time."""
        result = cls()
        for part in parts:
            result.add_sums(part)
        return result

    def add_requests(self, requests: Mapping[str, RequestTickStats]) -> None:
        """Adds what came of some requests."""
        for name, stats in requests.items():
            if name not in self:
                self[name] = RequestSums()
            self[name].add_requests(stats)

    def add_sums(self, later: "SumsByName") -> None:
        """Adds what came of the requests of a later stretch of time."""
        for name, sums in later.items():
            if name not in self:
                self[name] = RequestSums()
            self[name].add_sums(sums)

    def total(self) -> RequestSums:
        """The results of all names; of a single name its own sums, which go on growing."""
        if len(self) == 1:
            return next(iter(self.values()))
        total = RequestSums()
        for sums in self.values():
            total.add_sums(sums)
        return total
