"""Headers that are of the request stay; those of the connection, the browser and its cache do not."""

from engine.imports.headers import kept_headers, value_of
from engine.imports.marked_text import variable

HEADERS = [
    (":authority", "h"),
    ("Host", "h:8000"),
    ("Connection", "keep-alive"),
    ("Content-Length", "3"),
    ("Accept", "a"),
    ("accept", "b"),
    ("Cookie", "a=1"),
    ("cookie", "b=2"),
    ("If-None-Match", '"x"'),
    ("sec-ch-ua-mobile", "?0"),
    ("DNT", "1"),
    ("bad name", "x"),
    ("X-Umlaut", "ü"),
    ("X-Line", "a\nb"),
    ("X-Token", variable("T")),
    ("Accept-Encoding", "gzip"),
]


def test_what_stays_and_what_does_not() -> None:
    found = kept_headers(HEADERS, "h:8000", reads_body=False)
    assert found.kept == {
        "Accept": "a, b",
        "Cookie": "a=1; b=2",
        "X-Token": variable("T"),
        "Accept-Encoding": "gzip",
    }
    assert found.conditional == ["If-None-Match"]
    assert found.browser == ["sec-ch-ua-mobile", "DNT"]
    assert found.unsendable == ["bad name", "X-Umlaut", "X-Line"]


def test_a_host_of_its_own_stays_and_answers_that_are_read_are_not_compressed() -> None:
    found = kept_headers(HEADERS, "other", reads_body=True)
    assert found.kept["Host"] == "h:8000"
    assert "Accept-Encoding" not in found.kept


def test_names_have_no_case() -> None:
    assert value_of([("content-TYPE", "a")], "Content-Type") == "a"
    assert value_of([], "a") == ""
