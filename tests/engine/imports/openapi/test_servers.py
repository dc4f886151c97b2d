"""Requests go to the first server of a document, or to where the document came from."""

from typing import Any

import pytest

from engine.imports.openapi.servers import Servers

DOCUMENT_URL = "http://127.0.0.1:8000/api/openapi.json"

VARIED = [
    {
        "url": "https://{at}.example.com:{port}",
        "variables": {"at": {"default": "eu"}, "port": {"default": 8443}},
    }
]


@pytest.mark.parametrize(
    ("servers", "url", "base", "origin"),
    [
        (None, "", "", ""),
        (None, DOCUMENT_URL, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ([{"url": "/"}], DOCUMENT_URL, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ([{"url": "v1/"}], DOCUMENT_URL, "http://127.0.0.1:8000/api/v1", "http://127.0.0.1:8000"),
        ([{"url": "/v1"}], "", "/v1", ""),
        ([{"url": "https://api.example.com/v1/"}], "", "https://api.example.com/v1", "https://api.example.com"),
        ([{"url": "https://a.example.com"}], DOCUMENT_URL, "https://a.example.com", "https://a.example.com"),
        (VARIED, "", "https://eu.example.com:8443", "https://eu.example.com:8443"),
        ([{"url": "//b.example.com/v1"}], "", "https://b.example.com/v1", "https://b.example.com"),
        ([{"url": "//b.example.com/v1"}], DOCUMENT_URL, "http://b.example.com/v1", "http://b.example.com"),
        ("nonsense", "", "", ""),
        ([{"url": 5}], "", "", ""),
        ([{"url": "http://[::1"}], "", "http://[::1", ""),
    ],
)  # fmt: skip
def test_the_base_of_an_operation(servers: Any, url: str, base: str, origin: str) -> None:
    found = Servers({"servers": servers}, url)
    assert found.base_of({}, {}) == base
    assert found.origin == origin


def test_an_operation_may_have_its_own() -> None:
    found = Servers({"servers": [{"url": "https://a.example.com"}]})
    own, shared = (
        {"servers": [{"url": "https://b.example.com"}]},
        {"servers": [{"url": "https://c.example.com"}]},
    )
    assert found.base_of(shared, own) == "https://b.example.com"
    assert found.base_of(shared, {}) == "https://c.example.com"


def test_other_servers_are_noted() -> None:
    urls = [{"url": "https://a.example.com"}, {"url": "https://b.example.com\x1b[0m"}]
    (note,) = Servers({"servers": urls}).notes
    assert "b.example.com" in note.what
    assert "\x1b" not in note.what


def test_a_scheme_that_is_missing_is_noted() -> None:
    servers = [{"url": "//a.example.com"}]
    (note,) = Servers({"servers": servers}).notes
    assert note.what == "https is used"
    assert Servers({"servers": servers}, DOCUMENT_URL).notes == []


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://a.example.com/v1", "/v1"),
        ("https://a.example.com", ""),
        ("/v2/", "/v2"),
        ("//a.example.com/v1", "/v1"),
    ],
)
def test_only_paths_count_for_a_server_that_runs(url: str, base: str) -> None:
    found = Servers({"servers": [{"url": url}, {"url": "/other"}]}, only_paths=True)
    assert found.base_of({}, {}) == base
    assert (found.origin, found.notes) == ("", [])
