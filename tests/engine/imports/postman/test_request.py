"""One request of a Postman collection."""

from typing import Any

import pytest

from engine.imports.marked_text import placeholder, variable
from engine.imports.postman.request import Found, PostmanVariables, request_of
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
)

VARIABLES = PostmanVariables().with_list(
    [
        {"key": "id", "value": 7},
        {"key": "ring", "value": "{{ring}}"},
        {"key": "pass", "value": "hidden"},
        {"key": "key2", "value": "hidden", "type": "secret"},
        {"key": "off", "value": "x", "disabled": True},
    ]
)


def found(request: Any, inherited: Any = None) -> Found:
    return request_of(request, "here", inherited, VARIABLES.with_list([]))


def made(inherited: Any = None, **fields: Any) -> ImportedRequest:
    request = found({"url": "http://h/a", **fields}, inherited).request
    assert request is not None
    return request


@pytest.mark.parametrize(
    ("url", "is_sent_to"),
    [
        ("http://h/a/{{id}}?x={{$guid}}", f"http://h/a/7?x={placeholder('uuid')}"),
        ("h/a", "http://h/a"),
        ({"raw": "http://h/:id/b", "variable": [{"key": "id", "value": "1/2"}]}, "http://h/1%2F2/b"),
        (
            {"protocol": "https", "host": ["h", "example"], "port": "8443", "path": ["a", "b"],
             "query": [{"key": "x", "value": "1"}, {"key": "y", "value": "2", "disabled": True}]},
            "https://h.example:8443/a/b?x=1",
        ),
        ("{{base}}/a", "/a"),
        ("https://{{base}}/a", f"https://{variable('API_BASE')}/a"),
    ],
)  # fmt: skip
def test_urls(url: Any, is_sent_to: str) -> None:
    assert made(url=url).url == is_sent_to


def test_a_server_without_a_value_is_noted() -> None:
    result = found("{{base}}/a")
    assert [(note.what, note.why) for note in result.notes] == [
        ("its server is not known", "Postman's variable base has no value here")
    ]


def test_variables() -> None:
    fill = VARIABLES.fill
    assert fill("{{id}} {{ id }} {id} {{}}") == "7 7 {id} {{}}"
    assert fill("{{pass}}{{key2}}{{off}}") == "".join(map(variable, ("API_PASS", "API_KEY_2", "API_OFF")))
    assert fill("{{ring}}") == variable("API_RING")
    assert fill("{{$randomInt}}") == placeholder("random:0-1000")


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ({"type": "bearer", "bearer": {"token": "t"}}, (("Authorization", "Bearer t"),)),
        (
            {"type": "oauth2", "oauth2": [{"key": "accessToken", "value": "t"}]},
            (("Authorization", "Bearer t"),),
        ),
        ({"type": "oauth2"}, (("Authorization", f"Bearer {variable('API_ACCESS_TOKEN')}"),)),
        (
            {"type": "apikey", "apikey": [{"key": "key", "value": "K"}, {"key": "value", "value": "v"}]},
            (("K", "v"),),
        ),
        ({"type": "noauth"}, ()),
        (None, ()),
        ("bearer", ()),
    ],
)  # fmt: skip
def test_credentials(auth: Any, headers: tuple[tuple[str, str], ...]) -> None:
    assert made(auth=auth).headers == headers
    assert made(inherited=auth).headers == headers


def test_other_credentials() -> None:
    basic = [{"key": "username", "value": "a"}, {"key": "password", "value": "b"}]
    assert made(auth={"type": "basic", "basic": basic}).auth == BasicAuth("a", "b")
    in_query = {"key": "k", "value": "a b", "in": "query"}
    assert made(auth={"type": "apikey", "apikey": in_query}).url == "http://h/a?k=a%20b"
    result = found({"url": "http://h/", "auth": {"type": "awsv4"}})
    assert [note.what for note in result.notes] == ["left out: credentials of the type awsv4"]


@pytest.mark.parametrize(
    ("body", "is_sent"),
    [
        (None, None),
        ({"mode": "raw", "raw": ""}, None),
        ({"mode": "raw", "raw": '{"a": {{id}}}'}, '{"a": 7}'),
        ({"mode": "raw", "raw": "x", "disabled": True}, None),
        (
            {"mode": "urlencoded", "urlencoded": [{"key": "a", "value": 1}, {"key": "b", "disabled": True}]},
            FormBody((("a", "1"),)),
        ),
        (
            {"mode": "formdata",
             "formdata": [{"key": "a", "value": "1"}, {"key": "f", "type": "file", "src": ["p"]}]},
            MultipartBody((("a", "1"), ("f", FileContent("p")))),
        ),
        ({"mode": "file", "file": {"src": "p"}}, FileContent("p")),
        ({"mode": "file", "file": {}}, None),
        (
            {"mode": "graphql", "graphql": {"query": "{ a }", "variables": '{"x": 1}', "operationName": "n"}},
            JsonBody({"query": "{ a }", "variables": {"x": 1}, "operationName": "n"}),
        ),
        ({"mode": "graphql", "graphql": {"query": "{ a }", "variables": "{"}}, JsonBody({"query": "{ a }"})),
        ({"mode": "new"}, None),
    ],
)  # fmt: skip
def test_bodies(body: Any, is_sent: Body) -> None:
    assert made(method="POST", body=body).body == is_sent


def test_a_get_has_a_body_if_postman_is_told_so() -> None:
    request = {"url": "http://h/", "method": "get", "body": {"mode": "raw", "raw": "x"}}
    result = found(request)
    assert result.request is not None
    assert (result.request.body, result.request.headers) == (None, ())
    assert [(note.what, note.why) for note in result.notes] == [
        ("left out: the body", "Postman sends none with GET")
    ]
    told = request_of(request, "it", None, VARIABLES, sends_bodies=True)
    assert told.request is not None
    assert told.request.body == "x"


def test_credentials_in_a_query_precede_a_fragment() -> None:
    key = {"key": "k", "value": "v", "in": "query"}
    assert made(url="http://h/a?b=1#c", auth={"type": "apikey", "apikey": key}).url == "http://h/a?b=1&k=v#c"
    token = {"accessToken": "t", "addTokenTo": "queryParams"}
    assert (
        made(url="http://h/a#c", auth={"type": "oauth2", "oauth2": token}).url
        == "http://h/a?access_token=t#c"
    )


def test_variables_of_graphql_may_be_numbers() -> None:
    graphql = {"query": "query A($n: Int) { a }", "variables": '{"n": {{n}}}', "operationName": "A"}
    request = made(method="POST", body={"mode": "graphql", "graphql": graphql})
    variables = f'{{"n": {variable("API_N")}}}'
    text = f'{{"query": "query A($n: Int) {{ a }}", "variables": {variables}, "operationName": "A"}}'
    assert request.body == text
    assert request.headers == (("Content-Type", "application/json"),)


def test_fields_of_forms_have_content_types() -> None:
    fields = [{"key": "a", "value": "{}", "contentType": "application/json"}, {"key": "b", "value": "c"}]
    request = made(method="POST", body={"mode": "formdata", "formdata": fields})
    assert request.body == MultipartBody((("a", "{}"), ("b", "c")), {"a": "application/json"})


def test_the_language_of_a_body_is_its_type() -> None:
    assert made(method="POST", body={"mode": "raw", "raw": "x"}).headers == (("Content-Type", "text/plain"),)
    assert made(method="POST", body={"mode": "raw", "raw": ""}).headers == ()
    body = {"mode": "raw", "raw": "{}", "options": {"raw": {"language": "json"}}}
    assert made(method="POST", body=body).headers == (("Content-Type", "application/json"),)
    given = [{"key": "content-type", "value": "text/x"}, {"key": "X", "value": "y", "disabled": True}]
    assert made(method="POST", body=body, header=given).headers == (("content-type", "text/x"),)
    assert made(header="A: b\nC: d").headers == (("A", "b"), ("C", "d"))
