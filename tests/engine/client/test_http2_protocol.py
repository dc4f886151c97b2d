"""What differs from h2 in how, and must not differ in what: two ends of a connection, without a network."""

from collections.abc import Sequence

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded
from h2.exceptions import ProtocolError, TooManyStreamsError
from h2.settings import SettingCodes
from hpack import HeaderTuple
from hyperframe.frame import DataFrame, RstStreamFrame
from hypothesis import given
from hypothesis import strategies as st

from engine.client.http2_headers import split
from engine.client.http2_protocol import CONNECTION_WINDOW_BYTES, ClientProtocol, check_fields

GET = (b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/")
OK = (b":status", b"200")


class Pair:
    """A client, and a server of h2 that checks nothing that it sends."""

    def __init__(self, **settings: int) -> None:
        self.client = ClientProtocol()
        self.server = H2Connection(
            H2Configuration(
                client_side=False,
                header_encoding=None,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.server.initiate_connection()
        self.server.update_settings({SettingCodes[name]: value for name, value in settings.items()})
        for _ in range(2):
            self.to_server()
            self.to_client()

    def to_server(self) -> list[Event]:
        """What the client has to send arrives."""
        return self.server.receive_data(self.client.data_to_send())

    def to_client(self) -> list[Event]:
        """What the server has to send arrives."""
        return self.client.receive_data(self.server.data_to_send())

    def ask(self) -> int:
        """One more request, which has arrived."""
        number = self.client.get_next_available_stream_id()
        self.client.send_headers(number, GET, end_stream=True)
        self.to_server()
        return number


NAMES = st.sampled_from(["X-One", "x-one", "Accept", "Cookie", "Authorization", "Content-Type", "TE"])
VALUES = st.sampled_from(["a=1", "trailers", " spaced ", "x" * 40, "1", ""])
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


@given(st.lists(HEADERS, min_size=1, max_size=5))
def test_requests_are_sent_as_h2_would_send_them(requests: Sequence[Sequence[tuple[str, str]]]) -> None:
    """All of h2's own preparations included, which this client leaves out."""
    plain = H2Connection(H2Configuration(header_encoding=None))
    plain.initiate_connection()
    plain.data_to_send()
    clients = Pair().client, plain
    for headers in requests:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        fields, _ = split(f"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode(), b"http")
        for client in clients:
            client.send_headers(client.get_next_available_stream_id(), fields, end_stream=True)
        sent, expected = (client.data_to_send() for client in clients)
        assert sent == expected


@pytest.mark.parametrize(
    ("fields", "is_trailer"),
    [
        ([(b"server", b"a")], False),
        ([OK, OK], False),
        ([OK, (b"Server", b"a")], False),
        ([OK, (b"x y", b"a")], False),
        ([OK, (b"", b"a")], False),
        ([OK, (b"x", b"a\r\nb: c")], False),
        ([OK, (b"x", b" a")], False),
        ([OK, (b"connection", b"close")], False),
        ([OK, (b":path", b"/")], False),
        ([(b"x", b"a"), OK], False),
        ([OK], True),
    ],
)
def test_what_no_response_may_have_is_refused(
    fields: Sequence[tuple[bytes, bytes]], is_trailer: bool
) -> None:
    for _ in range(2):
        with pytest.raises(ProtocolError):
            check_fields(tuple(HeaderTuple(*each) for each in fields), are_trailers=is_trailer)


def test_other_fields_are_fine() -> None:
    check_fields((HeaderTuple(*OK), HeaderTuple(b"x", b"")), are_trailers=False)
    check_fields((HeaderTuple(b"grpc-status", b"0"),), are_trailers=True)


def test_streams_that_have_ended_are_put_away_and_do_not_count() -> None:
    pair = Pair(MAX_CONCURRENT_STREAMS=3)
    for _ in range(10):
        number = pair.ask()
        pair.server.send_headers(number, [OK], end_stream=True)
        assert [type(event) for event in pair.to_client()] == [ResponseReceived, StreamEnded]
        pair.client.put_away(number)
        assert not pair.client.streams
    open_streams = [pair.ask() for _ in range(3)]
    with pytest.raises(TooManyStreamsError):
        pair.ask()
    pair.client.put_away(open_streams[0])
    assert len(pair.client.streams) == 3, "an open stream is kept"


def test_a_stream_that_was_not_put_away_does_not_count_either() -> None:
    pair = Pair(MAX_CONCURRENT_STREAMS=2)
    for _ in range(10):
        pair.server.send_headers(pair.ask(), [OK], end_stream=True)
        pair.to_client()
    assert len(pair.client.streams) <= 2


def test_a_frame_on_a_stream_that_was_reset_and_put_away_ends_no_connection() -> None:
    pair = Pair()
    number, other = pair.ask(), pair.ask()
    pair.client.reset_stream(number, ErrorCodes.CANCEL)
    pair.client.put_away(number)
    pair.server.send_headers(number, [OK])
    pair.server.send_data(number, b"late", end_stream=True)
    pair.server.send_headers(other, [OK], end_stream=True)
    assert [type(event) for event in pair.to_client()] == [ResponseReceived, StreamEnded]


def test_data_on_a_stream_that_ended_brings_a_reset_as_with_h2() -> None:
    pair = Pair()
    number = pair.ask()
    pair.server.send_headers(number, [OK], end_stream=True)
    pair.to_client()
    pair.client.put_away(number)
    pair.client.data_to_send()
    assert pair.client.receive_data(DataFrame(number, b"more").serialize()) == []
    assert pair.client.data_to_send() == RstStreamFrame(number, ErrorCodes.STREAM_CLOSED).serialize()


def test_the_connections_window_opens_again_for_streams_that_have_ended() -> None:
    pair, part = Pair(), b"x" * 16_000
    for _ in range(2 * CONNECTION_WINDOW_BYTES // len(part)):
        number = pair.ask()
        pair.server.send_headers(number, [OK])
        pair.server.send_data(number, part, end_stream=True)
        for event in pair.to_client():
            if isinstance(event, DataReceived):
                pair.client.open_window(event.flow_controlled_length)
        pair.client.put_away(number)
        pair.to_server()
