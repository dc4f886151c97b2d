"""The head of a response is the same however its bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.response_head import ends_with_connection, head_with

HEAD = b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\n"
BEFORE = (b"", b"\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 103 Hints\r\nB: 2\r\n\r\n\r\n")
AFTER = (b"", b"hello", b"a\r\n\r\nb", b"\r\n\r\nHTTP/1.1 404 No\r\n\r\n")


def in_parts(data: bytes, cuts: list[int]) -> bytes:
    head = b""
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        head = head_with(head, data[begin:end])
    return head


@given(st.sampled_from(BEFORE), st.sampled_from(AFTER), st.lists(st.integers(0, 150), max_size=6))
def test_only_the_final_head_is_found_in_any_parts(before: bytes, after: bytes, cuts: list[int]) -> None:
    data = before + HEAD + after
    assert in_parts(data, [min(each, len(data)) for each in cuts]) == HEAD


@given(st.integers(0, len(HEAD) - 1))
def test_a_head_that_is_not_complete_is_kept_as_far_as_it_has_arrived(length: int) -> None:
    assert head_with(b"", HEAD[:length]) == HEAD[:length].lstrip(b"\r\n")


def test_switching_protocols_is_a_final_response() -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    assert head_with(b"", head + b"more") == head


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nX-Content-Length: 5\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ncontent-LENGTH : 5\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n", False),
    ],
)
def test_a_body_ends_with_the_connection_if_nothing_says_how_long_it_is(head: bytes, wanted: bool) -> None:
    assert ends_with_connection(head) is wanted
