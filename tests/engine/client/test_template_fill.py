"""Slots: what is filled in arrives as data, whatever it is and wherever it stands."""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.placeholders import Words
from engine.client.template import File
from engine.client.template_fill import FillContext, Filler, TemplateFillError, escaped
from engine.protocol.request import Escape, Slot, Template
from targets.errors import UsageError
from tests.engine.client.test_template import BASE, split
from tests.support.jars import jar
from tests.support.templates import rendered

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = Words(data={"city": ("Bonn", "Zürich & Rom")}, taken=frozenset({"id"}))


def filled(template: Template, value: str = "", *, user: int = 3, number: int = 7, seed: int = 1) -> bytes:
    """The request with `value` as what was taken under the name `id`."""
    return Filler(template).fill(FillContext(seed, user, number, {"id": value}))


def made(method: str = "GET", path: str = "/", **options: Any) -> Template:
    """A template whose words count."""
    return rendered(BASE, method, path, words=WORDS, **options)


@given(TEXTS)
def test_a_value_in_a_path_or_query_is_one_piece_of_it(value: str) -> None:
    line, _, _ = split(filled(made(path="/a/{id}/b", query={"q": "x {id} y"}), value))
    _, target, _ = line.split(" ")
    parts = urlsplit(target)
    before, piece, after = parts.path.removeprefix("/a").rsplit("/", 2)[0], parts.path[3:-2], parts.path[-2:]
    assert (before.count("/") <= 1, unquote(piece), after) == (True, value, "/b")
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", f"x {value} y")]


@given(TEXTS)
def test_a_value_in_json_is_a_text_and_the_length_is_right(value: str) -> None:
    _, headers, body = split(filled(made("POST", json={"a": ["{id}"], "{id}!": "-{id}-"}), value))
    assert json.loads(body) == {"a": [value], f"{value}!": f"-{value}-"}
    assert headers["content-length"] == str(len(body))


@given(TEXTS)
def test_a_value_in_a_form_stays_in_its_field(value: str) -> None:
    _, headers, body = split(filled(made("POST", form={"a": "{id}", "b": "2"}), value))
    assert parse_qsl(body.decode(), keep_blank_values=True) == [("a", value), ("b", "2")]
    assert headers["content-length"] == str(len(body))


@given(TEXTS)
def test_a_header_holds_a_value_or_the_request_is_refused(value: str) -> None:
    template = made(headers={"X-Id": "<{id}>"})
    try:
        data = filled(template, value)
    except TemplateFillError:
        assert any(ord(sign) < 32 or ord(sign) == 127 for sign in value)
    else:
        assert data.count(b"\r\n") == template.head.count(b"\r\n")
        assert f"\r\nX-Id: <{value}>\r\n".lower().encode() in data.lower() or not value.isascii()


@given(TEXTS, TEXTS)
def test_basic_authentication_encodes_what_is_filled_in(one: str, other: str) -> None:
    template = made(basic=("{id}", "{city}"))
    _, headers, _ = split(filled(template, one, number=0))
    assert b64decode(headers["authorization"].removeprefix("Basic ")).decode() == f"{one}:Bonn"
    fixed = rendered(BASE, basic=("ann", "pass"), words=WORDS)
    assert split(fixed.head)[1]["authorization"] == "Basic YW5uOnBhc3M="
    assert fixed.slots == ()


@pytest.mark.parametrize(("value", "fits"), [("5", True), ("-1.5e3", True), ("05", False), ("1,2", False)])
def test_a_number_stands_in_json_without_quotes(value: str, fits: bool) -> None:
    template = made("POST", json={"id": "{id|number}", "n": "{n|number}", "text": "{n}"})
    if not fits:
        with pytest.raises(TemplateFillError, match="not a number"):
            filled(template, value)
        return
    assert json.loads(split(filled(template, value))[2]) == {"id": json.loads(value), "n": 7, "text": "7"}


def test_words_of_a_text_body_follow_its_content_type() -> None:
    text = made("POST", body="<{id}>")
    assert split(filled(text, 'a"b'))[2] == b'<a"b>'
    raw = made("POST", body='{"id": "{id}", "n": {n}}', headers={"Content-Type": "application/json"})
    assert json.loads(split(filled(raw, 'a"b'))[2]) == {"id": 'a"b', "n": 7}


def test_a_multipart_form_holds_files_and_values() -> None:
    picture = File("cat.jpg", b"\x00{n}\r\n\xff", "image/jpeg")
    _, headers, body = split(filled(made("POST", form={"a": "<{id}>"}, files={"f": picture}), "x"))
    kind, boundary = headers["content-type"].split("; boundary=")
    parts = body.split(b"--" + boundary.encode())
    assert (kind, len(parts), headers["content-length"]) == ("multipart/form-data", 4, str(len(body)))
    assert parts[1].endswith(b"\r\n\r\n<x>\r\n")
    assert b'filename="cat.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\x00{n}\r\n\xff\r\n' in parts[2]


def test_cookies_are_a_line_of_their_own_or_none_at_all() -> None:
    template = made(headers={"X": "1"}, keeps_cookies=True)
    none = Filler(template).fill(FillContext(0, 0, 0, {}))
    some = Filler(template).fill(FillContext(0, 0, 0, {}, jar(a="1", b="x=y")))
    assert none == rendered(BASE, headers={"X": "1"}).head
    assert split(some)[1]["cookie"] == "a=1; b=x=y"
    assert not made(headers={"Cookie": "mine=1"}, keeps_cookies=True).keeps_cookies


def test_words_without_a_meaning_for_anybody() -> None:
    line, _, body = split(filled(made("POST", "/{{id}}/{user}", body='{"a": {"b": 1}}{{n}}')))
    assert line == "POST /%7Bid%7D/3 HTTP/1.1"
    assert body == b'{"a": {"b": 1}}{n}'
    assert rendered(BASE, "POST", "/", json={"a": "{id}"}).slots == (), "only where words are asked for"


def test_lists_go_round_by_request_or_by_user() -> None:
    template = made(path="/{city}/{city:user}")
    lines = [split(filled(template, user=user, number=number))[0] for user, number in ((0, 1), (1, 2))]
    assert [unquote(line.split(" ")[1]) for line in lines] == ["/Zürich & Rom/Bonn", "/Bonn/Zürich & Rom"]


@given(st.integers(0, 2**40), st.integers(-5, 5), st.integers(0, 100), st.integers(-(2**53), 2**53))
def test_drawn_values_follow_from_seed_and_number_alone(number: int, low: int, more: int, seed: int) -> None:
    template = made(path=f"/{{random:{low}-{low + more}}}/{{uuid}}")
    one = filled(template, user=1, number=number, seed=seed)
    assert one == filled(template, user=2, number=number, seed=seed)
    assert filled(template, number=number + 1, seed=seed) != one
    _, drawn_number, identifier = split(one)[0].split(" ")[1].split("/")
    assert low <= int(drawn_number) <= low + more
    assert [len(part) for part in identifier.split("-")] == [8, 4, 4, 4, 12]
    assert (identifier[14], identifier[19] in "89ab") == ("4", True)


@given(st.text("aZ09%~é", min_size=1, max_size=5), st.sampled_from(["url", "json", "header", "text", "none"]))
def test_simple_values_are_escaped_like_any_other(value: str, escape: Escape) -> None:
    whole = b"".join(escaped(each, Slot(0, "taken", escape)) for each in f"{value}%")
    assert escaped(f"{value}%", Slot(0, "taken", escape)) == whole


def test_digits_of_other_scripts_and_percent_signs_are_only_data() -> None:
    template = made("POST", "/%25d/{id}", headers={"X": "%d 100%% %b"}, body="%s %d {id} 5%")
    line, headers, body = split(filled(template, "%d"))
    assert line == "POST /%25d/%25d HTTP/1.1"
    assert (headers["x"], body) == ("%d 100%% %b", b"%s %d %d 5%")
    with pytest.raises(TemplateFillError, match="not a number"):
        filled(made("POST", json={"a": "{id|number}"}), "٣")


def test_a_uuid_is_no_number() -> None:
    with pytest.raises(TemplateFillError, match="not a number"):
        filled(made("POST", json={"a": "{uuid|number}"}))


def test_a_request_with_cookies_and_words_before_and_after_them() -> None:
    template = made("POST", "/{id}", headers={"X": "{n}"}, json={"a": "{user}"}, keeps_cookies=True)
    context = FillContext(0, 3, 7, {"id": "a b"}, jar(a="1"))
    line, headers, body = split(Filler(template).fill(context))
    assert (line, headers["x"], headers["cookie"]) == ("POST /a%20b HTTP/1.1", "7", "a=1")
    assert (body, headers["content-length"]) == (b'{"a":"3"}', "9")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"path": "/{nobody}"}, "known: user, n, uuid, random, city, id"),
        ({"path": "/{random}"}, "has no range"),
        ({"path": "/{random:9-1}"}, "has no range"),
        ({"path": "/{n:5}"}, "means nothing"),
        ({"path": "/{n|number}"}, "outside a JSON value"),
        ({"json": {"a": "x{n|number}"}}, "outside a JSON value"),
    ],
)
def test_words_that_mean_nothing_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as refusal:
        made("POST", **options)
    assert why in refusal.value.why
    assert refusal.value.hint
