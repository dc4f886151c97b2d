"""Passes events of a parser on if something looks at the response; else the connection takes them itself."""

from typing import Protocol

from engine.client.response_capture import ResponseCapture


class CapturingConnection(Protocol):
    """What a listener needs of the connection."""

    completed: int
    capture: ResponseCapture | None

    def on_message_complete(self) -> None:
        """The last byte of a message was parsed."""

    def take_fault(self, error: Exception) -> None:
        """A fault of abreast's own in the capture."""

    def close(self) -> None:
        """Closes the connection at once."""


class CaptureListener:
    """Passes a parser's events to a connection, and the response's content to its capture, if it has one."""

    __slots__ = ("_connection", "on_message_complete")

    def __init__(self, connection: CapturingConnection) -> None:
        self._connection = connection
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        """The first byte of a response was parsed, or of a 1xx before it."""
        connection = self._connection
        if connection.completed:
            connection.close()
        elif connection.capture is not None:
            connection.capture.note_first_byte()

    def on_body(self, part: bytes) -> None:
        """The next part of a body."""
        connection = self._connection
        if connection.capture is not None and not connection.completed:
            try:
                connection.capture.on_body(part)
            except Exception as error:
                connection.take_fault(error)  # the parser would call it malformed


class HeadCaptureListener(CaptureListener):
    """For the response to a HEAD, which is complete when its head is."""

    __slots__ = ()

    def on_headers_complete(self) -> None:
        """The head was parsed."""
        self._connection.on_message_complete()

    def on_body(self, part: bytes) -> None:
        """Closes the connection: a response to HEAD has no body."""
        self._connection.close()
