"""What crosses between the front and its load workers: plain frozen dataclasses, one JSON line each.

Rules of this file:
- data only, no behaviour beyond encoding; a load worker imports it and must stay light;
- session time is in seconds since the session's epoch; tick k is the interval [0.2 k, 0.2 k + 0.2);
- a message never assumes that both ends share a clock, files or processes.
"""

import base64
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import orjson

from engine.protocol.address import Tls
from engine.protocol.histogram import Latencies
from engine.protocol.http2 import Http2
from engine.protocol.load_shape import Steering, ThinkTime
from engine.protocol.request import OpenModel as OpenModel
from engine.protocol.request import Template as Template
from engine.protocol.rows import RowsPart as RowsPart
from engine.protocol.tick_stats import TickStats
from engine.protocol.ticks import TICK_S as TICK_S
from engine.protocol.ticks import TICKS_A_BUCKET as TICKS_A_BUCKET

# ---------------------------------------------------------------- front → worker


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for the worker's clock; the front keeps the reply with the shortest round trip."""

    number: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Starts the session's clock in the worker. If it has begun already: its share is another one from its
    next `AddTarget` on; it has no users then."""

    epoch_ns: int
    """The session's epoch on the *worker's* monotonic clock."""
    worker: int
    """This worker's number, from 0; worker 0 also sends the health probe."""
    workers: int
    """How many workers share the users."""
    seed: int = 0
    first_number: int = 0
    """How many request numbers to skip: the worker that this one replaces may have used them."""
    first_user: int = 0
    """How many user numbers to skip, likewise."""
    since_s: float | None = None
    """Arrivals of the open model that were due before this session time were others' to send; None: none
    were."""


@dataclass(frozen=True, slots=True)
class SetEpoch:
    """The worker's clock runs differently from the front's: the epoch is here on it now."""

    epoch_ns: int


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """Some of the requests of a target's next `AddTarget` or `SetWorkload`, if they are too much for one line
    (`engine.protocol.order_parts`): those of all parts come before the order's own."""

    target: str
    number: int
    """From 0, which starts anew."""
    templates: tuple[Template, ...] = ()
    more_of_head: bytes = b""
    """More bytes of the `head` of the last template before it."""


@dataclass(frozen=True, slots=True)
class AddTarget:
    """Starts load on a target."""

    target: str
    host: str
    port: int
    templates: tuple[Template, ...]
    think_time: ThinkTime
    steering: Steering
    """How many users there are; in the open model: how many arrivals a second."""
    health_probe: Template | None = None
    timeout_s: float = 30.0
    connect_timeout_s: float = 5.0
    ips: tuple[str, ...] = ()
    """Addresses of a host that is a name; a worker looks none up (`engine.preflight.allowed_hosts`)."""
    unix_path: str = ""
    """A UNIX socket to connect to instead of host and port."""
    proxy_port: int = 0
    """The port of the delay proxy in front of it; 0 if there is none."""
    tls: Tls | None = None
    """None: without TLS."""
    journey: bool = False
    """The templates are the steps of a journey, in order, rather than alternatives by weight."""
    open_model: OpenModel | None = None
    """None is the closed model: the stages count users, each of which waits for its response."""
    http2: Http2 | None = None
    """How users share connections of HTTP/2; None: HTTP/1.1, one connection for each user."""
    client: Literal["own", "httpx"] = "own"
    """`httpx` is the slow cross-check: each user sends through its own httpx client."""


@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """Ends a target's users; requests in flight get `grace_s` to finish, then they are cancelled."""

    target: str
    grace_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Steer:
    """Users (in the open model: arrivals) follow this steering from now on; workers evaluate it."""

    target: str
    steering: Steering
    at_s: float
    """Session time since which it is in effect: arrivals up to then stay as they were."""


@dataclass(frozen=True, slots=True)
class SetThinkTime:
    """Users think this long between requests from now on."""

    target: str
    think_time: ThinkTime


@dataclass(frozen=True, slots=True)
class SetWorkload:
    """Users send these requests from now on."""

    target: str
    templates: tuple[Template, ...]
    journey: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends all users of all targets, sends the last tick, and lets the worker exit."""

    grace_s: float = 2.0


Order = (
    Ping
    | Begin
    | SetEpoch
    | RowsPart
    | TemplatePart
    | AddTarget
    | RemoveTarget
    | Steer
    | SetThinkTime
    | SetWorkload
    | Stop
)


# ---------------------------------------------------------------- worker → front


@dataclass(frozen=True, slots=True)
class Hello:
    """The worker is up and reads orders."""

    pid: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The worker's monotonic clock at the moment it read the ping."""

    number: int
    clock_ns: int
    users: int = 0
    """Virtual users that have begun and not ended."""


@dataclass(frozen=True, slots=True)
class Sample(TickStats):
    """One target's stats of one tick, from one worker; of several ticks if the front was behind."""

    worker: int = field(default=0, metadata={"adds": "same"})


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The worker's own state at the end of a tick; sent after the tick's samples, which are then complete."""

    worker: int
    tick: int
    ticks: int
    cpu_s: float
    """CPU seconds that this worker has used since it started."""
    lag: Latencies
    """How late the event loop served 10 ms timers, in this tick."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The worker's last message: every user has ended."""

    worker: int
    trouble: str = ""
    """Why it stopped, if it was not asked to."""


Report = Hello | Pong | Sample | Heartbeat | Stopped

Message = Order | Report

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}


def encode(message: Message) -> bytes:
    """One message as one JSON line: `["Kind", {fields}]`."""
    return orjson.dumps(
        [type(message).__name__, message],
        default=_encode_bytes,
        option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE,
    )


def decode(line: bytes | bytearray | memoryview) -> Message:
    """The message in one line. Raises ValueError for a line that holds none."""
    try:
        kind, payload = orjson.loads(line)
        message: Message = build(_KINDS[kind], payload)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a message: {bytes(line[:80])!r}") from error
    return message


def build(kind: Any, value: Any) -> Any:
    """A value read from JSON as the type that a field is declared with: dataclasses, tuples, dicts, bytes."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: build(hints[name], item) for name, item in value.items() if name in hints})
    origin = get_origin(kind)
    if origin is tuple:
        item_kind = get_args(kind)[0]
        if item_kind in (str, int):
            return tuple(value)
        return tuple(build(item_kind, item) for item in value)
    if origin in (dict, Mapping):
        key_kind, item_kind = get_args(kind)
        if item_kind in (int, float):
            return {key_kind(key): item for key, item in value.items()}
        return {key_kind(key): build(item_kind, item) for key, item in value.items()}
    if origin is types.UnionType:
        return None if value is None else build(get_args(kind)[0], value)
    if kind is bytes:
        return base64.b64decode(value)
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _encode_bytes(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"cannot encode {type(value).__name__}")
