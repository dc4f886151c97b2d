"""What a response gave is found again, with where a plan takes it from."""

import re

import pytest

from engine.imports.har.given_values import Given, cookies_set, pattern_of
from tests.support.har_files import entry, steps


def given(content: str = "", mime: str = "text/html", method: str = "GET", **gives: str) -> Given:
    """What such a response gave."""
    return Given.by(steps(entry("/a/17", method, content=content, mime=mime, gives=list(gives.items())))[0])


def test_values_of_json() -> None:
    found = given('{"data": [{"id": 17, "token": "abc"}, {"id": 17}], "ok": true}', "application/json")
    assert found.where("abc") == "/data/0/token"
    assert found.where("17") == "/data/0/id"
    assert found.where("True") is None
    assert given("{cut", "application/json").where("cut") is None


def test_ids_of_what_was_created() -> None:
    text = '{"item": {"id": 17, "itemId": 18, "count": 19}}'
    created = given(text, "application/json", "POST")
    assert created.where_created("17") == "/item/id"
    assert created.where_created("18") == "/item/itemId"
    assert created.where_created("19") is None, "no name of an id"
    assert given(text, "application/json", "GET").where_created("17") is None


def test_cookies_and_headers() -> None:
    found = Given.by(
        steps(entry(gives=[("Set-Cookie", 'a="one"; Path=/'), ("X-Token", "two"), ("Date", "three")]))[0]
    )
    assert (found.where("one"), found.where("two"), found.where("three")) == (
        "cookie:a",
        "header:X-Token",
        None,
    )


def test_a_name_that_no_plan_can_have_is_not_taken_from() -> None:
    found = Given.by(steps(entry(gives=[("X Token", "one"), ("Set-Cookie", "a b=two")]))[0])
    assert (found.where("one"), found.where("two")) == (None, None)


def test_deleted_cookies_have_no_value() -> None:
    lines = [
        "a=1; Max-Age=0",
        "b=2; Max-Age=-1; Path=/",
        'c=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
        "d=4; Max-Age=3600; expires=Thu, 01 Jan 2099 00:00:00 GMT",
        "no cookie",
    ]
    found = cookies_set(steps(entry(gives=[("set-cookie", line) for line in lines]))[0])
    assert list(found) == [("a", ""), ("b", ""), ("c", ""), ("d", "4")]


@pytest.mark.parametrize(
    "page",
    [
        '<input type="text" value="other"><input type="hidden" name="_token" value="VALUE">',
        "<input name='other' value='x'><input value='VALUE' type='hidden' name='_token'>",
        '<meta name="csrf-token" content="VALUE" />',
        '<form><input name="authenticity_token" type="hidden"\n  value="VALUE"></form>',
        '<script>var config = {"csrf": "VALUE", "b": "c"};</script>',
    ],
)
def test_a_pattern_finds_the_value_of_another_page_too(page: str) -> None:
    pattern = pattern_of("VALUE", page)
    assert pattern is not None
    for value in ("VALUE", "another+value/=="):
        found = re.search(pattern, page.replace("VALUE", value))
        assert found is not None
        assert found[1] == value


@pytest.mark.parametrize("page", ["VALUE", "<p>VALUE</p>", '<b title="VALUE">'[:10], ""])
def test_a_value_without_quotes_has_no_pattern(page: str) -> None:
    assert pattern_of("VALUE", page) is None


def test_a_pattern_that_finds_another_value_first_is_none() -> None:
    assert pattern_of("VALUE", '<i name="t" value="first"><i name="t" value="VALUE">') is None


def test_values_of_pages() -> None:
    found = given('<input name="t" value="a-token">')
    assert found.where("a-token") == 'regex:name="t" value="([^"]+)"'
    assert found.where("other") is None


@pytest.mark.parametrize(
    "page",
    [
        '<script>var cfg = {apiKey: "sk4711sk4711sk4711", csrf: "VALUE"}</script>',
        '<script>set("sk4711sk4711sk4711"); csrf = "VALUE"</script>',
        '<input name="_token" data-key="sk4711" value="VALUE">',
        '<script>call("sk4711sk4711sk4711", "VALUE")</script>',
    ],
)
def test_a_pattern_has_no_other_secret_of_the_page_in_it(page: str) -> None:
    assert "sk4711" not in (pattern_of("VALUE", page) or "")


def test_a_key_is_enough_of_a_pattern_where_it_is_the_first() -> None:
    page = '<script>var cfg = {apiKey: "sk4711sk4711sk4711", csrf: "VALUE"}</script>'
    assert pattern_of("VALUE", page) == 'csrf: "([^"]+)"'
    assert pattern_of("VALUE", '<script>a({t: "x"}); b({t: "VALUE"})</script>') == (
        r'<script>a\(\{t: "x"\}\); b\(\{t: "([^"]+)"'
    )
