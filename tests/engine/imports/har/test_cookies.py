"""Cookies that the traffic sets are the users' own; others are sent from variables."""

from typing import Any

from engine.imports.har.cookies import JourneyCookies, sent_cookies
from engine.imports.har.linked_values import Links
from engine.imports.har.steps import Step
from engine.imports.marked_text import placeholder, variable
from tests.support.har_files import entry, steps


def brought(*entries: dict[str, Any]) -> tuple[list[tuple[tuple[str, str], ...]], JourneyCookies, list[Step]]:
    """The cookie headers that the steps get, and what is said about them."""
    cookies, links, made = JourneyCookies(), Links(), steps(*entries)
    for step in made:
        step.headers = ()
        cookies.bring(step, links)
        links.follow(step)
    return [step.headers for step in made], cookies, made


def test_cookies_of_a_request() -> None:
    first = entry(headers=[("cookie", "a=1; b=x=y"), ("Cookie", "c=3")])
    second = entry()
    second["request"]["cookies"] = [{"name": "d", "value": "4"}, {"name": "not a name", "value": "5"}]
    assert [sent_cookies(step) for step in steps(first, second)] == [
        {"a": "1", "b": "x=y", "c": "3"},
        {"d": "4"},
    ]


def test_cookies_that_responses_set_need_no_header() -> None:
    headers, cookies, _ = brought(
        entry("/", gives={"Set-Cookie": "sid=1; HttpOnly"}),
        entry("/a", headers={"Cookie": "sid=1"}, gives={"set-cookie": "theme=dark"}),
        entry("/b", headers={"Cookie": "sid=1; theme=dark"}),
    )
    assert headers == [(), (), ()]
    assert (cookies.variables, cookies.notes) == ({}, [])


def test_cookies_from_before_the_recording_come_from_the_environment() -> None:
    headers, cookies, made = brought(
        entry("/", headers={"Cookie": "sid=1"}, gives={"Set-Cookie": "csrftoken=2"}),
        entry("/a", headers={"Cookie": "sid=1; csrftoken=2"}),
    )
    sid = variable("API_SID")
    assert headers == [
        (("Cookie", f"sid={sid}"),),
        (("Cookie", f"sid={sid}; csrftoken={placeholder('cookie_csrftoken')}"),),
    ]
    assert made[0].takes == {"cookie_csrftoken": "cookie:csrftoken"}
    assert list(cookies.variables) == ["API_SID"]
    (note,) = cookies.notes
    assert (note.place, note.what) == ("entry 1", "sends cookies from before the recording: sid")


def test_a_deleted_cookie_is_no_longer_the_users() -> None:
    headers, _, _ = brought(
        entry("/", gives={"Set-Cookie": "sid=1"}),
        entry("/out", headers={"Cookie": "sid=1"}, gives={"Set-Cookie": "sid=; Max-Age=0"}),
        entry("/a", headers={"Cookie": "sid=9"}),
    )
    assert headers[:2] == [(), ()]
    assert headers[2] == (("Cookie", f"sid={variable('API_SID')}"),)
