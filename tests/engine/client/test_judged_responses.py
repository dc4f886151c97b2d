"""What is known of a response that comes again; see also test_known_responses.py, and a worker's."""

from engine.client.judged_responses import JudgedCapture
from engine.client.known_responses import MOST_RESPONSES
from engine.client.response_capture import Judgement
from tests.support.servers import answer


def kept(judged: dict[bytes, Judgement], response: bytes, **values: str) -> None:
    """A response that came whole and has passed."""
    capture = JudgedCapture(judged)
    capture.take_read(response)
    capture.note_whole(response, 200)
    capture.keep(values)


def test_a_response_is_known_by_all_of_its_bytes() -> None:
    judged: dict[bytes, Judgement] = {}
    kept(judged, answer(b"a"), id="a")
    kept(judged, answer(b"b"), id="b")
    capture = JudgedCapture(judged)
    assert (capture.take_known(answer(b"b")), capture.judgement) == (200, Judgement(200, {"id": "b"}))
    assert (capture.take_known(answer(b"c")), capture.judgement) == (0, None)
    assert JudgedCapture({}).take_known(answer(b"a")) == 0, "another request has judgements of its own"


def test_what_is_captured_is_not_taken_for_what_was_known_before() -> None:
    """A user's capture is used again as long as it holds nothing."""
    judged: dict[bytes, Judgement] = {}
    kept(judged, answer())
    capture = JudgedCapture(judged)
    assert capture.take_known(answer()) == 200
    capture.take_read(answer(b"another")[:20])
    assert capture.judgement is None


def test_a_response_in_pieces_is_not_kept() -> None:
    judged: dict[bytes, Judgement] = {}
    capture = JudgedCapture(judged)
    capture.take_read(answer()[:10])
    capture.take_read(answer()[10:])
    capture.keep({})
    assert judged == {}


def test_memory_stays_bounded() -> None:
    judged: dict[bytes, Judgement] = {}
    for number in range(3 * MOST_RESPONSES):
        kept(judged, b"%d" % number)
        assert len(judged) <= MOST_RESPONSES
