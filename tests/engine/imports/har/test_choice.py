"""Which entries are kept; what is left out is listed with the reason."""

from typing import Any

import pytest

from engine.imports.har.choice import chosen, origin_of
from targets.errors import UsageError
from tests.support.har_files import entry, read


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Shop.test:80/a", "http://shop.test"),
        ("https://shop.test:8443/a", "https://shop.test:8443"),
        ("https://ann:pw@shop.test/", "https://shop.test"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("data:text/plain,x", ""),
        ("ws://shop.test/", ""),
        ("http://shop.test:port/", ""),
        ("http://[::1/", ""),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("left_out", "what"),
    [
        (entry("https://cdn.test/a"), "1 request to https://cdn.test: /a"),
        (entry("http://shop.test:8080/a"), "1 request to http://shop.test:8080: /a"),
        (entry("/a.css"), "1 request for static files: /a.css"),
        (entry("/logo", mime="image/png"), "1 request for static files: /logo"),
        (entry("/bundle", mime="application/javascript"), "1 request for static files: /bundle"),
        (entry("/a", _resourceType="font"), "1 request for static files: /a"),
        (entry("/a", status=0), "1 request aborted: /a"),
        (entry("/a", _error="net::ERR_FAILED"), "1 request aborted: /a"),
        (entry("/a", _fromCache="memory"), "1 request from the browser's cache: /a"),
        (entry("/a", "OPTIONS", _resourceType="preflight"), "1 request preflight: /a"),
        (entry("/a", "OPTIONS", headers={"Access-Control-Request-Method": "PUT"}), "1 request preflight: /a"),
        (entry("ws://shop.test/chat"), "1 request WebSocket"),
        (entry("/chat", status=101), "1 request WebSocket: /chat"),
        (entry("data:text/css,x"), "1 request not sent over HTTP"),
        (entry("chrome-extension://abc/x.js"), "1 request not sent over HTTP"),
    ],
)
def test_what_is_left_out(left_out: dict[str, Any], what: str) -> None:
    choice = chosen(read(entry("/"), left_out, left_out), name="a.har")
    assert [each.number for each in choice.entries] == [1]
    (note,) = choice.notes
    assert note.place == "entries 2, 3"
    assert note.what == f"left out {what.replace('1 request', '2 requests')}"
    assert note.why


def test_answers_with_data_and_static_files_that_are_wanted_stay() -> None:
    entries = read(
        entry("/"),
        entry("/items.json", mime="application/json"),
        entry("/avatar", "POST", mime="image/png"),
        entry("/a.css"),
        entry("/api", mime="application/javascript", _resourceType="xhr"),
    )
    assert [each.number for each in chosen(entries, name="a").entries] == [1, 2, 3, 5]
    assert [each.number for each in chosen(entries, include_static=True, name="a").entries] == [1, 2, 3, 4, 5]


def test_the_server_of_the_first_page_is_the_main_one() -> None:
    entries = read(
        entry("https://tracker.test/t", mime="text/plain"),
        entry("https://tracker.test/t", mime="text/plain"),
        entry("/", status=301),
        entry("https://shop.test/"),
    )
    assert chosen(entries, name="a").origins == ("https://shop.test",)
    assert chosen(entries[:2], name="a").origins == ("https://tracker.test",)


def test_hosts_that_are_asked_for() -> None:
    entries = read(entry("/"), entry("https://api.test:8443/items"), entry("https://cdn.test/x"))
    for asked in ("api.test", "API.test:8443", "https://api.test:8443"):
        choice = chosen(entries, hosts=("shop.test", asked), name="a")
        assert choice.origins == ("http://shop.test", "https://api.test:8443")
        assert [each.number for each in choice.entries] == [1, 2]


def test_a_host_that_does_not_occur() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(read(entry("/")), hosts=("other.test",), name="a.har")
    assert caught.value.what == "a.har has no request to 'other.test'"
    assert caught.value.why == "it has requests to: http://shop.test"


def test_where_nothing_is_left() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(read(entry("/a.css"), entry("/b", status=0)), name="a.har")
    assert caught.value.what == "nothing in a.har is left to send"
    assert "left out 1 request for static files: /a.css" in caught.value.why
    assert "--include-static" in caught.value.hint
