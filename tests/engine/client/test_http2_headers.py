"""A rendered request becomes fields and a body of HTTP/2."""

from engine.client.http2_headers import split

HEAD = (
    b"PUT /a%20b?c=d HTTP/1.1\r\nHost: [::1]:8000\r\nX-One: 1\r\nx-one: 2\r\nConnection: close\r\n"
    b"TE: trailers\r\nContent-Length: 6\r\n\r\n"
)


def test_fields_of_one_connection_are_left_out_and_the_host_is_the_authority() -> None:
    fields, body = split(HEAD + b"\r\n\r\nab", b"https")
    assert fields == (
        (b":method", b"PUT"),
        (b":scheme", b"https"),
        (b":authority", b"[::1]:8000"),
        (b":path", b"/a%20b?c=d"),
        (b"x-one", b"1"),
        (b"x-one", b"2"),
        (b"content-length", b"6"),
    )
    assert body == b"\r\n\r\nab"


def test_a_request_without_a_body() -> None:
    fields, body = split(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"http")
    assert fields[1:] == ((b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/"))
    assert body == b""
