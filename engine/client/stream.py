"""Captures of streams, which arrive token by token: server-sent events, and messages of a WebSocket."""

from dataclasses import dataclass
from time import monotonic_ns

from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.protocol.outcome import CLOSED_EARLY, CUT_SHORT, WRONG_TYPE, Outcome

MAX_END_MARK_BYTES = 100
"""The maximum length of the data that end a stream."""

_LINE_KEPT_BYTES = 128
"""How much of an unfinished line is kept: enough to recognise it, however long it gets."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DONE = b"[DONE]"
"""Ends the streams of many services for language models; it is not a token."""
_EVENT_STREAM = b"text/event-stream"


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends a conversation, unless the peer closes it."""

    until: bytes = b""
    """The last message, which is not counted; empty: there is no such message."""
    receive: int = 0
    """The number of messages after which it ends; 0: no limit."""

    @property
    def is_awaited(self) -> bool:
        """Whether the peer must not close before it."""
        return bool(self.until or self.receive)


class StreamCapture(ResponseCapture):
    """Counts tokens, and when the first came. The whole stream's time is the request's latency."""

    __slots__ = ("_arrived_ns", "_reported", "first_byte_ns", "first_token_ns", "tokens")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        super().__init__(limit_bytes)
        self.first_byte_ns = 0
        """When the first byte of the response (not of a 1xx before it) arrived; 0 until then."""
        self.tokens = 0
        """Events with data, apart from an end mark (`[DONE]`); messages of a WebSocket."""
        self.first_token_ns = 0
        """When the first token was complete; 0 until then."""
        self._reported = 0
        self._arrived_ns = 0
        """When the last read arrived; 0: that is not known."""

    def take_read(self, data: bytes, arrived_ns: int = 0) -> None:
        """The next read, and when it arrived, if that is known."""
        self._arrived_ns = arrived_ns
        super().take_read(data, arrived_ns)

    def note_first_byte(self) -> None:
        """Notes when the first byte of the response arrived, or was read if that is not known."""
        self.first_byte_ns = self._arrived_ns or monotonic_ns()

    def take_token(self) -> None:
        """Counts a complete token."""
        self.tokens += 1
        if not self.first_token_ns:
            self.first_token_ns = self._arrived_ns or monotonic_ns()

    def new_tokens(self) -> int:
        """How many tokens were counted since the last call."""
        new, self._reported = self.tokens - self._reported, self.tokens
        return new


class EventCapture(StreamCapture):
    """Reads the body as server-sent events (WHATWG HTML, 9.2) as it arrives, in bounded memory.

    With `until`, the stream ends at the event with exactly these data, and must not end without it.
    """

    __slots__ = (
        "_after_return",
        "_at_start",
        "_data_lines",
        "_end_mark",
        "_in_event",
        "_line",
        "_until",
        "events",
    )

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES, until: str = "") -> None:
        super().__init__(limit_bytes)
        self.events = 0
        """Events that were dispatched: ended by an empty line, with data."""
        self._until = until.encode()
        self._line = b""
        self._after_return = False
        self._at_start = True
        self._in_event = False
        """A field was read since the last empty line."""
        self._data_lines = 0
        """Lines of data of the event that is being read."""
        self._end_mark = b""
        """The data of that event, if they are an end mark."""

    def on_body(self, part: bytes) -> None:
        """The next part of the body; lines end in CR LF, LF or CR, and a part may end within one."""
        super().on_body(part)
        if not part or self.is_over:
            return
        # The LF of a CR LF that was split: the line ended with the CR already.
        text = part[1:] if self._after_return and part.startswith(b"\n") else part
        self._after_return = part.endswith(b"\r")
        first, *others = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        lines = [(self._line + first)[:_LINE_KEPT_BYTES], *others]
        self._line = lines.pop()[:_LINE_KEPT_BYTES]
        for line in lines:
            self._take_line(line)

    def judge(self, outcome: Outcome) -> Outcome:
        """A failure kind if the response was not an event stream, or not a complete one; else the outcome."""
        if outcome == CLOSED_EARLY:
            return CUT_SHORT if self.has_head else outcome
        if isinstance(outcome, str) or self.is_over:
            return outcome
        if not any(_is_event_stream_header(*field) for field in self.headers):
            return WRONG_TYPE
        within_line = self._line and not self._line.startswith(b":")
        return CUT_SHORT if self._until or self._in_event or within_line else outcome

    def _take_line(self, line: bytes) -> None:
        if self.is_over:
            return
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        if not line:
            self._dispatch()
        elif not line.startswith(b":"):
            self._in_event = True
            name, _, value = line.partition(b":")
            if name == b"data":
                self._take_data(value.removeprefix(b" "))

    def _take_data(self, value: bytes) -> None:
        self._data_lines += 1
        is_mark = self._data_lines == 1 and value in (_DONE, self._until)
        self._end_mark = value if is_mark else b""

    def _dispatch(self) -> None:
        """An empty line ends the event."""
        if self._data_lines:
            self.events += 1
            if not self._end_mark:
                self.take_token()
            elif self._end_mark == self._until:
                self.is_over = True
        self._in_event, self._data_lines, self._end_mark = False, 0, b""


def _is_event_stream_header(name: bytes, value: bytes) -> bool:
    return name.lower() == b"content-type" and value.partition(b";")[0].strip().lower() == _EVENT_STREAM
