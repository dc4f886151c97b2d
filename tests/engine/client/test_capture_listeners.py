"""Events of a parser reach what looks at the response, as long as it is the response."""

from httptools import HttpResponseParser

from engine.client.capture_listeners import CaptureListener, HeadCaptureListener
from engine.client.response_capture import ResponseCapture
from tests.support.servers import answer


class Heard:
    """A connection that notes what it is told."""

    def __init__(self) -> None:
        self.completed = 0
        self.capture: ResponseCapture | None = ResponseCapture()
        self.faults: list[Exception] = []
        self.is_closed = False

    def on_message_complete(self) -> None:
        self.completed = self.completed or 200

    def take_fault(self, error: Exception) -> None:
        self.faults.append(error)

    def close(self) -> None:
        self.is_closed = True


class Faulty(ResponseCapture):
    """Fails at each body."""

    def on_body(self, part: bytes) -> None:
        raise RuntimeError("of our own")


def test_a_body_reaches_its_capture_and_a_second_response_closes_the_connection() -> None:
    heard = Heard()
    HttpResponseParser(CaptureListener(heard)).feed_data(answer(b"first") + answer(b"second"))
    assert heard.capture is not None
    assert (heard.capture.body, heard.completed, heard.is_closed) == (b"first", 200, True)


def test_without_a_capture_a_body_is_dropped() -> None:
    heard = Heard()
    heard.capture = None
    HttpResponseParser(CaptureListener(heard)).feed_data(answer())
    assert (heard.completed, heard.is_closed) == (200, False)


def test_a_fault_of_a_capture_is_no_malformed_response() -> None:
    heard = Heard()
    heard.capture = Faulty()
    HttpResponseParser(CaptureListener(heard)).feed_data(answer())
    assert [str(fault) for fault in heard.faults] == ["of our own"]
    assert heard.completed == 200


def test_the_response_to_a_head_is_complete_with_its_head() -> None:
    heard, body = Heard(), b"hello"
    parser = HttpResponseParser(HeadCaptureListener(heard))
    parser.feed_data(answer(body).removesuffix(body))
    assert (heard.completed, heard.is_closed) == (200, False)
    parser.feed_data(body)
    assert heard.is_closed, "it has no body"
