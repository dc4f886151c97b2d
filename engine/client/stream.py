"""Witnesses of answers that come token by token: server-sent events, and the messages of a WebSocket."""

from time import monotonic_ns

from engine.client.witness import BODY_LIMIT_BYTES, Witness

_LINE_KEPT_BYTES = 64
"""How much of an unfinished line is kept: enough to know what it is, however long it gets."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LAST_DATA = (b"data: [DONE]", b"data:[DONE]")
"""How many services for language models end a stream; it is no token."""


class StreamWitness(Witness):
    """Counts what comes piece by piece, and when it began to come. How long it took is the request's time."""

    __slots__ = ("first_token_ns", "tokens")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        super().__init__(limit_bytes)
        self.tokens = 0
        """Of events: those with data, an end mark (`[DONE]`) excepted. Of a WebSocket: messages."""
        self.first_token_ns = 0
        """When the first token was whole; 0 until then."""

    def take_token(self) -> None:
        """One more token is whole."""
        self.tokens += 1
        if not self.first_token_ns:
            self.first_token_ns = monotonic_ns()


class EventWitness(StreamWitness):
    """Reads the body as server-sent events (WHATWG HTML, 9.2) while it comes; its memory does not grow."""

    __slots__ = ("_after_return", "_at_start", "_has_data", "_is_end_mark", "_line", "events")

    def __init__(self, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        super().__init__(limit_bytes)
        self.events = 0
        """Events that were dispatched: ended by an empty line, with data."""
        self._line = b""
        self._after_return = False
        self._at_start = True
        self._has_data = False
        self._is_end_mark = False

    def on_body(self, part: bytes) -> None:
        """The next part of the body; lines end in CR LF, LF or CR, and a part may end within one."""
        super().on_body(part)
        if not part:
            return
        # The LF of a CR LF that was split: the line ended with the CR already.
        text = part[1:] if self._after_return and part.startswith(b"\n") else part
        self._after_return = part.endswith(b"\r")
        first, *others = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        lines = [(self._line + first)[:_LINE_KEPT_BYTES], *others]
        self._line = lines.pop()[:_LINE_KEPT_BYTES]
        for line in lines:
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        if line.startswith(b"data:") or line == b"data":
            self._is_end_mark = line in _LAST_DATA
            self._has_data = True
        elif not line and self._has_data:
            self._dispatch()

    def _dispatch(self) -> None:
        self.events += 1
        if not self._is_end_mark:
            self.take_token()
        self._has_data = self._is_end_mark = False
