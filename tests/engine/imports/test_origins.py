"""Which server imported requests go to, and what it is called."""

import pytest

from engine.imports.marked_text import placeholder
from engine.imports.origins import host_to_allow, is_target, main_origin, split_url, target_name
from engine.imports.traffic import ImportedRequest


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("http://H.example:80/a?b#c", "http://h.example", "/a?b"),
        ("https://u:p@h:8443", "https://h:8443", "/"),
        ("https://h?x=/y", "https://h", "/?x=/y"),
        ("wss://h/live", "https://h", "/live"),
        ("http://[::1]:8000/", "http://[::1]:8000", "/"),
        ("/a/b?u=http://x/", "", "/a/b?u=http://x/"),
        ("items", "", "/items"),
        (placeholder("location"), "", placeholder("location")),
        (f"{placeholder('id')}/a", "", f"/{placeholder('id')}/a"),
    ],
)
def test_parts_of_a_url(url: str, origin: str, path: str) -> None:
    found = split_url(url)
    assert (found.origin, found.path) == (origin, path)


def requests(*urls: str) -> list[ImportedRequest]:
    return [ImportedRequest("GET", url, place="") for url in urls]


def test_most_requests_decide() -> None:
    found = requests("http://a/1", "http://b/1", "http://b/2", "/path", "ftp://c/1", "ftp://c/2", "ftp://c/3")
    assert main_origin(found, "") == "http://b"
    assert main_origin(found, "", hosts=["a"]) == "http://a"
    assert main_origin(found, "", hosts=["nowhere"]) == ""
    assert main_origin(found, "", to="http://x") == "ftp://c"
    assert main_origin(requests("/path"), "http://base/") == "http://base"
    assert main_origin(requests("/path"), "") == ""


def test_what_can_be_a_target() -> None:
    assert is_target("https://h:8443")
    assert not is_target("ftp://h")
    assert not is_target("http://a..b")


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://127.0.0.1:8000", "server"),
        ("http://[::1]:8000", "server"),
        ("http://localhost", "server"),
        ("https://www.shop.example", "shop.example"),
        ("https://a-very-long-name-of-a-host.example", "a-very-long-name-of-a-ho"),
        ("http://fastapi:8000", "fastapi-server"),
        ("http://_", "server"),
    ],
)
def test_names_of_targets(origin: str, name: str) -> None:
    assert target_name(origin) == name


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", ""),
        ("http://[::1]", ""),
        ("http://192.168.1.5", ""),
        ("http://localhost:1", ""),
        ("http://169.254.169.254", "169.254.169.254"),
        ("http://8.8.8.8", "8.8.8.8"),
        ("https://api.example.com", "api.example.com"),
    ],
)
def test_hosts_that_must_be_allowed(origin: str, host: str) -> None:
    assert host_to_allow(origin) == host
