"""A response that was captured, without a connection."""

from engine.client.captured_response import CapturedResponse
from engine.client.response_capture import ResponseCapture


def captured(body: bytes = b"", *headers: tuple[bytes, bytes], size: int | None = None) -> CapturedResponse:
    """A response with this body, of which only a part was kept if `size` is more, and these headers."""
    capture = ResponseCapture()
    capture.headers.extend(headers)
    capture.body += body
    capture.size = len(body) if size is None else size
    return CapturedResponse(capture)
