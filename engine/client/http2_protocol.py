"""HTTP/2 as the `h2` package speaks it, for a client that sends many requests on a connection.

Only imported if a plan asks for HTTP/2. Streams, windows and errors are h2's. What differs:
- blocks of fields that were encoded, decoded or checked before are known again (`http2_compression`);
- requests are not checked on their way out: `http2_headers` makes of them what h2 would;
- streams are put away as they end, and not looked for with each new one;
- frames are not put into words for a log that is not kept;
- a graceful GOAWAY lets the streams in flight finish (RFC 9113, 6.8); to h2 any is the end.
"""

from functools import lru_cache

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event
from h2.settings import SettingCodes, Settings
from h2.utilities import HeaderValidationFlags, validate_headers
from hpack import HeaderTuple
from hyperframe.frame import Frame, GoAwayFrame, WindowUpdateFrame

from engine.client.http2_compression import RememberingDecoder, RememberingEncoder
from engine.client.response_head import HEAD_LIMIT_BYTES

STREAM_WINDOW_BYTES = 1024 * 1024
CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024
"""How much a server may send before it hears that it was read: browsers allow 6 MB to 15 MB."""
CHECKED_HEADS = 64

_INITIAL_WINDOW_BYTES = 65_535


class ClientProtocol(H2Connection):
    """A client's side of a connection, whose preface waits to be sent. A server may send its settings
    first."""

    def __init__(self) -> None:
        super().__init__(
            H2Configuration(
                client_side=True,
                header_encoding=None,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
                validate_inbound_headers=False,  # `check_fields` does, once for all that are alike
                normalize_inbound_headers=False,
            )
        )
        self.encoder, self.decoder = RememberingEncoder(), RememberingDecoder()
        self.decoder.max_header_list_size = HEAD_LIMIT_BYTES
        self.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW_BYTES,
                SettingCodes.MAX_HEADER_LIST_SIZE: HEAD_LIMIT_BYTES,
            },
        )
        self.initiate_connection()
        self.increment_flow_control_window(CONNECTION_WINDOW_BYTES - _INITIAL_WINDOW_BYTES)

    def open_window(self, size: int) -> None:
        """Lets the peer send so many more bytes on the connection: those of streams that have ended."""
        if increment := self._inbound_flow_control_window_manager.process_bytes(size):
            frame = WindowUpdateFrame(0)
            frame.window_increment = increment
            self._prepare_for_sending([frame])

    def put_away(self, number: int) -> None:
        """Forgets a stream if it is closed, but not how it was closed, as h2 does."""
        if (stream := self.streams.get(number)) and stream.closed:
            del self.streams[number]
            self._closed_streams[number] = stream.closed_by

    def _open_streams(self, remainder: int) -> int:
        """How many streams of a side are open. As long as few are left, none of them needs a look."""
        count = len(self.streams)
        if remainder and count < self.remote_settings.max_concurrent_streams:
            return count
        return super()._open_streams(remainder)

    def _receive_frame(self, frame: Frame) -> list[Event]:
        """A frame of an open stream, without words for a log; h2 treats any other."""
        stream = self.streams.get(frame.stream_id)
        if stream is None or not stream.open:
            return super()._receive_frame(frame)
        frames, events = self._frame_dispatch_table[frame.__class__](frame)
        self._prepare_for_sending(frames)
        received: list[Event] = events
        return received

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        if frame.error_code != ErrorCodes.NO_ERROR:
            return super()._receive_goaway_frame(frame)
        event = ConnectionTerminated()
        event.error_code, event.last_stream_id = ErrorCodes.NO_ERROR, frame.last_stream_id
        return [], [event]


@lru_cache(maxsize=CHECKED_HEADS)
def check_fields(fields: tuple[HeaderTuple, ...], *, are_trailers: bool) -> None:
    """Checks a response's fields as h2 does (RFC 9113, 8.2 and 8.3). Raises ProtocolError."""
    flags = HeaderValidationFlags(
        is_client=True, is_trailer=are_trailers, is_response_header=not are_trailers, is_push_promise=False
    )
    for _ in validate_headers(fields, flags):
        pass
