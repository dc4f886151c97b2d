"""Values that an earlier response gave are taken from it."""

from typing import Any

from engine.imports.har.linked_values import Links
from engine.imports.har.steps import Step
from engine.imports.marked_text import placeholder
from engine.imports.traffic import FormBody, JsonBody
from tests.support.har_files import entry, steps

LONG = "c2VjcmV0LXRva2VuLTQyCg"
MASKED = "m4sk3dm4sk3dm4sk3dm4sk3dm4sk3dm4sk3d"
LOGIN = '<form><input type="hidden" name="csrfmiddlewaretoken" value="{}"></form>'


def linked(*entries: dict[str, Any]) -> tuple[list[Step], Links]:
    """The steps of a journey, with what they take from each other."""
    links, made = Links(), steps(*entries)
    for step in made:
        links.follow(step)
    return made, links


def test_a_token_of_a_response_in_json() -> None:
    first, second = linked(
        entry("/login", "POST", content=f'{{"auth": {{"token": "{LONG}"}}}}', mime="application/json"),
        entry("/me", headers={"Authorization": f"Bearer {LONG}"}),
    )[0]
    assert first.takes == {"token": "/auth/token"}
    assert second.headers == (("Authorization", f"Bearer {placeholder('token')}"),)


def test_the_newest_response_that_has_it() -> None:
    give = {"X-Csrf-Token": LONG}
    first, second, third = linked(
        entry("/a", gives=give), entry("/b", gives=give), entry("/c", "POST", headers={"X-CSRF-Token": LONG})
    )[0]
    assert (first.takes, second.takes) == ({}, {"x_csrf_token": "header:X-Csrf-Token"})
    assert third.headers == (("X-CSRF-Token", placeholder("x_csrf_token")),)


def test_djangos_token_is_taken_from_its_cookie() -> None:
    sets = {"Set-Cookie": "csrftoken=0123456789abcdef0123456789abcdef; Path=/; SameSite=Lax"}
    first, second = linked(
        entry("/login/", content=LOGIN.format(MASKED), gives=sets),
        entry("/login/", "POST", body=f"csrfmiddlewaretoken={MASKED}&username=ann", status=302),
    )[0]
    assert first.takes == {"csrftoken": "cookie:csrftoken"}
    assert second.body == FormBody((("csrfmiddlewaretoken", placeholder("csrftoken")), ("username", "ann")))


def test_djangos_token_in_a_file_without_cookies() -> None:
    """As Chromium exports it unless asked otherwise."""
    first, picture, second = linked(
        entry("/login/", content=LOGIN.format("another")),
        entry("/data", mime="application/json", content="{}"),
        entry("/login/", "POST", headers={"X-CSRFToken": MASKED}),
    )[0]
    assert (first.takes, picture.takes) == ({"csrftoken": "cookie:csrftoken"}, {})
    assert second.headers == (("X-CSRFToken", placeholder("csrftoken")),)


def test_tokens_of_other_frameworks_are_found_in_their_pages() -> None:
    page = f'<input type="hidden" name="authenticity_token" value="{LONG}==">'
    first, second = linked(
        entry("/new", content=page), entry("/items", "POST", body=f"authenticity_token={LONG}%3D%3D&a=1")
    )[0]
    assert first.takes == {"authenticity_token": 'regex:name="authenticity_token" value="([^"]+)"'}
    assert second.body == FormBody((("authenticity_token", placeholder("authenticity_token")), ("a", "1")))


def test_a_token_that_no_response_has_is_noted() -> None:
    made, links = linked(entry("/a"), entry("/b", "POST", body=f"csrf_token={LONG}"))
    assert made[1].body == FormBody((("csrf_token", LONG),))
    (note,) = links.notes
    assert (note.place, note.what) == ("entry 2", "csrf_token is sent as it was recorded")


def test_what_people_type_is_not_linked() -> None:
    page = '<input name="a" value="hunter2hunter2hunter2">'
    made, _ = linked(entry("/a", content=page), entry("/b", "POST", body="password=hunter2hunter2hunter2"))
    assert made[0].takes == {}


def test_an_id_that_a_request_created() -> None:
    first, second, third = linked(
        entry("/items", "POST", status=201, content='{"id": 4711}', mime="application/json"),
        entry("/items/4711/parts/4711"),
        entry("/items/4711", "DELETE", status=204),
    )[0]
    assert first.takes == {"id": "/id"}
    assert second.url == f"http://shop.test/items/{placeholder('id')}/parts/{placeholder('id')}"
    assert third.url == f"http://shop.test/items/{placeholder('id')}"


def test_an_id_with_a_word_before_it() -> None:
    first, second, third = linked(
        entry("/carts", "POST", content='{"id": "cart-7", "api": "v2"}', mime="application/json", status=201),
        entry("/v2/carts/cart-7"),
        entry("/orders", "POST", body='{"cart": "cart-7"}', content_type="application/json"),
    )[0]
    assert first.takes == {"id": "/id"}
    assert second.url.endswith(f"/v2/carts/{placeholder('id')}")
    assert third.body == JsonBody({"cart": placeholder("id")})


def test_an_id_that_was_created_is_known_in_bodies_too() -> None:
    uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    first, second, third, fourth = linked(
        entry("/cart", "POST", status=201, content=f'{{"cartId": "{uuid}"}}', mime="application/json"),
        entry("/items", content=f'{{"id": "{uuid[::-1]}"}}', mime="application/json"),
        entry(
            f"/add?item={uuid[::-1]}", "POST", body=f'{{"cart": "{uuid}"}}', content_type="application/json"
        ),
        entry("/search?key=cartId17"),
    )[0]
    assert (first.takes, second.takes) == ({"cartid": "/cartId"}, {})
    assert third.body == JsonBody({"cart": placeholder("cartid")})
    assert third.url.endswith(uuid[::-1]), "what a GET gave is data of the server"
    assert fourth.url == "http://shop.test/search?key=cartId17"


def test_a_cookie_has_one_name_wherever_it_is_set() -> None:
    sets = {"Set-Cookie": "csrftoken=0123456789abcdef; Path=/"}
    made = linked(
        entry("/a", gives=sets),
        entry("/a", "POST", body=f"csrfmiddlewaretoken={MASKED}", gives=sets),
        entry("/b", "POST", body=f"csrfmiddlewaretoken={MASKED}2"),
    )[0]
    assert [step.takes for step in made] == [{"csrftoken": "cookie:csrftoken"}] * 2 + [{}]
    assert all(
        step.body == FormBody((("csrfmiddlewaretoken", placeholder("csrftoken")),)) for step in made[1:]
    )


def test_an_id_that_was_known_before_stays() -> None:
    made, _ = linked(
        entry("/items/17"),
        entry("/items/17", "PUT", content='{"id": 17}', mime="application/json"),
        entry("/items/17"),
        entry("/list", content='[{"id": 18}]', mime="application/json"),
        entry("/items/18"),
    )
    assert [step.url[-3:] for step in made if "items" in step.url] == ["/17", "/17", "/17", "/18"]


def test_a_redirect_to_something_new_is_followed() -> None:
    first, second, third = linked(
        entry("/items", "POST", status=302, gives={"Location": "/items/4711?made=1"}),
        entry("/items/4711?made=1", status=302, gives={"location": "/"}),
        entry("/"),
    )[0]
    assert first.takes == {"location": "header:Location"}
    assert second.url == placeholder("location")
    assert (second.takes, third.url) == ({}, "http://shop.test/")


def test_names_are_free_and_allowed() -> None:
    first, second = linked(
        entry(
            "/a",
            content=f'{{"user": "{LONG}1", "x": {{"user": "{LONG}2"}}, "9-a": "{LONG}3"}}',
            mime="application/json",
        ),
        entry("/b", "POST", body=f"a_token={LONG}1&b_token={LONG}2&c_token={LONG}3"),
    )[0]
    assert first.takes == {"user_2": "/user", "user_3": "/x/user", "value_9_a": "/9-a"}
    assert second.body == FormBody(
        (
            ("a_token", placeholder("user_2")),
            ("b_token", placeholder("user_3")),
            ("c_token", placeholder("value_9_a")),
        )
    )
