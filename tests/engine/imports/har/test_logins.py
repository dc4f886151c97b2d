"""Steps that log in are known."""

from typing import Any

import pytest

from engine.imports.har.logins import login_steps
from engine.imports.marked_text import placeholder
from tests.support.har_files import entry, steps

SID = {"Set-Cookie": "sessionid=abc; HttpOnly"}
POST = entry("/login/?next=/admin/", "POST", body="username=ann&password=pw", status=302, gives=SID)


def test_the_form_and_the_redirects_to_it_belong_to_the_login() -> None:
    made = steps(
        entry("/"),
        entry("/admin/", status=302, gives={"Location": "/login/?next=/admin/"}),
        entry("/login/?next=/admin/"),
        POST,
        entry("/admin/users/"),
    )
    assert login_steps(made) == [1, 2, 3]


def test_a_form_may_be_on_another_page() -> None:
    page = entry("/session/new")
    with_referrer = entry(
        "/session",
        "POST",
        body="password=pw",
        status=303,
        headers={"Referer": "http://shop.test/session/new"},
    )
    redirect = entry("/notes", status=302, gives={"Location": "http://shop.test/session/new"})
    assert login_steps(steps(entry("/"), redirect, page, with_referrer, entry("/notes"))) == [1, 2, 3]


def test_a_page_that_gives_a_token_to_the_login_belongs_to_it() -> None:
    made = steps(
        entry("/new"), entry("/other"), entry("/session", "POST", body="password=pw&t=1", status=303)
    )
    made[0].takes = {"token": "cookie:t"}
    made[2].put_in("1", placeholder("token"))
    assert login_steps(made) == [0, 2]


@pytest.mark.parametrize(
    "login",
    [
        entry(
            "/login",
            "POST",
            body='{"user": "a", "passwd": "b"}',
            content_type="application/json",
            mime="application/json",
        ),
        entry("/login", "POST", body="pwd=b", gives=SID),
        entry("/login", "POST", body="a=1&user_password=b", status=204, mime=""),
    ],
)
def test_logins_in_other_ways(login: dict[str, Any]) -> None:
    assert login_steps(steps(entry("/a"), login)) == [1]


@pytest.mark.parametrize(
    "no_login",
    [
        entry("/login", "POST", body="password=wrong", gives={"Set-Cookie": "csrftoken=1"}),
        entry("/login", "POST", body="password=wrong", status=403),
        entry("/search", "POST", body="q=password", status=302),
        entry("/login?password=a"),
    ],
)
def test_what_is_no_login(no_login: dict[str, Any]) -> None:
    assert login_steps(steps(entry("/a"), no_login)) == []


def test_the_second_attempt_logs_in() -> None:
    failed = entry("/login/?next=/admin/", "POST", body="username=ann&password=no")
    assert login_steps(steps(entry("/login/"), failed, POST, entry("/b"))) == [0, 1, 2]


def test_a_journey_that_logs_out_is_repeated_as_a_whole() -> None:
    out = entry("/logout/", "POST", status=302, gives={"Set-Cookie": "sessionid=; Max-Age=0"})
    assert login_steps(steps(entry("/login/"), POST, entry("/a"), out)) == []
