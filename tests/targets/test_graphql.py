"""Documents of GraphQL are known from other texts, and read to their end."""

import pytest

from targets.graphql import begins_document, read_document
from targets.secrets import is_secret


@pytest.mark.parametrize(
    "text",
    [
        "{ a }",
        "query{a}",
        " ,#x\n{...a}",
        "\ufeffquery A { a }",
        "fragment A on B { c }",
        'subscription ($a: b = "c") { d }',
        "{{ a }}",
    ],
)
def test_documents_are_known_by_their_beginning_and_are_whole(text: str) -> None:
    assert begins_document(text)
    assert read_document(text, is_secret).is_whole


@pytest.mark.parametrize(
    "text", ["shoes", "#" * 50_000, '{"a": 1}', "{}", "query for password: x", "", None, 5]
)
def test_other_texts_begin_otherwise(text: object) -> None:
    assert not begins_document(text)


@pytest.mark.parametrize(
    "text",
    [
        "query A { a } fragment B on C @d { ... on E { e } } mutation F @g(h: [1]) @i { j }",
        "query A($a: [B!]! = [{ c: D }], $e: F = G @h) @i(j: $a) { k: l(m: $a, n: -1.5, o: null) @p { q } }",
        'query { a(b: "}", c: """}\\""" } """) } # }',
        "{ a(b: ${B}) { ...C } }",
        "{ plan: basic { price } }",
    ],
)
def test_whole_documents(text: str) -> None:
    assert read_document(text, is_secret).is_whole


@pytest.mark.parametrize(
    "text",
    [
        "{ a",
        "{ a(b: 1 }",
        "{ a } }",
        "{ a } b",
        "{ a } b { c }",
        "{ a } (b)",
        "{ a } b: c { d }",
        "query a b { c }",
        "fragment a { b }",
        "{ a = b }",
        "{ a(b = c) }",
        "query($b = c) { d }",
        "{ a&b }",
        "{ a! }",
        "{ a [b] }",
        "{ a 1 }",
        '{ a "b" }',
        '{ a(b: "c) }',
        '{ a(b: """c) }',
        "{ $a }",
        "{ authorization: Basic a }",
        "# a",
        "",
    ],
)
def test_what_is_no_whole_document(text: str) -> None:
    assert not read_document(text, is_secret).is_whole


def test_literals_have_the_names_they_are_values_of() -> None:
    text = """query ($pin: [Int!] = [1]) @a(b: 2) { token: c(d: 3, key: [[4] 5, { e: "x" }], f: "y") # z
    }"""
    found = [
        (text[each.start : each.end], each.name, each.is_secret, each.is_number)
        for each in read_document(text, is_secret).literals
    ]
    assert found == [
        ("1", "pin", True, True),
        ("2", "b", False, True),
        ("3", "d", False, True),
        ("4", "key", True, True),
        ("5", "key", True, True),
        ("x", "e", True, False),
        ("y", "f", False, False),
        (" z", "", False, False),
    ]
