"""Who may read the page."""

import pytest

from tui.serve.access import Access, is_loopback, is_own_origin, is_own_page, new_token

LOCAL = Access()
OPEN = Access(token="s3cret", is_open=True)


def test_tokens_differ_and_fit_in_a_path() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(each) >= 22 and each.replace("-", "").replace("_", "").isalnum() for each in tokens)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_has_several_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "evil.example"])
def test_other_names_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_without_a_token_the_path_is_the_path() -> None:
    assert LOCAL.root == "/"
    assert [LOCAL.within(path) for path in ("/", "/events", "/a/b")] == ["", "events", "a/b"]


def test_with_a_token_only_paths_that_begin_with_it_lead_anywhere() -> None:
    assert OPEN.root == "/s3cret/"
    assert [OPEN.within(path) for path in ("/s3cret/", "/s3cret/events")] == ["", "events"]
    assert OPEN.within("/s3cret") == ".."
    wrong = ("/", "", "/events", "/s3cre/", "/s3crets/", "/S3CRET/", "/x/s3cret/", "//s3cret/", "/s3crét/")
    assert [OPEN.within(path) for path in wrong] == [None] * len(wrong)


@pytest.mark.parametrize("host", ["localhost:8642", "127.0.0.1", "[::1]:8642"])
def test_on_loopback_a_request_names_this_machine(host: str) -> None:
    assert LOCAL.is_named_here({"host": host})


@pytest.mark.parametrize("host", ["evil.example:8642", "", "10.0.0.1:8642", "[", "127.0.0.1.evil.example"])
def test_on_loopback_any_other_name_is_a_trick(host: str) -> None:
    assert not LOCAL.is_named_here({"host": host})
    assert OPEN.is_named_here({"host": host})


def test_requests_of_other_origins_are_recognized() -> None:
    host = {"host": "10.0.0.1:8642"}
    assert is_own_origin(host)
    assert is_own_origin(host | {"origin": "http://10.0.0.1:8642"})
    for origin in ("http://evil.example", "null", "", "http://10.0.0.1", "http://[", "https://10.0.0.1:8643"):
        assert not is_own_origin(host | {"origin": origin})


def test_a_link_from_elsewhere_may_open_the_page_but_not_its_stream() -> None:
    linked = {"host": "localhost", "sec-fetch-site": "cross-site"}
    assert is_own_origin(linked)
    assert not is_own_page(linked)
    assert not is_own_page({"host": "localhost", "sec-fetch-site": "same-site"})
    assert is_own_page({"host": "localhost", "sec-fetch-site": "same-origin"})
    assert is_own_page({"host": "localhost"})
