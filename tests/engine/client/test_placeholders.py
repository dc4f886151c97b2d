"""Words of a request become slots, wherever they stand; what is no word stays as it is written."""

import pytest

from engine.client.placeholders import Placeholders, Words, as_literal
from targets.errors import UsageError
from targets.variables import Variables

HEAD = b"POST /%s HTTP/1.1\r\nX: %s\r\nContent-Length: 999\r\n\r\n"


def placeholders(taken: frozenset[str] = frozenset()) -> Placeholders:
    return Placeholders("buy", Words({"city": ("Rome", "Oslo")}, taken))


def test_words_become_slots_in_the_order_in_which_they_are_sent() -> None:
    made = placeholders()
    target, header, body = (made.tokenised(text).encode() for text in ("{n}", "a{city}b", "<{uuid}>"))
    data, slots = made.resolved(HEAD % (target, header), body, body_escape="text", with_cookies=False)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert head == b"POST / HTTP/1.1\r\nX: ab\r\nContent-Length: "
    assert rest == b"<>"
    assert [(slot.source, slot.escape, data[: slot.at][-2:]) for slot in slots] == [
        ("n", "url", b" /"),
        ("data", "header", b" a"),
        ("length", "none", b": "),
        ("uuid", "text", b"\n<"),
    ]
    assert slots[1].values == ("Rome", "Oslo")


def test_a_request_without_words_is_sent_as_it_is() -> None:
    assert placeholders().resolved(b"GET", b"x", body_escape="json", with_cookies=False) == (b"GETx", ())
    assert Placeholders("buy", None).tokenised("{n}") == "{n}"


def test_words_are_found_at_any_depth_and_double_braces_are_text() -> None:
    made = placeholders()
    found = made.tokenised({"{{n}}": [1, None, ("a", "{n}")], "b": True})
    assert found == {"{n}": [1, None, ["a", found["{n}"][2][1]]], "b": True}
    assert found["{n}"][2][1] != "{n}"


def test_a_json_value_may_be_a_number() -> None:
    made = placeholders()
    body = b'{"count":"%s"}' % made.tokenised("{n|number}").encode()
    data, slots = made.resolved(HEAD % (b"", b""), body, body_escape="json", with_cookies=False)
    assert data.endswith(b'{"count":}'), "its quotes are gone"
    assert slots[-1].escape == "number"
    made = placeholders()
    head = HEAD % (made.tokenised("{n|number}").encode(), b"")
    with pytest.raises(UsageError, match="'buy' cannot be sent"):
        made.resolved(head, b"", body_escape="json", with_cookies=False)


@pytest.mark.parametrize(
    ("word", "value", "place", "why"),
    [
        ("{city|number}", "Oslo", "json", "{city} is not a number: 'Oslo'"),
        ("{city:user|number}", "1_000", "json", "{city} is not a number: '1_000'"),
        ("{city}", "a\r\nb", "header", "{city} holds a control character"),
    ],
)
def test_a_value_that_its_place_does_not_take_is_refused_at_once(
    word: str, value: str, place: str, why: str
) -> None:
    made = Placeholders("buy", Words({"city": ("7", value)}))
    token = made.tokenised(word).encode()
    head, body = HEAD % (b"", token if place == "header" else b""), b'{"a":"%s"}' % token
    with pytest.raises(UsageError, match="'buy' cannot be sent") as caught:
        made.resolved(head, b"" if place == "header" else body, body_escape="json", with_cookies=False)
    assert why in caught.value.why
    assert "data.city" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{town}", "unknown word 'town'"),
        ("{random}", "cannot be sent"),
        ("{random:9-1}", "cannot be sent"),
        ("{n:2}", "cannot be sent"),
    ],
)
def test_what_is_no_word_is_refused(text: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        placeholders().tokenised(text)
    assert what in caught.value.what


def test_a_token_that_got_lost_is_refused() -> None:
    made = placeholders(taken=frozenset({"id"}))
    made.tokenised("{id}")
    with pytest.raises(UsageError, match="cannot be sent"):
        made.resolved(HEAD % (b"", b""), b"", body_escape="json", with_cookies=False)


@pytest.mark.parametrize(
    "text",
    [
        "{n}",
        "{{n}}",
        "{random:1-9|number}",
        "${TOKEN}",
        "${{n}}",
        "$${n}",
        "a {b} ${c",
        "{}{a}{{{b}}}",
        "$",
        "{a b}",
    ],
)
def test_a_literal_text_is_sent_as_it_is(text: str) -> None:
    assert placeholders().tokenised(as_literal(text)) == text


def test_a_variable_is_filled_in_as_text() -> None:
    made = Placeholders("buy", Words(variables=Variables({"TOKEN": "{n} ${n}"})))
    assert made.tokenised({"a": ["${TOKEN}", "$${TOKEN}", "${NONE:-x}"]}) == {
        "a": ["{n} ${n}", "${TOKEN}", "x"]
    }
    with pytest.raises(UsageError) as caught:
        made.tokenised("${NONE}")
    assert "NONE is not set" in caught.value.why
