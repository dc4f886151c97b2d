"""Figures over a window, a level of load or a whole run: how a target performed. Data only.

`engine.metrics.figures` computes them; they are parts of a snapshot and of a result.
Latencies cover successful requests except where noted.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A percentile and the window it needed."""

    value_ms: float | None
    """None until there are enough samples for it (M4)."""
    window_s: float
    """How long the window is that it was taken from."""
    widened: bool
    """Whether that window is longer than the one asked for."""
    low_ms: float | None = None
    """The lower end of its 95 % interval, by ranks (M4)."""
    high_ms: float | None = None


@dataclass(frozen=True, slots=True)
class LinkStats:
    """Connections and bytes over a window."""

    connects: int = 0
    """New connections that were made."""
    connect_share: float = 0.0
    """Of the requests that were started."""
    connect_p50_ms: float | None = None
    """How long one took to make; None while there are too few."""
    connect_p95_ms: float | None = None
    reconnects: int = 0
    """Requests that were sent again on a new connection because their reused one had been closed."""
    bytes_in_per_s: float = 0.0
    bytes_out_per_s: float = 0.0
    connects_matter: bool = False
    """Whether making them shows in the latencies (`engine.metrics.figures.connects_matter`)."""


@dataclass(frozen=True, slots=True)
class ArrivalStats:
    """What the open model adds: arrivals, and service times in addition to the window's response times."""

    due: int
    """Arrivals that were due in the window."""
    per_s: float
    begun: int
    """Arrivals whose first request was sent."""
    dropped: int
    """Arrivals that could not start because the maximum number of users was busy."""
    waiting: int
    """Arrivals that were due and had not begun at the window's end."""
    service_p50: Figure
    """Service times count from the sending, response times from the intended start."""
    service_p95: Figure
    service_p99: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigures:
    """Figures of requests over a stretch of time, including those that were never answered."""

    requests: int
    """Requests that ended: ok + failed."""
    ok: int
    failed: int
    unanswered: int = 0
    """Requests that were open at the end for longer than the p99 (`engine.metrics.unanswered`), and those
    that a user who left gave up after as long (M5)."""
    goodput: float
    """Successful requests per second."""
    rps: float
    """Requests per second, successful or not."""
    error_rate: float
    """(failed + unanswered) / (ok + failed + unanswered), 0 to 1."""
    error_interval: tuple[float, float] | None = None
    """The 95 % interval of the error rate (Wilson); None if there were no requests."""
    errors: tuple[tuple[str, int], ...] = ()
    """Failures by kind, most first."""
    p50: Figure
    p95: Figure
    p99: Figure
    mean_ms: float | None = None
    max_ms: float | None = None
    """The longest latency; None if no request succeeded."""
    first_byte_p50: Figure = Figure(None, 0.0, widened=False)
    """Times to the first byte of successful streams."""
    first_byte_p95: Figure = Figure(None, 0.0, widened=False)
    tokens: int = 0
    """Events and messages of streams, whether the stream succeeded or not."""
    tokens_per_s: float = 0.0
    redirects: int = 0
    """Redirects that were followed on the way to a response; each is a part of its request's latency."""
    redirect_p50: Figure = Figure(None, 0.0, widened=False)
    """How long a redirect took to arrive."""
    redirect_p95: Figure = Figure(None, 0.0, widened=False)

    @property
    def bad(self) -> int:
        """Requests that failed or were never answered."""
        return self.failed + self.unanswered

    @property
    def asked(self) -> int:
        """Requests that ended or were never answered: what the error rate is a share of."""
        return self.requests + self.unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStats(RequestFigures):
    """One named request's figures over all measured seconds."""

    name: str
    examples: tuple[tuple[str, str], ...]
    """By kind, details of the first failure, for kinds that have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStats(RequestFigures):
    """One target's figures over a window of complete ticks."""

    seconds: float
    """The window's length; shorter than asked for at the beginning."""
    attainment: float | None = None
    """The share of all requests that succeeded within the SLO's limit; None without an SLO or requests."""
    links: LinkStats = LinkStats()
    arrivals: ArrivalStats | None = None
    """None in the closed model."""
    oldest_unanswered_ms: float | None = None
    """How long the oldest unanswered request had been open; None if there is none."""
    cancelled: int = 0
    """Requests that abreast itself ended or could not send, other than unanswered ones."""
    in_flight: int = 0
    """Requests that were open at the window's end, other than unanswered ones."""
    stalled_s: float = 0.0
    """At the window's end: for how long nothing had got a response, if requests are unanswered; else 0."""


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """What one target used over the seconds that figures cover; None if there was no reading."""

    cpu_mean_pct: float | None = None
    """Of one core: 100 is one core busy."""
    cpu_max_pct: float | None = None
    memory_mean_mb: float | None = None
    memory_max_mb: float | None = None
    throttled_mean_pct: float | None = None
    """Of scheduling periods in which its CPU limit made it wait; None without such a limit."""
    cpu_limit_pct: float | None = None
    """The last of these seconds' CPU limit, of one core; None without one, as the next."""
    memory_limit_mb: float | None = None


@dataclass(frozen=True, slots=True)
class StretchStats:
    """What a stretch under constant load shows second by second, settled or not."""

    wanted: int
    """Users; in the open model arrivals per second."""
    planned: int | None
    """The number, from 0, of the planned stage that it began in; None if that is not known."""
    seconds: int
    """How many it covers, without the first ones."""
    peak_rps: float
    """Requests that ended in the busiest second."""
    health_unanswered: int | None
    """Seconds in which `/health` failed, or had no answer for a second or longer; None if not asked."""
    health_max_ms: float | None
    """How long `/health` took, or was waited for, at most; None if it was not asked."""
    is_steered: bool = False
    """A person changed the load during it, so that it is not compared."""


@dataclass(frozen=True, slots=True)
class LateBounds:
    """By how much a level's latencies may be too high at most, and what else is wrong with its figures."""

    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    mean_ms: float = 0.0
    max_ms: float = 0.0
    """The latest that a response may have been timed."""
    read_ms: float = 0.0
    """How late responses were read, on average: it held users up, even where it lengthened no latency."""
    sent_ms: float = 0.0
    """By how much requests were sent too late beyond that, on average."""
    distrust: str = ""
    """Why its figures cannot be trusted at all, in words; empty if they can."""


@dataclass(frozen=True, slots=True)
class LevelStats:
    """One target's figures at one level of load, once the target had settled there."""

    wanted: int
    """Users; in the open model arrivals per second."""
    stats: WindowStats
    usage: ResourceUsage
    """What it used while it was settled there."""
    mean_interval: tuple[float, float] | None = None
    """The 95 % interval of the mean latency in milliseconds; None with fewer than two successful requests."""
    number: int = 0
    """The level's number in the plan, from 1; 0 if it is none of the plan's."""
    repetition: int = 0
    """Which time the plan's levels were run, from 1; 0 if it is none of the plan's."""
    is_steered: bool = False
    """A person changed the load during it, so that it is not compared."""
    planned: int | None = None
    """The number, from 0, of the planned stage that it was settled in; None if that is not known."""
    late: LateBounds = LateBounds()
    """By how much its latencies may be too high."""
    from_s: int = 0
    """Session time at which it had settled."""
    to_s: int = 0
    """Session time at which its last second ended."""
