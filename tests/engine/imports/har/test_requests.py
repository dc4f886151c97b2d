"""HAR files become traffic: by weight, or as a journey."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.imports.har.requests import LONGEST_PAUSE_S, har_traffic
from engine.imports.marked_text import placeholder
from engine.imports.options import ImportOptions
from engine.imports.traffic import FileContent, FormBody, ImportedTraffic, MultipartBody
from engine.plan.workload import MAX_REQUESTS
from targets.errors import UsageError
from tests.support.har_files import entry, har


def imported(*entries: dict[str, Any], **options: Any) -> ImportedTraffic:
    """The traffic of a file with these entries."""
    return har_traffic(har(*entries), ImportOptions("shop.har", **options))


def notes(traffic: ImportedTraffic) -> list[str]:
    """What was left out."""
    return [note.what for note in traffic.notes]


def test_equal_requests_are_one_with_a_weight() -> None:
    traffic = imported(
        entry("/a"), entry("/a?x=1"), entry("/a", status=304), entry("/a", status=302), journey=False
    )
    assert not traffic.journey
    assert [(each.url[-5:], each.weight, each.expect_status) for each in traffic.requests] == [
        ("est/a", 3, (200, 302)),
        ("a?x=1", 1, (200,)),
    ]
    assert traffic.base_url == "http://shop.test"
    assert traffic.source == "the HAR file shop.har"


def test_requests_that_ask_for_something_else_are_not_equal() -> None:
    asks = [
        {"Accept": "text/html", "Priority": "u=1"},
        {"Accept": "application/json", "X-Request-Id": "0f8fad5b-d9cb-469f-a165-70867728950e"},
        {"Accept": "application/json", "X-Request-Id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
        {
            "accept": "application/json",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
        {"accept": "application/json", "X-Sent-At": "1796021887512", "X-CSRF-Token": "abc"},
        {"Accept": "application/json", "HX-Request": "true"},
        {"Accept": "application/json", "Range": "bytes=0-99"},
        {"Accept": "text/html", "Priority": "u=4"},
    ]
    traffic = imported(*(entry("/a", headers=each) for each in asks), journey=False)
    assert [each.weight for each in traffic.requests] == [2, 4, 1, 1]


def test_requests_by_weight_send_the_cookies_that_were_recorded() -> None:
    made = entry("/a", gives={"Set-Cookie": "a=1"}), entry("/b", headers={"Cookie": "a=1"})
    assert imported(*made, journey=False).requests[1].headers == (("Cookie", "a=1"),)
    assert imported(*made, journey=True).requests[1].headers == ()


def test_a_request_that_changes_something_makes_it_a_journey() -> None:
    assert not imported(entry(), entry("/a")).journey
    traffic = imported(entry(), entry("/a", "POST", body="a=1"))
    assert traffic.journey
    assert "the requests are steps of a journey, since POST may need those before it" in notes(traffic)
    assert not imported(entry(), entry("/a", "POST"), journey=False).journey


def test_steps_have_the_pauses_in_which_nothing_was_in_flight() -> None:
    traffic = imported(
        entry("/", at_s=0, took_s=0.5),
        entry("/a", at_s=0.1, took_s=2.0),
        entry("/b", at_s=0.2, took_s=0.1),
        entry("/c", at_s=5.1),
        entry("/d", at_s=200),
        journey=True,
    )
    assert [each.pause_before_s for each in traffic.requests] == pytest.approx(
        [0, 0, 0, 3.0, LONGEST_PAUSE_S]
    )
    assert notes(traffic) == ["a pause of 195 s before it is 30 s in the plan"]


def test_a_login_is_sent_once_and_its_pages_are_checked() -> None:
    sets = {"Set-Cookie": "csrftoken=0123456789abcdef"}
    token = "m4sk3dm4sk3dm4sk3dm4sk3d"
    traffic = imported(
        entry("/login/", gives=sets, content="<head><title>Log in | Shop</title></head>"),
        entry("/login/", "POST", body=f"csrfmiddlewaretoken={token}&password=pw", status=302),
        entry("/", content="<title>\n  Shop\n</title>"),
        entry("/items", content="<title>17 items</title>"),
    )
    login, post, home, items = traffic.requests
    assert [each.once for each in traffic.requests] == [True, True, False, False]
    assert login.takes == {"csrftoken": "cookie:csrftoken"}
    assert post.body == FormBody((("csrfmiddlewaretoken", placeholder("csrftoken")), ("password", "pw")))
    assert post.expect_status == (302,)
    assert login.checks == {"contains": ["<title>Log in | Shop</title>"]}
    assert (post.checks, home.checks, items.checks) == ({}, {}, {}), "several lines, or a number, may differ"


def test_a_journey_that_only_logs_in_is_repeated() -> None:
    made = entry("/login"), entry("/login", "POST", body="password=pw", status=302)
    assert [each.once for each in imported(*made).requests] == [False, False]


def test_a_title_without_an_end_takes_no_time() -> None:
    page = "<title>" + "a" * 300_000 + "<title>   </title>"
    assert imported(entry(content=page), journey=True).requests[0].checks == {}


def test_headers_of_the_browser_and_the_connection_are_left_out() -> None:
    headers = [
        (":authority", "shop.test"),
        (":method", "GET"),
        ("accept", "*/*"),
        ("Accept-Language", "de"),
        ("Accept-Encoding", "gzip, br"),
        ("sec-fetch-mode", "cors"),
        ("User-Agent", "Mozilla/5.0"),
        ("Referer", "http://shop.test/"),
        ("X-Requested-With", "XMLHttpRequest"),
    ]
    traffic = imported(entry(headers=headers))
    assert traffic.requests[0].headers == (("Accept-Language", "de"), ("X-Requested-With", "XMLHttpRequest"))
    assert notes(traffic) == [
        "left out browser headers: accept-encoding, referer, sec-fetch-mode, user-agent"
    ]


def test_what_a_browser_accepts_of_pages_is_written_in_short() -> None:
    accepted = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    traffic = imported(entry(headers={"accept": accepted}), entry("/a", headers={"Accept": "text/html"}))
    assert [each.headers for each in traffic.requests] == [
        (("accept", "text/html,*/*;q=0.8"),),
        (("Accept", "text/html"),),
    ]
    assert notes(traffic) == ["left out browser headers: image types in accept"]


def test_over_tls_the_origin_is_kept() -> None:
    headers = [("Origin", "https://shop.test"), ("Referer", "https://shop.test/a")]
    traffic = imported(entry("https://shop.test/a", "POST", headers=headers))
    assert traffic.requests[0].headers == tuple(headers)


def test_requests_to_other_hosts_go_to_the_plans_target_if_they_are_wanted() -> None:
    traffic = imported(
        entry("/a"),
        entry("https://api.test?x=1"),
        entry("https://api.test/b"),
        hosts=("shop.test", "api.test"),
    )
    assert [each.url for each in traffic.requests] == ["http://shop.test/a", "/?x=1", "/b"]
    assert "requests to https://api.test go to the plan's target like all others" in notes(traffic)


def test_a_request_whose_body_is_missing_is_off() -> None:
    made = entry("/a"), entry("/b", "POST", headers={"Content-Length": "9"})
    for journey in (True, False):
        first, second = imported(*made, journey=journey).requests
        assert (first.enabled, second.enabled) == (True, False)


def test_a_step_that_follows_a_redirect_has_a_name() -> None:
    made = entry("/items", "POST", status=302, gives={"Location": "/items/4711"}), entry("/items/4711")
    first, second = imported(*made).requests
    assert (first.takes, second.url) == ({"location": "header:Location"}, placeholder("location"))
    assert second.name == "GET /items/4711"


def test_streams_of_events_are_read_as_such() -> None:
    traffic = imported(entry("/events", mime="text/event-stream"))
    assert traffic.requests[0].options == {"stream": "sse"}


def test_a_journey_has_a_limited_number_of_steps() -> None:
    traffic = imported(*(entry(f"/{number}") for number in range(MAX_REQUESTS + 7)), journey=True)
    assert len(traffic.requests) == MAX_REQUESTS
    assert "left out the last 7 requests" in notes(traffic)


def test_names_of_files_are_cleaned_before_they_are_shown() -> None:
    with pytest.raises(UsageError, match="a\ufffdb"):
        har_traffic("no", ImportOptions("a\x1bb"))


FIREFOX = Path(__file__).with_name("recordings") / "firefox.har"


def test_a_session_as_firefox_exports_it() -> None:
    traffic = har_traffic(FIREFOX.read_text(encoding="utf-8"), ImportOptions("firefox.har"))
    titles = [f"{each.method} {each.url.partition(':8000')[2]}" for each in traffic.requests]
    item = placeholder("id")
    assert titles == [
        "GET /notes",
        "GET /session/new",
        "POST /session",
        "GET /notes",
        "GET /api/notes?limit=20",
        "POST /api/notes",
        f"GET /api/notes/{item}",
        f"POST /notes/{item}/picture",
        f"DELETE /api/notes/{item}",
    ]
    assert [each.once for each in traffic.requests] == [True] * 3 + [False] * 6
    assert [each.pause_before_s for each in traffic.requests[4:7]] == pytest.approx(
        [0.06, 5.24, 2.41], abs=0.01
    )
    assert all(name.lower() != "cookie" for each in traffic.requests for name, _ in each.headers)
    assert traffic.requests[5].takes == {"id": "/note/id"}
    assert ("X-CSRF-Token", placeholder("x_csrf_token")) in traffic.requests[8].headers
    upload = traffic.requests[7].body
    assert upload == MultipartBody((("caption", "A cat"), ("picture", FileContent("cat.png", "image/png"))))
    assert notes(traffic)[:3] == [
        "left out 2 requests for static files: /static/site.css, /static/site.js",
        "left out 1 request to https://fonts.example.net: /inter.woff2",
        "left out 1 request aborted: /api/notes",
    ]


CHROMIUM = FIREFOX.with_name("chromium.har")
"""A session in the admin of `hybrid`, recorded with Chromium (`tests/support/admin_session.py`)."""


def test_a_session_as_chromium_exports_it() -> None:
    traffic = har_traffic(CHROMIUM.read_text(encoding="utf-8"), ImportOptions("chromium.har"))
    titles = [
        f"{each.method} {each.url.partition('/django/admin/')[2].partition('?')[0]}"
        for each in traffic.requests
    ]
    assert titles == [
        "GET ",
        "GET login/",
        "POST login/",
        "GET ",
        "GET auth/user/",
        "GET auth/user/",
        "GET auth/user/1/change/",
        "POST auth/user/1/change/",
        "GET auth/user/",
        "GET auth/group/",
    ]
    assert [each.once for each in traffic.requests] == [True] * 3 + [False] * 7
    assert [each.expect_status for each in traffic.requests[:4]] == [(302,), (200,), (302,), (200,)]
    login, change = traffic.requests[2], traffic.requests[7]
    for post in (login, change):
        assert isinstance(post.body, FormBody)
        assert dict(post.body.fields)["csrfmiddlewaretoken"] == placeholder("csrftoken")
    assert traffic.requests[1].takes == {"csrftoken": "cookie:csrftoken"}
    assert traffic.requests[3].checks == {
        "contains": ["<title>Site administration | Django site admin</title>"]
    }
    assert not any(name.lower() == "cookie" for each in traffic.requests for name, _ in each.headers)


def test_the_same_session_without_cookies_is_the_same_plan() -> None:
    """Chromium leaves them out of its exports unless asked."""
    whole = CHROMIUM.read_text(encoding="utf-8")
    without = json.loads(whole)
    for each in without["log"]["entries"]:
        for message in (each["request"], each["response"]):
            message["headers"] = [
                header for header in message["headers"] if not header["name"].lower().endswith("cookie")
            ]
    options = ImportOptions("chromium.har")
    assert har_traffic(json.dumps(without), options) == har_traffic(whole, options)
