"""What all users of one target share: where they send, what they send, and at what pace.

A `TargetLoad` lives from the order that starts a target's load to the one that ends or replaces it. Users
that are still leaving keep the one they began with.

Rules of this file:
- it knows no user and no arrival: `VirtualUser` and `UserPool` depend on it, never the other way round;
- `RequestSender._follow_up` reads it for every request: plain attributes, worked out when something changes.
"""

import math
from collections.abc import Iterator
from itertools import cycle
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.endpoint import Endpoint
from engine.client.tls import HTTP_2
from engine.protocol.address import Address
from engine.worker.counters import PreparedRequest, TargetCounters
from engine.worker.scenario import Scenario, varies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.client.http2_endpoint import Http2Endpoint
    from engine.client.httpx_client import HttpxEndpoint
    from engine.client.rows import RowSource
    from engine.client.websocket import WebSocket
    from engine.protocol.http2 import Http2
    from engine.protocol.load_shape import ThinkTime
    from engine.protocol.messages import AddTarget, Template

NS = 1_000_000_000
ORDER_LENGTH = 1000
"""The least number of requests in a weighted order before it repeats."""


def weighted_order(weights: list[int], rng: Random) -> list[int]:
    """Positions of `weights` in random order, each exactly as often as its weight says."""
    divisor = math.gcd(*weights) or 1
    once = [at for at, weight in enumerate(weights) for _ in range(weight // divisor)]
    order = once * max(1, ORDER_LENGTH // max(len(once), 1))
    rng.shuffle(order)
    return order


class TargetLoad:
    """One target's address, workload and pace, as this worker's users follow them."""

    __slots__ = (
        "_numbers",
        "_rows",
        "_seed",
        "_sends_through_httpx",
        "_shares_connections",
        "_some_stand_alone",
        "_stride",
        "_websocket_type",
        "can_follow_up",
        "counters",
        "endpoint",
        "gate",
        "has_streams",
        "is_open_model",
        "is_secure",
        "native_endpoint",
        "notes_arrivals",
        "only",
        "order",
        "paused",
        "rng",
        "scenario",
        "shortest_timeout_ns",
        "think_time",
        "thinks",
        "timeout_ns",
    )

    def __init__(
        self,
        order: "AddTarget",
        counters: TargetCounters,
        numbers: Iterator[int],
        *,
        rows: "Mapping[str, RowSource] | None" = None,
        rng: Random,
        seed: int,
        worker: tuple[int, int] = (0, 1),
    ) -> None:
        """`numbers` gives each request, or journey, a number that no other of the session has; `rows` are
        those of the plan's data files, by name; `worker` is this worker's number, from 0, and how many there
        are."""
        address = Address(
            order.host, order.port, order.unix_path, order.tls, order.ips, proxy_port=order.proxy_port
        )
        self.counters = counters
        self.rng = rng
        self._numbers = numbers
        self._rows = rows or {}
        self._seed = seed
        _, self._stride = worker
        self.native_endpoint = Endpoint(address, order.connect_timeout_s)
        """Where abreast's own client connects, whatever client users send HTTP with."""
        self._sends_through_httpx = order.client == "httpx"
        self._shares_connections = order.http2 is not None and not self._sends_through_httpx
        self.endpoint: Endpoint | HttpxEndpoint | Http2Endpoint = self.native_endpoint
        if self._sends_through_httpx:
            self.endpoint = _httpx_endpoint(
                address, order.connect_timeout_s, is_http2=order.http2 is not None
            )
        elif order.http2 is not None:
            self.endpoint = _http2_endpoint(address, order.connect_timeout_s, order.http2, worker)
        """Where users connect for HTTP."""
        self.is_secure = order.tls is not None
        self.is_open_model = order.open_model is not None
        self.timeout_ns = int(order.timeout_s * NS)
        self.think_time = order.think_time
        self.paused = False
        self.gate = anyio.Event()
        """Set while users may send."""
        self.gate.set()
        self.set_workload(order.templates, journey=order.journey)

    def set_workload(self, templates: "tuple[Template, ...]", *, journey: bool = False) -> None:
        """Sets what users send from now on."""
        prepared = self.counters.prepare(templates)
        for each in prepared:
            each.connection_counts_bytes |= self._shares_connections
        order = weighted_order([template.weight for template in templates], self.rng)
        self.only: PreparedRequest | None = prepared[0] if len(prepared) == 1 else None
        """The only request of the workload; its users need no order."""
        self.order: Iterator[PreparedRequest] = cycle([prepared[at] for at in order])
        self.scenario: Scenario | None = None
        """The workload if it varies: each user then chooses its own next request."""
        if varies(templates, journey=journey):
            self.scenario = Scenario(
                templates,
                prepared,
                order,
                journey=journey,
                seed=self._seed,
                numbers=self._numbers,
                rows=self._rows,
                is_secure=self.is_secure,
                stride=self._stride,
            )
        self._some_stand_alone = any(each.head_only or each.closes for each in prepared)
        """Some request must not be followed by another in the same read."""
        has_websockets = any(template.kind == "websocket" for template in templates)
        self.notes_arrivals = not (has_websockets or self._shares_connections or self._sends_through_httpx)
        """Responses end when they arrive in the kernel, wherever it notes that (`engine.client.arrival`)."""
        self.shortest_timeout_ns = min(map(self.timeout_ns_of, prepared), default=self.timeout_ns)
        self.has_streams = any(template.kind != "http" for template in templates)
        if has_websockets:
            self._websocket_type = _websocket_type()
        self._set_pace()

    def set_think_time(self, think_time: "ThinkTime") -> None:
        """Sets how long users think from their next response on."""
        self.think_time = think_time
        self._set_pace()

    def set_paused(self, *, paused: bool) -> None:
        """Stops users after the request in flight, or lets them send again."""
        if paused and not self.paused:
            self.gate = anyio.Event()
        elif not paused:
            self.gate.set()
        self.paused = paused
        self._set_pace()

    def _set_pace(self) -> None:
        self.thinks = self.think_time.mean_s > 0
        self.can_follow_up = not (
            self.thinks
            or self.paused
            or self._some_stand_alone
            or self.has_streams
            or self.is_open_model
            or self._sends_through_httpx
        )
        """A user's next request may be sent in the same read that completed its response."""

    def next_request(self) -> PreparedRequest:
        """The next request by weight."""
        return self.only or next(self.order)

    async def open_websocket(self, within_s: float) -> "WebSocket | str":
        """A connection for one conversation, or the kind of the failure."""
        return await self.native_endpoint.open(self._websocket_type, self.counters, within_s)

    def timeout_ns_of(self, prepared: PreparedRequest) -> int:
        """How long a user waits for this request's response."""
        return prepared.timeout_ns or self.timeout_ns

    def left_s(self, prepared: PreparedRequest, began_ns: int) -> float:
        """What is left of a request's timeout, which also runs while the connection is being made."""
        return (began_ns + self.timeout_ns_of(prepared) - monotonic_ns()) / NS


def _httpx_endpoint(address: Address, connect_timeout_s: float, *, is_http2: bool) -> "HttpxEndpoint":
    from engine.client.httpx_client import HttpxEndpoint  # httpx takes half a second to import

    return HttpxEndpoint(address, connect_timeout_s, is_http2=is_http2)


def _http2_endpoint(
    address: Address, connect_timeout_s: float, http2: "Http2", worker: tuple[int, int]
) -> "Http2Endpoint":
    from engine.client.http2_endpoint import Http2Endpoint  # a worker without HTTP/2 stays light

    return Http2Endpoint(
        Endpoint(address, connect_timeout_s, HTTP_2),
        http2.connections_of(*worker),
        http2.streams,
        is_secure=address.tls is not None,
    )


def _websocket_type() -> "type[WebSocket]":
    from engine.client.websocket import WebSocket  # a worker that opens none stays light

    return WebSocket
