"""What a plan asks for is what goes over the wire, and nothing else."""

from typing import Any

import pytest

from engine.client.placeholders import Words
from engine.client.template import RequestText, render
from engine.client.template_fill import FillContext, Filler
from targets.errors import UsageError

BASE = "http://127.0.0.1:8000"


def split(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers by lower-case name, body."""
    head, body = data.split(b"\r\n\r\n", 1)
    line, *fields = head.decode("ascii").split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    assert len(headers) == len(fields)
    return line, {name.lower(): value for name, value in headers.items()}, body


def test_a_plain_get() -> None:
    template = render(BASE, RequestText(path="/test", expect_status=[200, 204], weight=3))
    line, headers, body = split(template.head)
    assert line == "GET /test HTTP/1.1"
    assert headers.pop("user-agent").startswith("abreast/")
    assert headers == {"host": "127.0.0.1:8000", "accept": "*/*"}
    assert body == b""
    assert (template.name, template.method, template.expect_status, template.weight) == (
        "GET /test",
        "GET",
        (200, 204),
        3,
    )


@pytest.mark.parametrize(
    ("base_url", "path", "query", "target"),
    [
        (BASE, "/a", {"q": "b c", "n": 1}, "/a?q=b+c&n=1"),
        (BASE, "/a?x=1", {"y": ["2", "3"]}, "/a?x=1&y=2&y=3"),
        (BASE, "/a?x=1&x=2", None, "/a?x=1&x=2"),
        (
            BASE,
            "/a?tag=x&name=M%FCller&path/to",
            {"tag": "y", "n": 1},
            "/a?tag=x&name=M%FCller&path/to&tag=y&n=1",
        ),
        (BASE, "/a?", {"b": [True, None]}, "/a?b=true&b="),
        (BASE, "/a/../b//c/.", None, "/a/../b//c/."),
        (BASE, "/%e4%GG%", None, "/%e4%25GG%25"),
        (BASE, "/a[0]|{b}?c[]=new york&d=\\", None, "/a%5B0%5D%7C%7Bb%7D?c%5B%5D=new%20york&d=%5C"),
        (BASE, "/ü b", None, "/%C3%BC%20b"),
        (BASE, "/a#part", None, "/a"),
        (BASE + "/api/", "/a", None, "/api/a"),
        (BASE, "/", {"inject": "\r\nX: y"}, "/?inject=%0D%0AX%3A+y"),
    ],
)
def test_targets_are_in_origin_form(base_url: str, path: str, query: Any, target: str) -> None:
    line, _, _ = split(render(base_url, RequestText(path=path, query=query)).head)
    assert line == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("http://example.test", "example.test"),
        ("http://[::1]:81", "[::1]:81"),
        ("https://example.test:443", "example.test"),
        ("https://example.test:80", "example.test:80"),
        ("https://bücher.test", "xn--bcher-kva.test"),
    ],
)
def test_host_is_the_targets(base_url: str, host: str) -> None:
    assert split(render(base_url, RequestText()).head)[1]["host"] == host


@pytest.mark.parametrize(
    ("options", "kind", "body"),
    [
        ({"json": {"a": [1, None]}}, "application/json", b'{"a":[1,null]}'),
        ({"form": {"a": "1 2", "b": "ü"}}, "application/x-www-form-urlencoded", b"a=1+2&b=%C3%BC"),
        ({"body": b"\x00\r\n\r\n\xff"}, None, b"\x00\r\n\r\n\xff"),
        ({"body": "ü"}, None, "ü".encode()),
        ({"json": 5, "headers": {"Content-Type": "application/x"}}, "application/x", b"5"),
        ({}, None, b""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "get"])
def test_bodies(method: str, options: dict[str, Any], kind: str | None, body: bytes) -> None:
    line, headers, sent = split(render(BASE, RequestText(method, **options)).head)
    assert line == f"{method.upper()} / HTTP/1.1"
    assert sent == body
    assert headers.get("content-type") == kind
    assert headers.get("content-length", "0") == str(len(body))
    assert ("content-length" in headers) == (method == "POST" or bool(body))


def test_headers_of_the_plan_come_first() -> None:
    headers = split(
        render(BASE, RequestText(headers={"ACCEPT": "text/html", "Host": "other", "X-A": " 1 "})).head
    )[1]
    assert (headers["accept"], headers["host"], headers["x-a"]) == ("text/html", "other", "1")


@pytest.mark.parametrize(
    ("arguments", "options", "why"),
    [
        ((BASE, "GET", "/"), {"headers": {"X": "1\r\nY: 2"}}, "control character"),
        ((BASE, "GET", "/"), {"headers": {"X: 1\r\nY": "2"}}, "not a header's name"),
        ((BASE, "GET", "/"), {"headers": {"": "2"}}, "not a header's name"),
        ((BASE, "POST", "/"), {"headers": {"Content-Length": "3"}, "body": "abc"}, "derived from the body"),
        ((BASE, "POST", "/"), {"headers": {"Transfer-Encoding": "chunked"}}, "derived from the body"),
        ((BASE, "GET", "/"), {"headers": {"Connection": "keep-alive"}}, "derived from the body"),
        ((BASE, "GET", "/"), {"headers": {"connection": "close"}, "kind": "websocket"}, "to the handshake"),
        ((BASE, "GET", "/"), {"headers": {"X": "ü"}}, "ascii"),
        ((BASE, "GET /x HTTP/1.1\r\n", "/"), {}, "not a method"),
        ((BASE, "GET", "/a\r\nX: y"), {}, "control character"),
        ((BASE, "GET", "a"), {}, "begin with a slash"),
        ((BASE, "GET", "/\udcff"), {}, "not UTF-8"),
        ((BASE, "POST", "/"), {"json": 1, "body": "2"}, "more than one body"),
        ((BASE, "POST", "/"), {"json": object()}, "serializable"),
        ((BASE, "POST", "/"), {"body": 5}, "Unexpected type"),
        (("ftp://127.0.0.1", "GET", "/"), {}, "neither an http:// nor an https:// address"),
        ((BASE, "POST", "/"), {"kind": "websocket"}, "opened with a GET"),
        ((BASE, "GET", "/"), {"kind": "websocket", "form": {"a": "b"}}, "opened with a GET"),
        (
            (BASE, "GET", "/"),
            {"kind": "websocket", "headers": {"Upgrade": "h2c"}},
            "belongs to the handshake",
        ),
        (("127.0.0.1:8000", "GET", "/"), {}, ""),
        (("http://127.0.0.1:port", "GET", "/"), {}, "port"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    arguments: tuple[str, ...], options: dict[str, Any], why: str
) -> None:
    base_url, method, path = arguments
    with pytest.raises(UsageError) as refusal:
        render(base_url, RequestText(method, path, **options))
    assert why in refusal.value.why
    assert refusal.value.hint
    assert "cannot be sent" in refusal.value.what


def test_an_event_stream_is_asked_for() -> None:
    template = render(BASE, RequestText(path="/generate", kind="sse", until="[DONE]"))
    assert (template.kind, template.until, template.expect_status) == ("sse", "[DONE]", (200,))
    assert split(template.head)[1]["accept"] == "text/event-stream"
    own = render(BASE, RequestText(path="/generate", kind="sse", headers={"Accept": "text/plain"}))
    assert split(own.head)[1]["accept"] == "text/plain"


@pytest.mark.parametrize("content", [{"body": "go {n}"}, {"json": {"go": "{n|number}"}}, {}])
def test_a_handshake_and_the_message_after_it(content: dict[str, Any]) -> None:
    template = render(
        BASE, RequestText(path="/ws?a={user}", kind="websocket", receive=2, **content), words=Words()
    )
    line, headers, message = split(Filler(template).fill(FillContext(0, 7, 5, {})))
    assert line == "GET /ws?a=7 HTTP/1.1"
    assert headers.pop("user-agent").startswith("abreast/")
    assert headers == {
        "host": "127.0.0.1:8000",
        "accept": "*/*",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
    }
    assert message == {"body": b"go 5", "json": b'{"go":5}'}.get(next(iter(content), ""), b"")
    assert (template.expect_status, template.receive) == ((101,), 2)


def test_a_connection_may_be_asked_to_be_closed() -> None:
    template = render(BASE, RequestText(headers={"Connection": "Close"}))
    assert split(template.head)[1]["connection"] == "Close"
    assert template.closes
    elsewhere = RequestText(headers={"x": "connection: close"}, body="\r\nconnection: close")
    assert not render(BASE, elsewhere).closes
