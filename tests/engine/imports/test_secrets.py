"""No secret of a source is left in what is written: each is a variable."""

import json
from base64 import b64encode
from urllib.parse import quote

from engine.imports.marked_text import variable
from engine.imports.secrets import Hider
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
    Note,
)

PASSWORD = "correct-horse-battery"


def request(body: Body = None, url: str = "http://h/a", **headers: str) -> ImportedRequest:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ImportedRequest("POST", url, place="1", body=body, headers=pairs)


def test_credentials_of_a_request() -> None:
    hider = Hider()
    basic = "Basic " + b64encode(f"ann:{PASSWORD}".encode()).decode()
    found = hider.hide(request(Authorization=basic)).request
    assert found.auth == BasicAuth("ann", variable("API_PASSWORD"))
    assert found.headers == ()
    found = hider.hide(request(Authorization="Bearer abc", Cookie="a=1; b=2", X_Plain="yes")).request
    assert found.headers == (
        ("Authorization", f"Bearer {variable('API_TOKEN')}"),
        ("Cookie", variable("API_COOKIE")),
        ("X-Plain", "yes"),
    )
    assert hider.variables.values == {"API_PASSWORD": PASSWORD, "API_TOKEN": "abc", "API_COOKIE": "a=1; b=2"}


def test_a_user_without_a_password_is_a_key() -> None:
    found = Hider().hide(request(url="https://sk_live_1:@h/a")).request
    assert found.auth == BasicAuth(variable("API_KEY"), "")
    assert found.url == "https://h/a"


def test_parameters_of_a_query_are_taken_out_of_it() -> None:
    found = Hider().hide(request(url="http://h/a?page=2&api_key=a%2Bb&x=1#f"))
    assert found.request.url == "http://h/a?page=2&x=1#f"
    assert found.query == (("api_key", variable("API_KEY")),)


def test_bodies() -> None:
    hider = Hider()
    found = hider.hide(
        request(JsonBody({"user": "ann", "password": PASSWORD, "n": 1, "list": [{"otp": ""}]}))
    )
    assert found.request.body == JsonBody(
        {"user": "ann", "password": variable("API_PASSWORD"), "n": 1, "list": [{"otp": ""}]}
    )
    found = hider.hide(request(FormBody((("user", "ann"), ("password", PASSWORD)))))
    assert found.request.body == FormBody((("user", "ann"), ("password", variable("API_PASSWORD"))))
    found = hider.hide(request(MultipartBody((("token", "t"), ("x", "y")))))
    assert found.request.body == MultipartBody((("token", variable("API_TOKEN")), ("x", "y")))
    assert hider.hide(request('{"secret": "s", "x": null}')).request.body == (
        f'{{"secret": "{variable("API_SECRET")}", "x": null}}'
    )
    assert hider.hide(request('{ "x" :  null }')).request.body == '{ "x" :  null }'


def test_a_number_keeps_its_kind() -> None:
    assert Hider().hide(request(JsonBody({"pin": 1234, "x": 1}))).request.body == (
        f'{{"pin": {variable("API_PIN")}, "x": 1}}'
    )


def test_secrets_are_taken_out_wherever_they_occur_again() -> None:
    hider = Hider()
    first = hider.hide(request(JsonBody({"password": PASSWORD})))
    second = hider.hide(request(JsonBody({"note": PASSWORD}), url=f"http://h/{PASSWORD}/x", X_Note=PASSWORD))
    mark = variable("API_PASSWORD")
    found = hider.again(second).request
    assert found.url == f"http://h/{mark}/x"
    assert found.headers == (("X-Note", mark),)
    assert found.body == JsonBody({"note": mark})
    assert hider.again(first) == first
    note = hider.note(Note("1", f"it has {PASSWORD}", "token=abcdef"))
    assert PASSWORD not in note.what
    assert "abcdef" not in note.why
    assert hider.note(Note("a\x00", f"left out: {variable('MINE')}", "b\nc")) == Note(
        "a\ufffd", "left out: ${MINE}", "b c"
    )
    assert hider.values(["7", PASSWORD, f"x-{PASSWORD}"]) == ("7",)


def test_secrets_in_content_types_of_fields() -> None:
    hider = Hider()
    hider.hide(request(JsonBody({"password": PASSWORD})))
    found = hider.hide(request(MultipartBody((("a", "b"),), {"a": f"text/plain;x={PASSWORD}"})))
    body = hider.again(found).request.body
    assert body == MultipartBody((("a", "b"),), {"a": f"text/plain;x={variable('API_PASSWORD')}"})


def test_marks_of_the_parser_stay() -> None:
    token = f"Bearer {variable('MINE')}"
    found = Hider().hide(request(JsonBody({"password": variable("P")}), Authorization=token)).request
    assert found.headers == (("Authorization", token),)
    assert found.body == JsonBody({"password": variable("P")})


def test_arguments_in_a_document_of_graphql() -> None:
    document = 'mutation { login(user: "ann", password: "%s") { id } }'
    hider = Hider()
    sent = {"query": document % PASSWORD, "variables": None}
    hidden = {"query": document % variable("API_PASSWORD"), "variables": None}
    assert hider.hide(request(JsonBody(sent))).request.body == JsonBody(hidden)
    assert hider.hide(request(JsonBody([sent]))).request.body == JsonBody([hidden])
    text = hider.hide(request(json.dumps(sent))).request.body
    assert isinstance(text, str)
    assert json.loads(text) == hidden


def test_defaults_and_lists_in_a_document_of_graphql() -> None:
    document = 'query Q($password: String = "%s") { a(password: $password, tokens: [1], apiKeys: ["%s"]) }'
    hider = Hider()
    found = hider.hide(request(JsonBody({"query": document % (PASSWORD, "other-secret")}))).request.body
    hidden = document % (variable("API_PASSWORD"), variable("API_KEYS"))
    assert found == JsonBody({"query": hidden})
    assert hider.variables.values == {"API_PASSWORD": PASSWORD, "API_KEYS": "other-secret"}


def test_documents_of_graphql_in_queries_and_forms() -> None:
    document = '{ login(user: "ann", password:"%s") }'
    sent, hidden = document % PASSWORD, document % variable("API_PASSWORD")
    found = Hider().hide(request(FormBody((("query", sent),)), url=f"http://h/a?x=1&query={quote(sent)}"))
    assert found.request.body == FormBody((("query", hidden),))
    assert found.request.url == "http://h/a?x=1"
    assert found.query == (("query", hidden),)
    open_url = f"http://h/a?query={quote('{ a(n: 1) }')}"
    assert Hider().hide(request(url=open_url)).request.url == open_url


def test_a_document_of_graphql_with_marks_of_the_parser_keeps_its_syntax() -> None:
    document = f"{{ login(password: $p, pin: {variable('PIN')}, token: $t) {{ id }} }}"
    body = JsonBody({"query": document})
    assert Hider().hide(request(body)).request.body == body


def test_what_only_begins_as_a_document_of_graphql() -> None:
    body = request(JsonBody({"query": f"{{ password={PASSWORD}&x=1 }}"}))
    mark = variable("API_PASSWORD")
    assert Hider().hide(body).request.body == JsonBody({"query": f"{{ password={mark}&x=1 }}"})


def test_arguments_of_graphql_that_are_variables() -> None:
    document = (
        "mutation A($u: String!, $p: String!, $n: Int) { login(user: $u, password: $p, pin :$n) { id } }"
    )
    sent = {"query": document, "variables": {"u": "ann", "p": PASSWORD}}
    hidden = {"query": document, "variables": {"u": "ann", "p": variable("API_PASSWORD")}}
    assert Hider().hide(request(JsonBody(sent))).request.body == JsonBody(hidden)
    number = {"query": document, "variables": {"u": "ann", "n": 1234}}
    text = Hider().hide(request(JsonBody(number))).request.body
    assert isinstance(text, str)
    assert text.endswith(f'"variables": {{"u": "ann", "n": {variable("API_PIN")}}}}}')


def test_a_text_with_a_number_from_the_environment_is_json() -> None:
    mark = variable("N")
    same = f'{{"query": "mutation ($password: A) {{ b }}", "n": {mark}, "m": "{mark}"}}'
    assert Hider().hide(request(same)).request.body == same
    found = Hider().hide(request(f'{{"password": "{PASSWORD}", "n": {mark}}}')).request.body
    assert found == f'{{"password": "{variable("API_PASSWORD")}", "n": {mark}}}'


def test_fields_of_a_multipart_form_that_is_a_text() -> None:
    """As Chrome copies it "as cURL"."""
    form = (
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n'
        '--b\r\nContent-Disposition: form-data; name="token"\r\nContent-Type: text/plain\r\n\r\n%s\r\n'
        '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--b--\r\n'
    )
    hider = Hider()
    found = hider.hide(request(form % (PASSWORD, "t0")))
    assert found.request.body == form % (variable("API_PASSWORD"), variable("API_TOKEN"))
    assert hider.variables.values == {"API_PASSWORD": PASSWORD, "API_TOKEN": "t0"}


def test_tokens_in_paths() -> None:
    def path(text: str) -> str:
        return Hider().hide(request(url=f"http://h{text}")).request.url.removeprefix("http://h")

    token = "4f1c9a7e2b6d4f1c"
    assert path(f"/reset-password/{token}/done?a=1") == (
        f"/reset-password/{variable('API_RESET_PASSWORD')}/done?a=1"
    )
    for same in (f"/items/{token}", "/auth/login", "/session/17", f"/a?x=/token/{token}"):
        assert path(same) == same
