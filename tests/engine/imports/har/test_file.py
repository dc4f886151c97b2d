"""HAR files are read with what browsers add to them, and what is damaged is named with its place."""

import base64
import json

import pytest

from engine.imports.har.file import MAX_ENTRIES, path_of, read_har
from targets.errors import UsageError
from tests.support.har_files import BEGAN_S, entry, har, read


def test_an_entry_has_its_request_and_response() -> None:
    made = entry(
        "/items?a=1#top",
        "post",
        at_s=2.5,
        took_s=0.25,
        headers={"Accept": "text/html"},
        body="a=1",
        status=302,
        gives=[("Set-Cookie", "a=1; Path=/\nb=2"), ("location", "/there")],
        content="<p>",
        mime="text/HTML; charset=utf-8",
    )
    (found,) = read(made)
    assert (found.number, found.place, found.method, found.url) == (
        1,
        "entry 1",
        "POST",
        "http://shop.test/items?a=1",
    )
    assert (found.header("accept"), found.header("missing")) == ("text/html", "")
    assert found.post is not None
    assert (found.post.mime_type, found.post.text) == ("application/x-www-form-urlencoded", "a=1")
    assert (found.status, found.content_type, found.content) == (302, "text/html", "<p>")
    assert found.set_by_response("set-cookie") == ["a=1; Path=/", "b=2"]
    assert found.set_by_response("location") == ["/there"]
    assert (found.started_s, found.took_s) == (BEGAN_S + 2.5, 0.25)


def test_entries_are_in_the_order_in_which_they_were_sent() -> None:
    found = read(entry("/second", at_s=2), entry("/first", at_s=1))
    assert [(each.number, each.url[-6:]) for each in found] == [(2, "/first"), (1, "second")]


def test_fields_of_browsers() -> None:
    failed = entry("/a", _error="net::ERR_ABORTED", _resourceType="XHR", _fromCache="disk")
    (found,) = read(failed)
    assert (found.status, found.resource_type, found.from_cache) == (0, "xhr", True)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://shop.test/a//b?c=/d#e", "/a//b"),
        ("http://shop.test", "/"),
        ("https://shop.test?a=/b", "/"),
        ("/a/b?to=http://x/y", "/a/b"),
        ("http://[::1/a", "/a"),
        ("", "/"),
    ],
)
def test_paths_of_urls_good_and_bad(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/there?a=1#b", "http://shop.test/there?a=1"),
        ("b", "http://shop.test/a/b"),
        ("https://other.test/", "https://other.test/"),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_where_a_redirect_leads(location: str, url: str) -> None:
    assert read(entry("/a/", status=302, gives={"Location": location}))[0].leads_to == url


@pytest.mark.parametrize(("status", "read_as"), [(204, 204), (101, 101), (0, 0), (100, 0), (600, 0), (-1, 0)])
def test_a_status_that_no_response_has_is_none(status: int, read_as: int) -> None:
    assert read(entry(status=status))[0].status == read_as


def test_content_in_base64_is_text_where_it_is_text() -> None:
    texts = [base64.b64encode(text).decode() for text in ("é".encode(), b"\xff\xd8")]
    made = [entry(content=text) for text in (*texts, "not base64")]
    for each in made:
        each["response"]["content"]["encoding"] = "base64"
    assert [found.content for found in read(*made)] == ["é", "", ""]


def test_null_and_numbers_where_texts_belong() -> None:
    made = entry(headers=[("x", "1")])
    made["request"]["headers"] = [{"name": "a", "value": None}, {"name": "b", "value": 7}]
    made["response"]["content"] = None
    made["request"]["cookies"] = None
    made["startedDateTime"] = "yesterday"
    made["time"] = None
    (found,) = read(made)
    assert found.headers == (("a", ""), ("b", "7"))
    assert (found.started_s, found.took_s, found.content) == (None, 0.0, "")


def test_an_entry_that_cannot_be_read_is_noted() -> None:
    found, notes = read_har(har(entry("/a"), {"request": {"url": "/b"}}, entry("/c")), "a.har")
    assert [each.number for each in found] == [1, 3]
    (note,) = notes
    assert (note.place, note.what) == ("entry 2", "left out")
    assert note.why.startswith("request.method: ")


def test_lone_surrogates_and_nan_are_read() -> None:
    text = har(entry("/a", content="x")).replace('"x"', '"\\ud83d é"').replace('"time": 100.0', '"time": NaN')
    (found,), _ = read_har(text, "a.har")
    assert found.content == "? é"


def test_a_mark_of_this_program_in_a_file_is_none() -> None:
    (found,) = read(entry("/\ufdd0id\ufdd2"))
    assert found.url == "http://shop.test/\ufffdid\ufffd"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"log": {\n  "entries": [\n    {,', "line 3, column 6: Expecting property name"),
        ('{"log": {"entries": [{"request": "cut', "line 1, column 34: Unterminated string"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "a JSON object with a list `log.entries`"),
        ('{"log": {"entries": {}}}', "a JSON object with a list `log.entries`"),
        ('{"log": {"entries": []}}', "its list of entries is empty"),
        ('{"log": {"entries": [7]}}', "entry 1: the entry: "),
    ],
)
def test_what_is_no_har_file(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_har(text, "shop.har")
    assert caught.value.what.startswith("shop.har ")
    assert why in caught.value.why
    assert "Save all as HAR" in caught.value.hint


def test_a_file_with_too_many_entries() -> None:
    text = json.dumps({"log": {"entries": [None] * (MAX_ENTRIES + 1)}})
    with pytest.raises(UsageError, match="100,001 entries"):
        read_har(text, "a.har")


def test_a_number_of_thousands_of_digits_is_named() -> None:
    with pytest.raises(UsageError, match="not a readable HAR file") as caught:
        read_har('{"log": {"entries": [' + "1" * 5000 + "]}}", "it")
    assert caught.value.why == "it has a number with thousands of digits"


@pytest.mark.parametrize("status", [-1, 0, 99, 600, 99999])
def test_a_status_that_is_none_of_http_is_no_response(status: int) -> None:
    assert read(entry(status=status))[0].status == 0
