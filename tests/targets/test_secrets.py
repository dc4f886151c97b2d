"""Secrets are known by their names, however they are spelled, and by their forms; all else stays as it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.secrets import _SIMPLE, Masker, is_secret, masked_text, masked_values, masked_words

SECRET = "hunter2-Zx9"


SECRETS = """
password Password passwd pwd PGPASSWORD user_password userPassword DB_PASS MYPASS secret client_secret
clientSecret SECRET_KEY AWS_SECRET_ACCESS_KEY private_key privateKey token access_token accessToken id-token
refresh.token X-CSRF-Token csrfmiddlewaretoken api_key apikey apiKey API-KEY x-api-key X-Api-Key key
authorization Authorization Proxy-Authorization cookie Set-Cookie session sessionid session_id PHPSESSID
jwt JSESSIONID passphrase credentials sig pin user[password] auth creds client_assertion SAMLResponse
"""
OTHERS = """
user name max_tokens tokens tokenizer author passenger compassion keyboard keystone pinned signal sessions
page city monkeys PATH HOME path x 1 - assertions same small
"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", OTHERS.split())
def test_other_names(name: str) -> None:
    assert not is_secret(name)


DOCUMENT = """# signs in
mutation Login($email: String!, $password: String!, $pin: Int = %(pin)s) {
  login(email: $email, password: $password, input: { token: "%(token)s", n: 17, key: ENUM }) {
    token: accessToken # Bearer %(bearer)s
    user(password: \"\"\"%(password)s\"\"\", url: "https://%(user)sh/") { id key: name }
  }
}"""


def test_a_document_of_graphql_loses_its_secrets_and_keeps_its_syntax() -> None:
    secrets = {"pin": 1234, "token": 'a\\"b', "bearer": "abc123", "password": "two\n", "user": "a:b@"}
    hidden = DOCUMENT % (dict.fromkeys(secrets, "(hidden)") | {"user": "(hidden)@"})
    assert Masker().document(DOCUMENT % secrets) == hidden
    assert Masker().document(hidden) == hidden
    assert Masker().value({"query": DOCUMENT % secrets, "variables": {"email": "e"}}) == {
        "query": hidden,
        "variables": {"email": "e"},
    }


@pytest.mark.parametrize(
    "query",
    [
        'query Q($password: String = "{}") { a(password: $password) }',
        'query Q($u: String = "u{", $p: [String!]! = ["a"]) @b(token: "{}") { a }',
        'mutation { a(passwords: ["{}", "{}"], n: [1, 2]) { b } }',
        'mutation { a(input: { credentials: { user: "{}", more: [["{}"], { x: "{}" }] }, n: 1 }) { b } }',
        '{ a(pin: [[12], [-1.5e3]], x: ["b"]) }',
        '{{ a(password: "{}") {{ b }} }}',
    ],
)
def test_documents_under_query_lose_secrets_wherever_they_are_and_nothing_else(query: str) -> None:
    sent = query.replace('"{}"', f'"{SECRET}"')
    hidden = query.replace('"{}"', '"(hidden)"').replace("-1.5e3", "(hidden)").replace("12", "(hidden)")
    assert Masker().value({"query": sent}) == {"query": hidden}
    assert Masker().document(sent) == hidden
    assert Masker().document(hidden) == hidden


@pytest.mark.parametrize(
    "query",
    [
        "{ password={}&x=1 }",
        "{ a(password={}&x=1) }",
        "query($password={}) {a}",
        "query {a} Authorization: Bearer {}",
        "{ Authorization: Bearer {} }",
        "query Authorization: Bearer {} {a}",
        'mutation { login(password: "{}") ',
        'mutation { login(password: "{}',
        "query a {b} <password>{}</password> {c}",
    ],
)
def test_what_only_begins_as_a_document_is_searched_as_a_text_too(query: str) -> None:
    secret = SECRET.replace("-", "")
    assert secret not in Masker().value({"query": query.replace("{}", secret)})["query"]
    assert secret not in Masker().document(query.replace("{}", secret))


def test_a_variable_of_the_environment_in_a_document_stays_without_its_default() -> None:
    document = "{ a(n: ${N:-5}, m: ${PIN:-1234}, pin: [${P:-1234}, ${P}]) }"
    assert Masker().document(document) == document.replace("1234", "(hidden)")


@pytest.mark.parametrize(
    "text",
    [
        "https://ann:{}@host/x",
        "/reset?token={}",
        "/reset?a=1&api_key={}&b=2",
        "/reset?api%5Fkey={}",
        "a=1&password={}",
        "user[password]={}",
        "/login?next=%2Freset%3Ftoken%3D{}",
        "redirect_uri=https%3A%2F%2Fh%2Fcb%3Fa%3D1%26api%5Fkey%3d{}%26b%3D2&x=1",
        "token%3D{}",
        '{"user":"ann","password":"{}"}',
        '{"deep":[{"auth":{"value":"{}"}}]}',
        'it said {"token": "{}"} and more',
        "{'api_key': '{}'}",
        "<login><password>{}</password></login>",
        "Authorization: Bearer {}",
        "sent with Bearer {} to it",
        "Cookie: a=1; b={}",
        "Set-Cookie: sid={}; Path=/",
        "password={}",
        "PASSWORD='{}' ./serve",
        'token = "{}"',
        "serve --password {} --port 80",
        "serve --api-key={} --port 80",
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
    ],
)
def test_texts_lose_their_secrets_and_nothing_else(text: str) -> None:
    masked = masked_text(text.replace("{}", SECRET))
    assert SECRET not in masked
    assert "(hidden)" in masked
    assert masked_text(masked) == masked, "once is enough"


@pytest.mark.parametrize(
    "text",
    [
        "GET /cookie: bad body 5 (the body is not JSON)",
        "/api/token: it is connected, and has not answered yet",
        "GET /items?page=2&q=a+b",
        "/login?next=%2Fitems%3Fpage%3D2%26q%3Da",
        "http://127.0.0.1:8000/health",
        "status 500: expected 200",
        "session: 20250101-120000-hello-ab12",
        "load begins: hello, think time 100 ms",
        '{"max_tokens": 100, "items": [1, 2]}',
        "p95 < 200 ms, errors < 1 %",
        "Basic authentication is not asked for",
        "ABREAST_WORKERS=4 python -P -m targets.apps",
        "a[0] = 5; b == c",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert masked_text(text) == text


def test_words_of_a_command() -> None:
    words = ("serve", "--password", SECRET, f"--token={SECRET}", "-u", f"ann:{SECRET}", "--fast", "--n", "80")
    hidden = ("serve", "--password", "(hidden)", "--token=(hidden)", "-u", "ann:(hidden)")
    assert masked_words(words) == (*hidden, "--fast", "--n", "80")
    assert masked_words(("sh", "-c", f"API_KEY={SECRET} serve"))[2] == "API_KEY=(hidden) serve"


def test_values_at_any_depth() -> None:
    masked = Masker().value(
        {"a": [{"pin": 1234, "ok": True, "note": None}], "session": {"id": SECRET, "n": [5]}}
    )
    assert masked == {
        "a": [{"pin": "(hidden)", "ok": True, "note": None}],
        "session": {"id": "(hidden)", "n": ["(hidden)"]},
    }
    assert masked_values({"X-Api-Key": SECRET, "Accept": "*/*"}) == {"X-Api-Key": "(hidden)", "Accept": "*/*"}


def test_what_stands_for_a_value_is_none() -> None:
    masker = Masker(frozenset({"token", "pw", "n"}))
    headers = {
        "Authorization": "Bearer {token}",
        "X-Token": "{token}",
        "X-Auth": f"{{n}}{SECRET}",
        "X-Key": "{{hunter2}}",
        "X-Secret": "{hunter3}",
    }
    assert masker.value(headers) == {
        "Authorization": "Bearer {token}",
        "X-Token": "{token}",
        "X-Auth": "(hidden)",
        "X-Key": "(hidden)",
        "X-Secret": "(hidden)",
    }
    assert masker.filled == {"token", "n"}


def test_what_was_hidden_is_hidden_where_it_comes_again() -> None:
    masker = Masker()
    masker.value({"Authorization": f"Bearer {SECRET}", "pin": 7})
    assert masker.known(f"the body has {SECRET!r}, 7 times") == "the body has '(hidden)', 7 times"


@pytest.mark.parametrize(
    "piece",
    [
        "a-",
        "a=",
        "a:",
        "{",
        '"',
        "<a ",
        "://",
        "@",
        "Bearer ",
        "--a ",
        '"a":',
        "key=",
        "key%3D",
        "%26a",
        'form-data; name="a"',
        'form-data; name="a"\n',
    ],
)
def test_long_texts_take_no_time(piece: str) -> None:
    began_s = time.process_time()
    masked_text(piece * 50_000)
    assert time.process_time() - began_s < 10, "it is linear"


@pytest.mark.parametrize(
    "piece",
    [
        "{a ",
        "{a(b:",
        '"',
        '"""',
        '"\\',
        '\\"""',
        "#",
        "#\n",
        "${",
        "[{key:",
        "query{a}",
        "query a ",
        "(",
        "@a",
    ],
)
@pytest.mark.parametrize("before", ["{a(password:", "query ", '{a(b:"""'])
def test_long_documents_take_no_time(before: str, piece: str) -> None:
    began_s = time.process_time()
    Masker().value({"query": before + piece * (200_000 // len(piece))})
    assert time.process_time() - began_s < 10, "it is linear"


@given(st.from_regex(_SIMPLE, fullmatch=True))
def test_a_simple_text_holds_no_secret_to_look_for(text: str) -> None:
    assert masked_text(text) == text
    assert masked_text(f" {text}") == f" {text}", "the long way, which a space takes, finds nothing either"
