"""Postman collections: folders, variables, scripts. Requests by themselves are in test_postman_request.py."""

import json
from typing import Any

import pytest

from engine.imports.marked_text import variable
from engine.imports.options import ImportOptions
from engine.imports.postman.collection import postman_traffic
from engine.imports.traffic import BasicAuth, ImportedTraffic
from targets.errors import UsageError

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def item(name: str, url: Any = "http://h/a", **fields: Any) -> dict[str, Any]:
    return {"name": name, "request": {"method": "GET", "url": url}, **fields}


def traffic(*items: Any, **fields: Any) -> ImportedTraffic:
    collection = {"info": {"name": "Shop", "schema": SCHEMA}, "item": list(items), **fields}
    return postman_traffic(json.dumps(collection), ImportOptions(name="shop.json"))


def test_folders_hand_down_credentials_and_variables() -> None:
    folder = {
        "name": "Admin",
        "auth": {"type": "basic", "basic": [{"key": "username", "value": "{{who}}"}]},
        "variable": [{"key": "who", "value": "root"}],
        "item": [
            item("deep", "{{base}}/a"),
            {"name": "Open", "item": [item("open", "{{base}}/b")], "auth": {"type": "noauth"}},
        ],
    }
    found = traffic(
        folder,
        item("last", "{{base}}/c"),
        variable=[{"key": "base", "value": "http://h"}],
        auth={"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
    )
    deep, opened, last = found.requests
    assert [each.place for each in found.requests] == ["Admin/deep", "Admin/Open/open", "last"]
    assert (deep.url, deep.auth, deep.headers) == ("http://h/a", BasicAuth("root", ""), ())
    assert (opened.auth, opened.headers) == (None, ())
    assert last.headers == (("Authorization", f"Bearer {variable('API_TOKEN')}"),)
    assert found.variables == {"API_TOKEN": "Postman's variable token"}
    assert (found.source, found.title) == ("the Postman collection Shop", "Shop")


def test_scripts_are_left_out_and_named() -> None:
    script = {"listen": "test", "script": {"exec": ["pm.test('x')"]}}
    empty = {"listen": "test", "script": {"exec": [""]}}
    found = traffic(item("a", event=[script]), item("b", event=[empty]), event=[script])
    assert [note.what for note in found.notes] == ["left out: scripts of the collection, a"]


def test_requests_that_change_data_are_pointed_out() -> None:
    found = traffic({"name": "x", "request": {"method": "delete", "url": "http://h/a"}})
    assert [note.what for note in found.notes] == ["requests that may change data are sent too: DELETE"]


def test_examples_give_statuses_and_settings_redirects() -> None:
    found = traffic(
        item("a", response=[{"code": 201}, {"code": 404}, {"code": 200}]),
        item("b", protocolProfileBehavior={"followRedirects": False}),
    )
    assert [(each.expect_status, each.follow_redirects) for each in found.requests] == [
        ((200, 201), 10),
        (("2xx",), 0),
    ]


def test_settings_say_whether_a_get_has_its_body() -> None:
    request = {"url": "http://h/a", "body": {"mode": "raw", "raw": "x"}}
    found = traffic(
        {"name": "a", "request": request},
        {"name": "b", "request": request, "protocolProfileBehavior": {"disableBodyPruning": True}},
    )
    assert [each.body for each in found.requests] == [None, "x"]


def test_odd_items_are_left_out() -> None:
    found = traffic(None, {"name": "x"}, {"name": "y", "request": 5}, item("z", ""))
    assert found.requests == []
    assert [note.place for note in found.notes] == ["", "x", "y", "z"]


def test_folders_have_a_limit() -> None:
    deep = item("it")
    for _ in range(150):
        deep = {"name": "f", "item": [deep]}
    found = traffic(deep)
    assert found.requests == []
    assert found.notes[0].why == "folders are nested too deeply"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "is not a Postman collection"),
        ('{"values": [], "name": "env"}', "is a Postman environment"),
        ('{"requests": []}', "is a Postman collection of version 1"),
    ],
)
def test_other_files_are_refused(text: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        postman_traffic(text, ImportOptions(name="it"))
    assert what in caught.value.what
    assert "v2.1" in caught.value.hint


def test_as_the_api_of_postman_has_it() -> None:
    text = json.dumps({"collection": {"info": {"name": "x"}, "item": [item("a")]}})
    assert len(postman_traffic(text, ImportOptions()).requests) == 1
