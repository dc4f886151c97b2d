"""Cookies as RFC 6265 has them: which are kept, for how long, and which go with a request."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.cookies import MAX_COOKIES, CookieJar, domain_matches, expiry_s, path_matches

NOW_S = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


def jar(
    *lines: str, host: str = "shop.example", target: str = "/a/b?c", is_secure: bool = False
) -> CookieJar:
    made = CookieJar(Clock())
    made.take(
        [(b"Set-Cookie", line.encode("latin-1")) for line in lines],
        host=host,
        target=target,
        is_secure=is_secure,
    )
    return made


def sent(
    made: CookieJar, target: str = "/a/b", host: str = "shop.example", *, is_secure: bool = False
) -> str:
    return made.line(host=host, target=target, is_secure=is_secure)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["a=1; Path=/; HttpOnly", "b = x=y ", "c=3"], "b=x=y; c=3; a=1"),
        (["bad", "=bad", "d=\x01", "e=" + "x" * 9000, "a=1"], "a=1"),
        (['q="with quotes"; SameSite=Lax'], 'q="with quotes"'),
        (["a=1", "a=2"], "a=2"),
        (["a=1", "b=1", "a=2"], "a=2; b=1"),
        (["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], ""),
        (["a=1", "a=; Max-Age=0"], ""),
        (["a=1", "a=; max-age = -1"], ""),
        (["a=1", "a=; expires=yesterday"], "a="),
        (["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "a=1"),
        (["a=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT"], ""),
        (["a=1; Max-Age=soon"], "a=1"),
        (["a=1; Max-Age=99999999999999999999999999"], "a=1"),
        (["a=1", "a=2; Path=/other"], "a=1"),
    ],
)
def test_what_is_kept(lines: list[str], line: str) -> None:
    assert sent(jar(*lines)) == line


def test_a_cookie_ends_when_it_said() -> None:
    clock = Clock()
    made = CookieJar(clock)
    date = datetime.fromtimestamp(NOW_S + 60, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = [(b"set-cookie", b"a=1; Max-Age=30"), (b"set-cookie", f"b=1; Expires={date}".encode())]
    made.take(headers, host="h", target="/", is_secure=False)
    for after_s, line in ((29, "a=1; b=1"), (31, "b=1"), (61, "")):
        clock.now_s = NOW_S + after_s
        assert sent(made, "/", "h") == line
    assert made.value("a") is None


@pytest.mark.parametrize(
    ("cookie", "target", "goes"),
    [
        ("a=1", "/a/other", True),  # from /a/b: its folder
        ("a=1", "/a", True),
        ("a=1", "/", False),
        ("a=1; Path=/", "/", True),
        ("a=1; Path=/a/b", "/a/b?x=/c", True),
        ("a=1; Path=/a/b", "/a/bc", False),
        ("a=1; Path=/a/b/", "/a/b", False),
        ("a=1; Path=a/b", "/a/c", True),  # no path at all
    ],
)
def test_paths(cookie: str, target: str, goes: bool) -> None:
    assert bool(sent(jar(cookie), target)) == goes


@pytest.mark.parametrize(
    ("cookie", "host", "goes"),
    [
        ("a=1", "shop.example", True),
        ("a=1", "SHOP.example", True),
        ("a=1", "www.shop.example", False),
        ("a=1; Domain=shop.example", "www.shop.example", True),
        ("a=1; Domain=.Example", "shop.example", True),
        ("a=1; Domain=other.example", "shop.example", False),
        ("a=1; Domain=op.example", "shop.example", False),
    ],
)
def test_domains(cookie: str, host: str, goes: bool) -> None:
    assert bool(sent(jar(cookie), host=host)) == goes


def test_an_address_is_of_no_domain_but_itself() -> None:
    assert sent(jar("a=1; Domain=127.0.0.1", host="127.0.0.1"), host="127.0.0.1") == "a=1"
    assert not domain_matches("127.0.0.1", "0.0.1")
    assert sent(jar("a=1", host="[::1]"), host="[::1]") == "a=1"


def test_secure_cookies_go_over_tls_alone() -> None:
    assert sent(jar("a=1; Secure")) == ""
    over_tls = jar("a=1; Secure", "b=1", is_secure=True)
    assert sent(over_tls, is_secure=True) == "a=1; b=1"
    assert sent(over_tls) == "b=1"


@pytest.mark.parametrize(
    ("cookie", "is_kept"),
    [
        ("__Secure-a=1", False),
        ("__Secure-a=1; Secure", True),
        ("__Host-a=1; Secure; Path=/", True),
        ("__Host-a=1; Secure", False),
        ("__Host-a=1; Secure; Path=/; Domain=shop.example", False),
    ],
)
def test_prefixes_promise_something(cookie: str, is_kept: bool) -> None:
    assert bool(len(jar(cookie, is_secure=True))) == is_kept


def test_longer_paths_go_first() -> None:
    assert sent(jar("a=1; Path=/", "b=1; Path=/a/b", "c=1; Path=/a", "d=1; Path=/a")) == "b=1; c=1; d=1; a=1"


def test_a_server_that_sets_ever_more_cookies_fills_no_memory() -> None:
    assert len(jar(*(f"c{number}=1" for number in range(1000)))) == MAX_COOKIES


@pytest.mark.parametrize(
    ("text", "is_date"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", True),
        ("Sunday, 06-Nov-94 08:49:37 GMT", True),
        ("Sun Nov  6 08:49:37 1994", True),
        ("06 nov 1994 8:49:37", True),
        ("Sun, 31 Feb 1994 08:49:37 GMT", False),
        ("Sun, 06 Nov 1994 24:00:00 GMT", False),
        ("06 Nov 1994", False),
        ("", False),
    ],
)
def test_dates_of_all_sorts(text: str, is_date: bool) -> None:
    assert expiry_s(text) == (784111777.0 if is_date else None)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31)))  # noqa: DTZ001  (UTC, as cookies have it)
def test_every_date_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert expiry_s(moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) == moment.timestamp()


@given(st.binary(max_size=200), st.text(max_size=30))
def test_whatever_a_server_sets_breaks_nothing(line: bytes, target: str) -> None:
    made = CookieJar(Clock())
    made.take([(b"set-cookie", line)], host="h", target=target, is_secure=True)
    assert "\r" not in sent(made, target, "h", is_secure=True)
    assert "\n" not in sent(made, target, "h", is_secure=True)


@given(
    st.sampled_from(["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c"]), st.sampled_from(["/", "/a", "/a/", "/a/b"])
)
def test_path_matching_is_the_rules(path: str, cookie_path: str) -> None:
    inside = path.startswith(cookie_path if cookie_path.endswith("/") else f"{cookie_path}/")
    assert path_matches(path, cookie_path) == (path == cookie_path or inside)


def test_the_value_of_a_name_is_the_one_set_last() -> None:
    made = jar("sid=1; Path=/a", "sid=2; Path=/b", "sid=3; Path=/a")
    assert made.value("sid") == "3"
    assert made.value("other") is None
