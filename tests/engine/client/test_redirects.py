"""From a request and its redirect to the next request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.redirects import RedirectChain, RedirectError, method_after, redirected
from tests.engine.client.test_template import split
from tests.support.jars import jar

HERE = "shop.test:8000"
POST = (
    b"POST /cart/add?x=1 HTTP/1.1\r\nHost: shop.test:8000\r\nAccept: */*\r\nContent-Length: 3\r\n"
    b"Content-Type: text/plain\r\nAuthorization: Bearer t\r\nCookie: old=1\r\n\r\na=b"
)
GET = b"GET /a/b HTTP/1.1\r\nHost: shop.test:8000\r\n\r\n"


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, b"POST", b"GET"),
        (302, b"POST", b"GET"),
        (303, b"POST", b"GET"),
        (303, b"PUT", b"GET"),
        (303, b"HEAD", b"HEAD"),
        (301, b"PUT", b"PUT"),
        (302, b"DELETE", b"DELETE"),
        (301, b"HEAD", b"HEAD"),
        (307, b"POST", b"POST"),
        (308, b"POST", b"POST"),
        (307, b"DELETE", b"DELETE"),
    ],
)
def test_the_method_changes_as_in_a_browser(status: int, method: bytes, after: bytes) -> None:
    assert method_after(status, method) == after


def test_a_get_has_neither_the_body_nor_its_headers() -> None:
    line, headers, body = split(redirected(POST, 303, b"/cart"))
    assert line == "GET /cart HTTP/1.1"
    assert headers == {
        "host": "shop.test:8000",
        "accept": "*/*",
        "authorization": "Bearer t",
        "cookie": "old=1",
    }
    assert body == b""


def test_a_body_that_is_kept_stays_as_it_is() -> None:
    assert redirected(POST, 307, b"/b") == POST.replace(b"/cart/add?x=1", b"/b")


def test_cookies_are_those_of_the_new_target() -> None:
    def line(target: str) -> str:
        return jar(sid="7").line(host="127.0.0.1", target=target, is_secure=False)

    _, headers, _ = split(redirected(POST, 307, b"/b", line))
    assert headers["cookie"] == "sid=7"
    _, headers, _ = split(redirected(POST, 307, b"/b", lambda target: ""))
    assert "cookie" not in headers


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/c?d=e#f", "/c?d=e"),
        ("c", "/a/c"),
        ("../c", "/c"),
        ("?page=2", "/a/b?page=2"),
        (f"http://{HERE}/c", "/c"),
        (f"http://{HERE}", "/"),
        (f"//{HERE.upper()}/c", "/c"),
        (" /c ", "/c"),
        ("/gr\u00c3\u00bc\u00c3\u009fe", "/gr%C3%BC%C3%9Fe"),
        ("", "/a/b"),
    ],
)
def test_a_location_counts_from_the_request(location: str, target: str) -> None:
    request = GET if location else POST.replace(b"/cart/add?x=1", b"/a/b")
    found = RedirectChain(request, 5).follow(302, location, is_secure=False)
    assert split(found)[0] == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://other.test:8000/c", "redirect to another server"),
        ("http://shop.test/c", "redirect to another server"),
        (f"https://{HERE}/c", "redirect to another server"),
        ("//other.test/c", "redirect to another server"),
        ("mailto:me@shop.test", "redirect to another server"),
        ("http://[bad/c", "bad redirect"),
        (f"http://{HERE}\x00/c", "redirect to another server"),
        ("/a\x01b", "bad redirect"),
        ("/a/b#again", "redirect loop"),
    ],
)
def test_a_redirect_that_is_not_followed_is_named(location: str, kind: str) -> None:
    chain = RedirectChain(GET, 5)
    with pytest.raises(RedirectError) as refused:
        chain.follow(302, location, is_secure=False)
    assert refused.value.kind == kind
    assert str(refused.value)
    assert (chain.hops, chain.request) == (0, GET)


def test_a_chain_ends_after_its_limit() -> None:
    chain = RedirectChain(GET, 2)
    chain.follow(302, "/1", is_secure=False)
    chain.follow(302, "/2", is_secure=False)
    with pytest.raises(RedirectError, match="/2 → /3, after 2") as refused:
        chain.follow(302, "/3", is_secure=False)
    assert (refused.value.kind, chain.hops) == ("too many redirects", 2)


def test_a_circle_is_a_loop_even_at_the_limit() -> None:
    chain = RedirectChain(GET, 1)
    chain.follow(302, "/1", is_secure=False)
    with pytest.raises(RedirectError) as refused:
        chain.follow(302, "/a/b", is_secure=False)
    assert refused.value.kind == "redirect loop"


def test_a_new_cookie_makes_it_another_request() -> None:
    """A server that sets a cookie and asks for the same path again does not loop."""
    chain = RedirectChain(GET, 5)
    found = chain.follow(302, "/a/b", is_secure=False, cookies=lambda target: "seen=1")
    assert found == GET.replace(b"\r\n\r\n", b"\r\nCookie: seen=1\r\n\r\n")
    with pytest.raises(RedirectError, match="/a/b → /a/b"):
        chain.follow(302, "/a/b", is_secure=False, cookies=lambda target: "seen=1")


def test_over_tls_only_https_is_the_same_server() -> None:
    assert RedirectChain(GET, 1).follow(302, f"https://{HERE}/c", is_secure=True)
    with pytest.raises(RedirectError):
        RedirectChain(GET, 1).follow(302, f"http://{HERE}/c", is_secure=True)


@given(st.text(st.characters(max_codepoint=255), max_size=60), st.sampled_from([301, 302, 303, 307, 308]))
def test_no_location_bends_the_message(location: str, status: int) -> None:
    try:
        found = RedirectChain(POST, 1).follow(status, location, is_secure=False)
    except RedirectError:
        return
    line, headers, body = split(found)
    assert line.split(" ")[1].startswith("/")
    assert len(line.split(" ")) == 3
    assert headers["host"] == HERE
    assert body in {b"", b"a=b"}
