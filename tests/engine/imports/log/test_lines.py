"""Lines of access logs, as servers write them, are read as requests."""

from io import BytesIO

import pytest

from engine.imports.log.lines import MAX_LINE_BYTES, LoggedRequest, bounded_lines, request_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.mark.parametrize(
    "line",
    [
        '127.0.0.1 - ann [10/Oct/2024:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 200 2326',
        'shop.test:443 10.0.0.1 - - [10/Oct/2024:13:55:36 -0700] "GET /a?b=1 HTTP/2.0" 200 - "-" "curl/8"',
        'INFO:     127.0.0.1:54321 - "GET /a?b=1 HTTP/1.1" 200 OK',
        '\x1b[32mINFO\x1b[0m:     127.0.0.1:1 - "\x1b[1mGET /a?b=1 HTTP/1.1\x1b[0m" \x1b[32m200 OK\x1b[0m',
        'web-1  | 2024-10-10T13:55:36Z 127.0.0.1:1 - - [10/Oct/2024:13:55:36] "GET /a?b=1" 200 2',
        '[2024-10-10 13:55:36 +0000] [7] [INFO] 127.0.0.1:1 - - [x] "GET /a?b=1 1.1" 200 2 "-" "-"',
        '10.0.0.1 - - [10/Oct/2024:13:55:36 -0700] "GET http://shop.test/a?b=1#c HTTP/1.1" 200 2',
        '{"log": "127.0.0.1 - - [x] \\"GET /a?b=1 HTTP/1.1\\" 200 2\\n", "stream": "stdout"}',
        '{"request": {"method": "GET", "uri": "/a?b=1", "host": "shop.test"}, "status": 200}',
        '{"request": "GET /a?b=1 HTTP/1.1", "status": "200"}',
        '{"http": {"request": {"method": "get"}, "response": {"status": 200}}, "url": {"path": "/a?b=1"}}',
        '{"method": "GET", "path": "/a", "query_string": "b=1", "status_code": 200}',
        '{"httpRequest": {"requestMethod": "GET", "requestUrl": "https://shop.test/a?b=1", "status": 200}}',
        '{"RequestMethod": "GET", "RequestPath": "/a?b=1", "DownstreamStatus": 200}',
        '{"msg": "request completed", "req": {"method": "GET", "url": "/a?b=1"}, "res": {"statusCode": 200}}',
        '{"method": "GET", "path": "/a?b=1", "response_code": 200, "protocol": "HTTP/1.1"}',
        '{"http.request.method": "GET", "url.original": "/a?b=1", "http.response.status_code": 200}',
    ],
)
def test_formats(line: str) -> None:
    found = request_of(line.encode())
    assert found is not None
    assert (found.method, found.target, found.status) == ("GET", "/a?b=1", 200)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (r'1.2.3.4 - - [x] "GET /a?q=\x22x\x22&e=\xC3\xa9 HTTP/1.1" 200 1', "/a?q=%22x%22&e=%C3%A9"),
        (r'1.2.3.4 - - [x] "GET /a\x5Cx41 HTTP/1.1" 200 1', "/a%5Cx41"),
        (r'1.2.3.4 - - [x] "GET /a\"b\\c HTTP/1.1" 200 1', "/a%22b%5Cc"),
        (r'{"request": "GET /a?q=\x22x\x22 HTTP/1.1", "status": 200, "agent": "\x22"}', "/a?q=%22x%22"),
        (r'{"request": "GET /a HTTP/1.1", "status": 200, "note": "C:\\x16"}', "/a"),
        (r'{"request": "GET /a?q=\x22 HTTP/1.1", "status": 200, "note": "C:\\x16"}', "/a?q=%22"),
        (r'{"log": "1.2.3.4 - - [x] \"GET /a?q=\\x22 HTTP/1.1\" 200 1"}', "/a?q=%22"),
    ],
)
def test_what_a_server_escapes_is_sent_as_clients_sent_it(line: str, target: str) -> None:
    found = request_of(line.encode())
    assert found is not None
    assert found.target == target


def test_a_line_of_the_combined_format_has_a_time_and_a_user_agent() -> None:
    line = (
        f'1.2.3.4 - - [10/Oct/2024:13:55:36 -0700] "HEAD / HTTP/1.1" 304 0 "https://a.test/\\"" "{FIREFOX}"\n'
    )
    assert request_of(line.encode()) == LoggedRequest(
        "HEAD", "/", 304, agent=FIREFOX, time="10/Oct/2024:13:55:36 -0700"
    )


def test_a_line_of_json_has_them_too() -> None:
    line = (
        '{"ts": 1796021887.5, "request": {"method": "PUT", "host": "shop.test", "uri": "/a", '
        '"headers": {"User-Agent": ["Firefox"]}}, "status": 201}'
    )
    assert request_of(line.encode()) == LoggedRequest(
        "PUT", "/a", 201, agent="Firefox", host="shop.test", time="1796021887.5"
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"INFO:     Started server process [17]",
        b'1.2.3.4 - - [x] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"',
        b'1.2.3.4 - - [x] "-" 408 0',
        b'1.2.3.4 - - [x] "GET relative HTTP/1.1" 400 0',
        b'1.2.3.4 - - [x] "GET http://[::1 HTTP/1.1" 400 0',
        b'{"level": "info", "msg": "serving initial configuration", "status": 200}',
        b'{"request": {"method": "GET", "uri": "/"}}',
        b'{"request": "GET / HTTP/1.1", "status": "fine"}',
        b'{"request": ',
        b"\xff\xfe\x00",
        b"[1, 2]",
    ],
)
def test_what_is_no_request(line: bytes) -> None:
    assert request_of(line) is None


def test_a_line_that_is_too_long_is_never_held_as_a_whole() -> None:
    good = b'1.2.3.4 - - [x] "GET / HTTP/1.1" 200 0\n'
    file = BytesIO(good + b"x" * (3 * MAX_LINE_BYTES) + good + good)
    lines = list(bounded_lines(file))
    assert [len(line) for line in lines] == [len(good), MAX_LINE_BYTES, len(good)]
    assert [request_of(line) is None for line in lines] == [False, True, False]
