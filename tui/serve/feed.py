"""The newest state of a session as messages for its visitors.

Rules of this file:
- there is one state, and it is the newest: a visitor who is late gets the next message that is true by then,
  never a queue of old ones, and costs the others nothing;
- a message carries what the visitor lacks: the charts' seconds since the last one, or all of them;
- visitors who lack the same get the same bytes, made once.
"""

from dataclasses import dataclass, field

import anyio
import orjson

from engine.metrics.snapshot import EventSnapshot, Snapshot
from tui.serve.charts import charts_after
from tui.serve.view import Source, legend_view, live_events, live_view


@dataclass(frozen=True, slots=True)
class Sent:
    """What a visitor has."""

    version: int = 0
    second: int = -1
    """The last second in the charts; -1 before the first message."""
    events: int = -1
    """The version of the list of events."""


@dataclass(slots=True)
class Feed:
    """Mutable: `publish` replaces the state, and wakes whoever waits for it."""

    version: int = 0
    is_closed: bool = False
    lacks_report: bool = False
    """The report could not be made: the page does not offer it."""
    _snapshot: Snapshot | None = None
    _source: Source = field(default_factory=Source)
    _view: bytes = b"null"
    """What is beside the charts, as JSON."""
    _events: tuple[EventSnapshot, ...] = ()
    _events_version: int = 0
    _made: dict[tuple[int, int], tuple[bytes, Sent]] = field(default_factory=dict)
    """The messages of this version, by what the visitor had."""
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def publish(self, snapshot: Snapshot | None, source: Source) -> None:
        """Takes the newest state; does nothing if it is the one that there is."""
        if snapshot is self._snapshot and source == self._source and self.version:
            return
        self._snapshot, self._source = snapshot, source
        self._view = orjson.dumps(None if snapshot is None else live_view(snapshot, source))
        events = snapshot.events if snapshot else ()
        if events != self._events:
            self._events = events
            self._events_version += 1
        self.version += 1
        self._made.clear()
        self._wake()

    def close(self) -> None:
        """Nothing more comes: those who wait go."""
        self.is_closed = True
        self._wake()

    async def newer_than(self, version: int) -> None:
        """Returns once there is a newer state, or none will come."""
        while self.version <= version and not self.is_closed:
            await self._changed.wait()

    def message(self, sent: Sent) -> tuple[bytes, Sent]:
        """The newest state for a visitor who has so much, as JSON, and what the visitor has then."""
        key = (sent.second, sent.events)
        if key not in self._made:
            self._made[key] = self._message(sent)
        return self._made[key]

    def _message(self, sent: Sent) -> tuple[bytes, Sent]:
        snapshot = self._snapshot
        now = Sent(self.version, self._last_second(), self._events_version)
        message: dict[str, object] = {"view": orjson.Fragment(self._view), "trouble": self._source.trouble}
        if snapshot is not None:
            message["charts"] = charts_after(snapshot, sent.second)
            message["legend"] = legend_view(snapshot)
            if sent.events != now.events:
                message["events"] = live_events(snapshot, is_open=self._source.is_open)
        return orjson.dumps(message), now

    def _last_second(self) -> int:
        seconds = self._snapshot.seconds if self._snapshot else ()
        return seconds[-1] if seconds else -1

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
