"""What is imported becomes a plan that `abreast run` takes as it is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import presets
from engine.imports.marked_text import placeholder, variable
from engine.imports.plan_text import (
    MAX_DISABLED,
    MAX_TEXT,
    WrittenPlan,
    merged,
    plan_text,
    whole_weights,
)
from engine.imports.traffic import BasicAuth, ImportedRequest, ImportedTraffic, JsonBody, Note
from engine.plan.plan import Plan
from targets.errors import UsageError


def request(path: str = "/a", method: str = "GET", **fields: Any) -> ImportedRequest:
    url = path if "://" in path or fields.pop("bare", False) else f"http://127.0.0.1:8000{path}"
    return ImportedRequest(method, url, **{"place": "line 1", **fields})


def written(*requests: ImportedRequest, **fields: Any) -> WrittenPlan:
    return plan_text(ImportedTraffic("a test", requests=list(requests), **fields))


def read(found: WrittenPlan, folder: Path) -> Plan:
    environ = {name: value or "x" for name, value in found.variables.items()}
    return presets.plan_from(found.text, "imported", "here", folder=folder, environ=environ)


def test_a_mix_by_weight(tmp_path: Path) -> None:
    found = written(request("/a", weight=3), request("/b?x=1"), title="Shop")
    plan = read(found, tmp_path)
    assert [(each.title, each.path, each.weight) for each in plan.request] == [
        ("GET /a", "/a", 3),
        ("GET /b", "/b?x=1", 1),
    ]
    assert (plan.title, str(plan.think_time), plan.target[0].url) == (
        "Shop",
        "100 ms",
        "http://127.0.0.1:8000",
    )
    assert plan.target[0].health == "/a"
    assert {200, 302, 401, 404} <= set(plan.target[0].health_status)
    assert 500 not in plan.target[0].health_status
    assert (found.requests, found.disabled, found.notes) == (2, 0, ())


def test_a_journey(tmp_path: Path) -> None:
    found = written(
        request("/login", "POST", once=True, body=JsonBody({"user": "ann"}), takes={"id": "/id"}),
        request(f"/items/{placeholder('id')}"),
        journey=True,
    )
    plan = read(found, tmp_path)
    assert [(each.path, each.once) for each in plan.step] == [("/login", True), ("/items/{id}", False)]
    assert plan.keeps_cookies
    assert plan.target[0].health == "/"


def test_a_journey_repeats_a_step(tmp_path: Path) -> None:
    found = written(request("/login", once=True), request("/b", "CONNECT"), journey=True)
    assert [(step.path, step.once) for step in read(found, tmp_path).step] == [("/login", False)]
    assert len(found.notes) == 1


def test_secrets_are_variables_of_the_environment(tmp_path: Path) -> None:
    found = written(
        request("/a?token=tttttttt", headers=(("Cookie", "sid=cccccccc"),)),
        request("/b", "POST", auth=BasicAuth("ann", "pppppppp"), body=JsonBody({"note": "tttttttt"})),
        title="of tttttttt",
        notes=[Note("", "it had cccccccc in sid=cccccccc")],
    )
    for secret in ("tttttttt", "cccccccc", "pppppppp"):
        assert secret not in found.text
        assert not any(secret in note.what for note in found.notes)
    assert found.variables == {
        "API_TOKEN": "tttttttt",
        "API_COOKIE": "sid=cccccccc",
        "API_PASSWORD": "pppppppp",
    }
    assert found.about["API_TOKEN"] == "token of GET /a"
    assert "#   API_TOKEN  token of GET /a\n" in found.text
    plan = read(found, tmp_path)
    assert plan.request[0].query == {"token": "${API_TOKEN}"}
    assert plan.request[1].json_body == {"note": "${API_TOKEN}"}


def test_variables_of_the_parser(tmp_path: Path) -> None:
    found = written(request(headers=(("X-A", variable("MINE")),)), variables={"MINE": "the key of the API"})
    assert (found.variables, found.about) == ({"MINE": ""}, {"MINE": "the key of the API"})
    assert read(found, tmp_path).request[0].headers == {"X-A": "${MINE}"}


def test_what_is_off_is_a_comment(tmp_path: Path) -> None:
    found = written(request("/a"), request("/b", "DELETE", body=JsonBody({"a": "x" * 200}), enabled=False))
    assert (found.requests, found.disabled) == (1, 1)
    assert len(read(found, tmp_path).request) == 1
    lines = found.text.splitlines()
    at = lines.index('# method = "DELETE"')
    switched_on = "\n".join(line.removeprefix("# ") for line in lines[at - 1 :])
    assert tomllib.loads(switched_on)["request"][0]["json"] == {"a": "x" * 200}


def test_notes_stand_at_their_requests_and_at_the_top() -> None:
    found = written(
        request("/a", place="entry 7", headers=(("If-None-Match", "x"),)),
        notes=[Note("entry 3", "left out: it\x1b[1m\nself", "it is a\n[[request]]")],
    )
    lines = found.text.splitlines()
    assert "# - entry 3: left out: it\ufffd[1m self: it is a [[request]]" in lines
    assert lines.index(
        "# entry 7: left out: If-None-Match: responses would have no body, or reject what has changed since"
    ) == (lines.index("[[request]]") - 1)
    assert [note.place for note in found.notes] == ["entry 3", "entry 7"]


def test_requests_to_other_servers_are_listed(tmp_path: Path) -> None:
    other = request("http://other/c", headers=(("Referer", "http://127.0.0.1:8000/a"),))
    traffic = ImportedTraffic("it", requests=[request("/a"), request("/b"), other])
    found = plan_text(traffic)
    assert [note.what for note in found.notes] == ["left out: GET /c of http://other"]
    found = plan_text(traffic, hosts=["other"])
    assert found.origin == "http://other"
    found = plan_text(traffic, to="http://127.0.0.1:9000/")
    assert (found.origin, found.requests) == ("http://127.0.0.1:9000", 2)
    assert read(found, tmp_path).target[0].url == "http://127.0.0.1:9000"


def test_headers_name_the_server_that_requests_go_to(tmp_path: Path) -> None:
    origin = "http://127.0.0.1:8000"
    traffic = ImportedTraffic(
        "it", requests=[request("/a", headers=(("Origin", origin), ("Referer", f"{origin}/x")))]
    )
    headers = read(plan_text(traffic, to="http://127.0.0.1:1"), tmp_path).request[0].headers
    assert headers == {"Origin": "http://127.0.0.1:1", "Referer": "http://127.0.0.1:1/x"}


def test_paths_need_a_server(tmp_path: Path) -> None:
    traffic = ImportedTraffic("it", requests=[request("/a", bare=True)])
    with pytest.raises(UsageError) as caught:
        plan_text(traffic)
    assert "--to" in caught.value.hint
    assert read(plan_text(traffic, to="http://127.0.0.1:1"), tmp_path).request[0].path == "/a"
    traffic.base_url = "http://127.0.0.1:2"
    assert plan_text(traffic).origin == "http://127.0.0.1:2"


def test_a_path_of_the_server_is_put_before_those_without_one(tmp_path: Path) -> None:
    traffic = ImportedTraffic("it", requests=[request("/a?x=1", bare=True)])
    plan = read(plan_text(traffic, to="http://127.0.0.1:1/api/"), tmp_path)
    assert (plan.target[0].url, plan.request[0].path) == ("http://127.0.0.1:1", "/api/a?x=1")
    plan = read(
        plan_text(ImportedTraffic("it", requests=[request("/a")]), to="http://127.0.0.1:1/api"), tmp_path
    )
    assert plan.request[0].path == "/a"


def test_notes_that_say_the_same_are_one() -> None:
    notes = [Note(f"entry {number}", "left out", "why") for number in range(5)]
    assert merged([*notes, Note("", "else"), Note("entry 0", "left out", "why")]) == [
        Note("entry 0, entry 1, entry 2 and 2 more", "left out", "why"),
        Note("", "else"),
    ]


@pytest.mark.parametrize(
    ("traffic", "options", "why"),
    [
        (ImportedTraffic("it"), {}, "it contains no request"),
        (ImportedTraffic("it", requests=[request(enabled=False)]), {}, "none of its requests is on"),
        (ImportedTraffic("it", requests=[request("ftp://h/a")]), {}, "no URL in it names a server"),
        (ImportedTraffic("it", requests=[request()]), {"hosts": ["x"]}, "none of its requests goes to x"),
        (ImportedTraffic("it", requests=[request(body=b"\xff")]), {}, "its body is not text"),
        (ImportedTraffic("it", requests=[request()]), {"to": "nowhere"}, "it is not the URL of a server"),
    ],
)
def test_what_makes_no_plan(traffic: ImportedTraffic, options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_text(traffic, **options)
    assert why in caught.value.why


def test_names_are_different() -> None:
    found = tomllib.loads(written(request("/a?x=1"), request("/a?x=2"), request("/a?x=3", name="n")).text)
    assert [each["name"] for each in found["request"]] == ["GET /a", "GET /a (2)", "n"]


def test_lists_of_data(tmp_path: Path) -> None:
    found = written(
        request(f"/a/{placeholder('id')}"),
        request("/b?token=tttttttt"),
        data={"id": ("1", "2", "x tttttttt", "{n}")},
    )
    assert read(found, tmp_path).data == {"id": ("1", "2", "{n}")}


def test_weights_are_whole_numbers() -> None:
    assert whole_weights([1, 5.0, 1000]) == [1, 5, 1000]
    assert whole_weights([0.5, 0.25]) == [1000, 500]
    assert whole_weights([10**9, 5 * 10**8, 1]) == [1000, 500, 1]
    assert whole_weights([]) == []


def test_limits(tmp_path: Path) -> None:
    many = [request(f"/{number}", weight=number + 1) for number in range(1003)]
    found = written(*many)
    assert found.requests == 1000
    assert [note.what for note in found.notes] == ["left out: the 3 rarest requests"]
    off = [request(f"/{number}", enabled=False) for number in range(MAX_DISABLED + 5)]
    assert written(request(), *off).disabled == MAX_DISABLED
    large = request("/large", "POST", body="x" * (MAX_TEXT + 1))
    found = written(request(), large)
    assert [note.what for note in found.notes] == ["left out: POST /large"]
    assert len(read(found, tmp_path).request) == 1


def test_a_text_of_several_lines_is_the_same_once_its_request_is_switched_on(tmp_path: Path) -> None:
    body = "first  \n\n  second\n"
    found = written(request(), request("/b", "POST", body=body, enabled=False))
    text = "".join(line.removeprefix("# ") for line in found.text.splitlines(keepends=True)[1:])
    plan = presets.plan_from(text, "imported", "here", folder=tmp_path, environ={})
    assert plan.request[1].body == body
