"""Bodies of a plan's own requests: files, forms and GraphQL documents."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from engine.client.template_fill import FillContext, Filler
from engine.plan.plan import Plan
from engine.plan.render import MAX_FILE_BYTES, rendered
from engine.protocol.request import Check, Extract
from targets.errors import UsageError
from targets.secrets import HIDDEN
from tests.engine.client.test_template import split
from tests.engine.plan.own_workloads import BASE, loaded


def test_a_body_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"n": "{n}"}')
    plan = loaded(tmp_path, '[[request]]\nmethod = "POST"\npath = "/"\nbody = { file = "a.json" }\n')
    template = rendered(plan, "own", BASE).templates[0]
    assert template.slots == ()
    assert template.head.endswith(b'\r\n\r\n{"n": "{n}"}')
    assert b"application/json" in template.head


def test_files_stay_within_the_plans_folder_and_small(tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (tmp_path / "outside").write_text("x")
    (folder / "link").symlink_to(tmp_path / "outside")
    with (folder / "large").open("wb") as large:
        large.truncate(MAX_FILE_BYTES + 1)
    for name, why in [
        ("../outside", "outside"),
        (str(tmp_path / "outside"), "outside"),
        ("link", "outside"),
        ("large", "more than 10 MiB"),
        ("none", "No such file"),
        (".", "directory"),
    ]:
        with pytest.raises(UsageError) as refusal:
            loaded(folder, f'[[request]]\npath = "/"\nmethod = "PUT"\nbody = {{ file = "{name}" }}\n')
        assert why in refusal.value.why
        assert "mine.toml, line 3" in refusal.value.what
    values: dict[str, Any] = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": 1}]}
    plan = Plan.model_validate(values | {"request": [{"path": "/", "body": {"file": "a"}}]})
    with pytest.raises(UsageError, match="cannot send 'a'"):
        rendered(plan, "own", BASE)


def test_files_that_are_too_large_together_are_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "f.bin").write_bytes(bytes(9 * 1024 * 1024))
    upload = '[[request]]\nname = "{}"\nmethod = "POST"\npath = "/"\nbody = {{ file = "f.bin" }}\n'
    assert len(rendered(loaded(tmp_path, "".join(map(upload.format, range(6)))), "own", BASE).templates) == 6
    with pytest.raises(UsageError, match="too large together") as caught:
        loaded(tmp_path, "".join(map(upload.format, range(8))))
    assert "line 38" in caught.value.what
    assert "64 MiB" in caught.value.hint


def test_a_pipe_or_a_device_is_no_file_to_send(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in [
        ("pipe", "not a regular file"),
        ("..", "outside"),
        ("a\\u0000b", "null"),
    ]:
        with pytest.raises(UsageError) as caught:
            loaded(tmp_path, f'[[request]]\nmethod = "POST"\npath = "/"\nbody = {{ file = "{name}" }}\n')
        assert why in caught.value.why


def test_each_value_of_a_list_is_a_field_of_the_form(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    form = 'method = "POST"\nform = { tags = ["a b", "{n}", 3], one = true, none = [] }\n'
    plan = loaded(
        tmp_path,
        f'[[request]]\npath = "/1"\n{form}[[request]]\npath = "/2"\n{form}files.f = {{ file = "a.txt" }}\n',
    )
    plain, multipart = (
        Filler(each).fill(FillContext(0, 0, 7, {})) for each in rendered(plan, "own", BASE).templates
    )
    assert split(plain)[2] == b"tags=a+b&tags=7&tags=3&one=true"
    for part in (b'name="tags"\r\n\r\na b\r\n', b'name="tags"\r\n\r\n7\r\n', b'name="one"\r\n\r\ntrue\r\n'):
        assert part in multipart


def test_the_whole_body_has_a_pointer_too(tmp_path: Path) -> None:
    plan = loaded(tmp_path, "[[step]]\npath = '/'\ntake = { all = '' }\nchecks.json = { '' = 1 }\n")
    assert plan.step[0].takes == (Extract("all", "json", ""),)
    assert plan.step[0].checks.made()[0].pointer == ""


GRAPHQL = """
cookies = true
data.city = ["Bonn", "Rom"]

[[request]]
path = "/graphql"
operation = "Items"
variables = { first = "{n|number}", where = { city = "{city}", tags = ["{user}"] }, password = "geheim" }
graphql = '''
query Items($first: Int!) { items(first: $first) {id} }
mutation Login { login(name: "ann", password: "auch geheim") {id} }
'''

[[request]]
name = "short"
path = "/graphql"
method = "POST"
graphql = "{me{id}}"
checks = { graphql = false, jmespath = { "data.me.id" = 1 } }
"""


def test_graphql_is_sent_as_json_with_variables_filled_in(tmp_path: Path) -> None:
    plan = loaded(tmp_path, GRAPHQL)
    items, short = rendered(plan, "own", BASE).templates
    assert (items.name, items.method, short.name) == ("Items", "POST", "short")
    assert items.checks == (Check("graphql"),)
    assert [check.kind for check in short.checks] == ["jmespath"]
    line, headers, body = split(Filler(items).fill(FillContext(0, 4, 3, {})))
    assert (line, headers["content-type"]) == ("POST /graphql HTTP/1.1", "application/json")
    sent = json.loads(body)
    assert sent.pop("query") == plan.request[0].graphql
    assert sent == {
        "operationName": "Items",
        "variables": {"first": 3, "where": {"city": "Rom", "tags": ["4"]}, "password": "geheim"},
    }
    assert json.loads(split(Filler(short).fill(FillContext(0, 0, 0, {})))[2]) == {"query": "{me{id}}"}


def test_a_recorded_graphql_request_holds_no_secrets(tmp_path: Path) -> None:
    recorded = json.dumps(loaded(tmp_path, GRAPHQL).model_dump(mode="json")["request"])
    assert "geheim" not in recorded
    assert recorded.count(HIDDEN) == 2
    assert 'name: \\"ann\\"' in recorded


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('graphql = " "', "must not be empty"),
        ('graphql = "{a}"\nmethod = "GET"', "GraphQL is sent by POST"),
        ('graphql = "{a}"\nstream = "sse"', "is not streamed"),
        ('graphql = "{a}"\njson = 1', "at most one body: json, form (with files), body, or graphql"),
        ('graphql = "query A { a }"\noperation = "B"', "has no operation 'B'"),
        ('graphql = "query A { a }"\noperation = "A B"', "not the name of an operation"),
        ('operation = "B"', "need a GraphQL document"),
        ("variables = { a = 1 }", "need a GraphQL document"),
        ('graphql = "{a}"\nvariables = { a = "{who}" }', "unknown word 'who'"),
    ],
)
def test_graphql_that_makes_no_sense_is_refused(said: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, f'[[request]]\npath = "/"\n{said}\n')
    assert why in str(refusal.value)
    assert "mine.toml, line" in refusal.value.what
