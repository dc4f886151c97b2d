"""A request as a table of a plan."""

import pytest

from engine.imports.marked_text import placeholder, variable
from engine.imports.request_table import NotInAPlanError, RequestTable, default_name, request_table
from engine.imports.secrets import SecretQuery
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
)

URL = "http://h:8000/items?a=1"


def table(request: ImportedRequest, *, journey: bool = False, weight: int = 1) -> RequestTable:
    return request_table(SecretQuery(request), "it", weight, journey=journey)


def body_of(body: Body, *headers: tuple[str, str]) -> dict[str, object]:
    values = table(ImportedRequest("POST", URL, place="1", body=body, headers=headers)).values
    return {name: value for name, value in values.items() if name not in {"name", "method", "path"}}


def test_a_plain_request() -> None:
    found = request_table(
        SecretQuery(ImportedRequest("GET", "http://h/a", place="")), "GET /a", 1, journey=False
    )
    assert found.values == {"path": "/a"}


def test_literal_texts_are_escaped_and_marks_are_named() -> None:
    request = ImportedRequest(
        "POST",
        f"http://h/{{a}}/{placeholder('id')}",
        place="",
        headers=(("X-B", f"{{c}} {variable('T')}"),),
        body=JsonBody({"{d}": "${e}"}),
        checks={"contains": "{f} ${g}"},
        takes={"id": "/{h}"},
    )
    assert table(request, journey=True).values == {
        "name": "it",
        "method": "POST",
        "path": "/{{a}}/{id}",
        "headers": {"X-B": "{{c}} ${T}"},
        "json": {"{{d}}": "$${e}"},
        "checks": {"contains": "{f} $${g}"},
        "take": {"id": "/{h}"},
    }


def test_bodies() -> None:
    assert body_of(JsonBody([1]), ("Content-Type", "application/json")) == {"json": [1]}
    assert body_of(JsonBody({"a": None})) == {
        "headers": {"Content-Type": "application/json"},
        "body": '{"a": null}',
    }
    assert body_of(FormBody((("a", "1"), ("a", "2")))) == {"form": {"a": ["1", "2"]}}
    assert body_of(FormBody((("a", "1"), ("b", "é"), ("a", "2"))))["body"] == "a=1&b=%C3%A9&a=2"
    assert body_of(FileContent("p", "image/png")) == {"body": {"file": "p", "type": "image/png"}}
    assert body_of("") == {}
    files = MultipartBody((("a", "1"), ("f", FileContent("x{y}"))))
    assert body_of(files, ("Content-Type", "multipart/form-data; boundary=x")) == {
        "form": {"a": "1"},
        "files": {"f": {"file": "x{y}"}},
    }
    text = body_of(MultipartBody((('a"b', "1\n2"),)))["body"]
    assert isinstance(text, str)
    assert 'name="a%22b"\r\n\r\n1\n2\r\n--' in text


def test_a_content_type_with_parameters_stays() -> None:
    typed = ("content-type", "application/json; charset=utf-8")
    assert body_of(JsonBody([1]), typed) == {"headers": dict([typed]), "json": [1]}
    form = ("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
    assert body_of(FormBody((("a", "1"),)), form) == {"headers": dict([form]), "form": {"a": "1"}}


def test_a_header_is_not_written_twice() -> None:
    found = body_of(JsonBody({"a": None}), ("content-type", "text/plain"))
    assert found["headers"] == {"Content-Type": "application/json"}
    given = ("content-type", "application/x-www-form-urlencoded")
    found = body_of(FormBody((("a", "1"), ("b", "2"), ("a", "3"))), given)
    assert found["headers"] == dict([given])


def test_fields_of_forms_have_content_types() -> None:
    fields = (("a", "{}"), ("b", "c"))
    text = body_of(MultipartBody(fields, {"a": "application/json"}))["body"]
    assert isinstance(text, str)
    assert 'name="a"\r\nContent-Type: application/json\r\n\r\n{}\r\n--' in text
    assert 'name="b"\r\n\r\nc\r\n--' in text
    with_file = MultipartBody((*fields, ("f", FileContent("x"))), {"a": "application/json"})
    request = ImportedRequest("POST", URL, place="", body=with_file)
    assert [note.what for note in table(request).notes] == ["left out: the content type of a"]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        (
            {"query": "query a($n: Int) { b(n: $n) {c} }", "variables": {"n": 1}, "operationName": "a"},
            {"graphql": "query a($n: Int) { b(n: $n) {c} }", "variables": {"n": 1}, "operation": "a"},
        ),
        ({"query": "{a}", "variables": None, "operationName": None}, {"graphql": "{a}"}),
        ({"query": "shoes"}, {"json": {"query": "shoes"}}),
        ({"query": "{ a }", "page": 1}, {"json": {"query": "{ a }", "page": 1}}),
        ({"query": "{ a }", "operationName": "b"}, {"json": {"query": "{ a }", "operationName": "b"}}),
        ({"query": f'{{ a(x: "{variable("T")}") }}'}, {"json": {"query": '{ a(x: "${T}") }'}}),
        ({"query": '{ a(x: "${T}") }'}, {"json": {"query": '{ a(x: "$${T}") }'}}),
    ],
)
def test_graphql(value: object, keys: dict[str, object]) -> None:
    assert body_of(JsonBody(value), ("Content-Type", "application/json")) == keys


def test_credentials() -> None:
    request = ImportedRequest("GET", URL, place="", auth=BasicAuth("a", variable("P")))
    assert table(request).values["auth"] == {"basic": ["a", "${P}"]}
    request = ImportedRequest("GET", URL, place="", headers=(("authorization", f"bearer {variable('T')}"),))
    assert table(request).values["auth"] == {"bearer": "${T}"}
    request = ImportedRequest("GET", URL, place="", headers=(("Authorization", "Digest x y"),))
    assert table(request).values["headers"] == {"Authorization": "Digest x y"}


def test_what_only_journeys_have() -> None:
    request = ImportedRequest(
        "GET", URL, place="", pause_before_s=1.26, once=True, takes={"a": "/b"}, weight=3, timeout_s=0.5
    )
    shared = {"name": "it", "path": "/items?a=1", "timeout": "0.5 s"}
    assert table(request, weight=3).values == shared | {"weight": 3}
    assert table(request, journey=True).values == shared | {
        "once": True,
        "think_time": "1.3 s",
        "take": {"a": "/b"},
    }


def test_statuses() -> None:
    def statuses(*expected: int | str) -> object:
        request = ImportedRequest("GET", URL, place="", expect_status=expected)
        return table(request).values.get("expect_status")

    assert statuses() is None
    assert statuses(200) is None
    assert statuses("2xx") == "2xx"
    assert statuses(201, 404) == [201, 404]


def test_what_a_plan_cannot_say() -> None:
    for method in ("CONNECT", "GET /x", ""):
        with pytest.raises(NotInAPlanError, match="its method is"):
            table(ImportedRequest(method, URL, place=""))
    with pytest.raises(NotInAPlanError, match="its body is not text"):
        table(ImportedRequest("POST", URL, place="", body=b"\xff"))


def test_headers_that_are_left_out_are_noted() -> None:
    request = ImportedRequest("GET", URL, place="entry 3", headers=(("If-Match", "x"), ("X-\x1b", "y")))
    found = table(request)
    assert "headers" not in found.values
    assert [note.place for note in found.notes] == ["entry 3", "entry 3"]
    assert all("\x1b" not in note.what for note in found.notes)


def test_names() -> None:
    request = ImportedRequest("GET", f"http://h/items/{placeholder('id')}?x=1", place="")
    assert default_name(request) == "GET /items/{id}"
    assert table(ImportedRequest("GET", "http://h/\x00\ud800é", place="")).values["path"] == "/%00%3Fé"
