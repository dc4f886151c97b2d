"""A plan's own workload, from TOML to the bytes that are sent."""

import json
import os
from pathlib import Path

import pytest

import presets
from engine.client.template_fill import FillContext, Filler
from engine.plan.plan import Plan
from engine.plan.render import rendered
from engine.plan.workload import parse_statuses, statuses_in_short
from engine.protocol.load_shape import Stage, ThinkTime
from engine.protocol.request import Check, Extract, OpenModel
from targets.errors import UsageError
from targets.secrets import HIDDEN
from tests.engine.client.test_template import split
from tests.engine.plan.own_workloads import BASE, loaded, written
from tests.support.jars import jar

REQUESTS = """
cookies = true
seed = 5
data.city = ["Bonn", "Rom"]

[[request]]
name = "search"
weight = 3
path = "/find?all=1"
query = { q = "{city} {n}", page = [1, 2] }
headers = { X-Api-Key = "geheim", X-User = "{user}" }
expect_status = ["2xx", 404]
checks = { contains = "ok", json = { "/total" = 100 }, size = { min = 2, max = 90 } }

[[request]]
method = "POST"
path = "/things"
json = { name = "a", when = { n = "{n|number}" } }
auth.basic = ["ann", "secret"]
expect_status = 201

[[request]]
name = "upload"
method = "PUT"
path = "/picture"
form = { title = "{uuid}" }
files.picture = { file = "cat.jpg" }
"""

JOURNEY = """
think_time = "10 ms"

[[step]]
name = "login"
once = true
method = "POST"
path = "/login"
json = { user = "u{user}" }
take = { token = "/auth/token", seat = "header:X-Seat", sid = "cookie:sid" }

[[step]]
path = "/things/{seat}"
auth.bearer = "{token}"
checks.contains = ["a", "b"]
"""


def test_weighted_requests_become_templates(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8{n}")
    plan = loaded(tmp_path, REQUESTS)
    assert (plan.workload, plan.has_custom_workload, plan.keeps_cookies) == ("own", True, True)
    sent = rendered(plan, "own", BASE)
    assert not sent.journey
    search, create, upload = sent.templates
    assert (search.name, search.weight, create.name) == ("search", 3, "POST /things")
    assert search.expect_status == (*range(200, 300), 404)
    assert search.checks == (
        Check("contains", text="ok"),
        Check("size", low=2, high=90),
        Check("json", pointer="/total", expected=b"100"),
    )
    at = FillContext(5, 1, 3, {}, jar(sid="7"))
    line, headers, _ = split(Filler(search).fill(at))
    assert line == "GET /find?all=1&q=Rom%203&page=1&page=2 HTTP/1.1" or "q=Rom" in line
    assert (headers["x-user"], headers["x-api-key"], headers["cookie"]) == ("1", "geheim", "sid=7")
    _, headers, body = split(Filler(create).fill(at))
    assert json.loads(body) == {"name": "a", "when": {"n": 3}}
    assert headers["authorization"] == "Basic YW5uOnNlY3JldA=="
    _, headers, body = split(Filler(upload).fill(at))
    assert headers["content-type"].startswith("multipart/form-data")
    assert b"Content-Type: image/jpeg\r\n\r\n\xff\xd8{n}\r\n" in body


def test_steps_become_a_journey(tmp_path: Path) -> None:
    sent = rendered(loaded(tmp_path, JOURNEY), "own", BASE)
    login, read = sent.templates
    assert (sent.journey, login.once, read.once) == (True, True, False)
    assert login.takes == (
        Extract("token", "json", "/auth/token"),
        Extract("seat", "header", "x-seat"),
        Extract("sid", "cookie", "sid"),
    )
    assert login.keeps_cookies
    assert [check.text for check in read.checks] == ["a", "b"]
    line, headers, _ = split(Filler(read).fill(FillContext(0, 0, 0, {"seat": "a/b", "token": "t"})))
    assert (line, headers["authorization"]) == ("GET /things/a%2Fb HTTP/1.1", "Bearer t")


PACED = """
think_time = "2 s"

[[step]]
path = "/login"
once = true
think_time = "9 s"

[[step]]
path = "/a"

[[step]]
path = "/b"
think_time = "none"

[[step]]
path = "/c"
think_time = "1 s to 3 s"
"""


def test_a_step_may_have_its_own_think_time(tmp_path: Path) -> None:
    plan = loaded(tmp_path, PACED)
    pace = plan.pace_of("own")
    assert [pace.before(step) for step in range(4)] == [
        ThinkTime(9, 9),
        ThinkTime(2, 2),
        ThinkTime(),
        ThinkTime(1, 3),
    ]
    assert pace.mean_s == pytest.approx(4 / 3), "of those that are repeated"
    assert plan.pace_of("hello") == ThinkTime(2, 2)
    assert plan.changed(think_time="5 s").pace_of("own") == ThinkTime(5, 5)
    assert plan.changed(targets=("fastapi", "django-wsgi"), schedule="duel").pace_of("own") == ThinkTime()


def test_the_contracts_workloads_stay_at_hand(tmp_path: Path) -> None:
    plan = loaded(tmp_path, JOURNEY)
    plan.check_served("own", plan.targets)
    plan.check_served("tasks", plan.targets)
    assert rendered(plan, "hello", BASE).templates[0].name == "hello"
    with pytest.raises(UsageError, match="unknown workload"):
        plan.check_served("other", plan.targets)


def test_a_recorded_plan_holds_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"")
    recorded = json.dumps(loaded(tmp_path, REQUESTS).model_dump(mode="json"))
    assert "secret" not in recorded
    assert "geheim" not in recorded
    assert str(tmp_path) not in recorded
    assert recorded.count(HIDDEN) == 2
    assert '"json": {"name": "a"' in recorded
    again = loaded(tmp_path, REQUESTS).changed(users=5)
    assert b"Basic YW5uOnNlY3JldA==" in rendered(again, "own", BASE).templates[1].head


def test_plans_are_made_in_python_too() -> None:
    plan = Plan.model_validate(
        {
            "title": "T",
            "targets": ["fastapi"],
            "stages": [{"users": 1, "hold": 1}],
            "workload": "mine",
            "request": [{"path": "/a", "body": "{n}", "method": "POST", "checks": {"json": {"/a": None}}}],
        }
    )
    template = rendered(plan, "mine", BASE).templates[0]
    assert split(Filler(template).fill(FillContext(0, 0, 12, {})))[2] == b"12"
    assert not template.keeps_cookies


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[[request]]\nname = "a"\n', "line 3: request #1.path: is missing"),
        ('[[request]]\npath = "/"\n\n[[request]]\npth = "/b"\npath = "/c"\n', "line 7: unknown key"),
        ('[[request]]\npath = "/"\nchecks = { contain = "x" }\n', "unknown key 'request #1.checks.contain'"),
        ('[[request]]\npath = "/"\n[request.checks]\ncontain = "x"\n', "line 6: unknown key"),
        ('[[request]]\npath = "/"\nexpect_status = "6xx"\n', "request #1.expect_status: '6xx' is no"),
        ('[[request]]\npath = "/"\nexpect_status = 100\n', "100 is not a status"),
        ('[[request]]\npath = "/"\nauth = {}\n', "line 5: request #1.auth: auth must be either basic"),
        ('[[request]]\npath = "/"\njson = 1\nbody = "2"\n', "line 3: request #1: a request has at most one"),
        ('[[request]]\npath = "/{who}"\n', "line 3: the request 'GET /{who}': unknown word 'who'"),
        ('[[request]]\npath = "a"\n', "line 3: the request 'GET a' cannot be sent"),
        ('[[request]]\npath = "/"\nheaders = { X = "a\\nb" }\n', "line 3: the request 'GET /' cannot"),
        ('[[request]]\npath = "/"\n[[request]]\npath = "/"\n', "two requests have the name 'GET /'"),
        ('[[request]]\npath = "/"\n[[step]]\npath = "/"\n', "either requests by weight"),
        ('data.x = ["a"]\n', "data needs a custom workload"),
        ('data.x = []\n[[request]]\npath = "/"\n', "line 3: data.x: must be a list with at least one value"),
        ('data.user = ["a"]\n[[request]]\npath = "/"\n', "{user} is built in"),
        ('workload = "hello"\n[[request]]\npath = "/"\n', "workload 'hello' is built in"),
        ('[[step]]\npath = "/"\nonce = true\n', "at least one step without once"),
        ('[[step]]\npath = "/"\nweight = 2\n', "line 5: step #1.weight"),
        ('[[step]]\npath = "/{id}"\ntake = { id = "/id" }\n', "unknown word 'id'"),
        ('[[step]]\npath = "/"\ntake = { id = "id" }\n', "line 5: step #1.take.id: 'id' cannot be taken"),
        ('data.id = [1]\n[[step]]\npath = "/"\ntake = { id = "/id" }\n', "both a list of data and a taken"),
        ('folder = "/"\n', "unknown key 'folder'"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_file_line_and_key(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, text)
    assert what in refusal.value.what
    assert "mine.toml" in refusal.value.what
    assert refusal.value.hint


def test_a_key_that_is_nearly_right_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, '[[request]]\npath = "/"\nchecks = { contain = "x" }\n')
    assert "contains" in refusal.value.hint
    assert refusal.value.why == "known: contains, matches, json, jmespath, size, headers, graphql"


def test_a_built_in_workload_has_no_cookies_which_may_be_said(tmp_path: Path) -> None:
    assert loaded(tmp_path, "cookies = false\n").cookies is False


OPEN = """targets = ["fastapi"]
model = "open"
spacing = "poisson"
max_users = 50
warm_up = "none"

[[stages]]
rate_to = 100
over = "4 s"

[[stages]]
rate = 20
hold = "6 s"
"""


def test_the_open_model_counts_arrivals(tmp_path: Path) -> None:
    plan = loaded(tmp_path, OPEN)
    assert plan.open_model == OpenModel(poisson=True, max_users=50)
    assert plan.shape == (Stage(100, 4.0), Stage(20, 0.0), Stage(20, 6.0))
    assert plan.changed(seconds=2).shape == (Stage(50, 2.0),)
    assert plan.changed(seconds=5).shape == (Stage(100, 4.0), Stage(20, 0.0), Stage(20, 1.0))
    with pytest.raises(UsageError, match="no number of users"):
        plan.changed(users=5)
    assert loaded(tmp_path, '[[request]]\npath = "/"\n').open_model is None


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("rate = 20", "users = 20", "write rate_to, or rate and hold"),
        ('model = "open"\n', "", 'add model = "open"'),
        ("rate = 20", "rate = 20\nusers = 20", "either users or arrivals"),
        ("rate = 20", "rate = 0.5", "stages #2.rate: must be a whole number"),
        ("max_users = 50", 'think_time = "1 s"', "think time only between"),
        ("max_users = 50", "max_users = 0", "must be 1 or more"),
        ('model = "open"', 'model = "half"', "must be 'closed' or 'open'"),
    ],
)
def test_models_are_not_mixed(tmp_path: Path, right: str, wrong: str, what: str) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, OPEN.replace(right, wrong))
    assert what in refusal.value.what


STREAMS = """
[[request]]
name = "events"
path = "/generate"
stream = "sse"
until = "[DONE]"

[[request]]
name = "words"
path = "/ws/generate?n=5"
stream = "websocket"
message = "go {n}"
receive = 5

[[request]]
name = "chat"
path = "/ws/chat"
stream = "websocket"
json = { ask = "{n|number}" }
until = "bye"
"""


def test_streams(tmp_path: Path) -> None:
    plan = loaded(tmp_path, STREAMS)
    events, words, chat = rendered(plan, "own", BASE).templates
    assert (events.kind, events.until, events.expect_status) == ("sse", "[DONE]", (200,))
    assert (words.kind, words.receive, words.expect_status) == ("websocket", 5, (101,))
    line, headers, message = split(Filler(words).fill(FillContext(0, 0, 7, {})))
    assert (line, headers["upgrade"], message) == ("GET /ws/generate?n=5 HTTP/1.1", "websocket", b"go 7")
    assert (chat.until, chat.receive) == ("bye", 0)
    assert split(Filler(chat).fill(FillContext(0, 0, 7, {})))[2] == b'{"ask":7}'
    recorded = plan.model_dump(mode="json")["request"]
    assert [each["stream"] for each in recorded] == ["sse", "websocket", "websocket"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('until = "x"', "add stream"),
        ('stream = "sse"\nmessage = "x"', "need a WebSocket"),
        ('stream = "sse"\nreceive = 2', "need a WebSocket"),
        ('stream = "sse"\nmethod = "HEAD"', "no body to stream"),
        ('stream = "sse"\nuntil = "a\\nb"', "one line"),
        (f'stream = "sse"\nuntil = "{"x" * 101}"', "100 bytes"),
        ('stream = "websocket"\nreceive = -1', "0"),
        ('stream = "websocket"\nmethod = "POST"', "opened with a GET"),
        ('stream = "websocket"\nbody = "x"', "opened with a GET"),
        ('stream = "websocket"\nmessage = "x"\njson = 1', "one message"),
        ('stream = "websocket"\nexpect_status = 403', "no expect_status"),
        ('stream = "websocket"\nheaders = { Sec-WebSocket-Key = "x" }', "belongs to the handshake"),
        ('stream = "carrier pigeon"', "websocket"),
    ],
)
def test_streams_that_make_no_sense_are_refused(said: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, f'[[request]]\npath = "/"\n{said}\n')
    assert why in str(refusal.value)
    assert "mine.toml" in str(refusal.value)


def test_httpx_streams_events_and_no_websockets(tmp_path: Path) -> None:
    events = STREAMS.partition('[[request]]\nname = "words"')[0]
    assert loaded(tmp_path, 'client = "httpx"\n' + events).client == "httpx"
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, 'client = "httpx"\n' + STREAMS)
    assert (refusal.value.what, refusal.value.why) == (
        "mine.toml: httpx cannot send workload 'own'".replace("mine.toml", str(tmp_path / "mine.toml")),
        "it opens WebSockets, which httpx does not support",
    )
    assert "--client httpx" in refusal.value.hint
    with pytest.raises(UsageError, match="httpx cannot send"):
        loaded(tmp_path, STREAMS).changed(client="httpx")


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.toml", "."])
def test_a_plan_is_a_regular_file_of_bounded_size(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(UsageError, match="cannot read the plan"):
        presets.load(str(tmp_path / name))
    (tmp_path / "long.toml").write_bytes(b"#" * (presets.MAX_PLAN_BYTES + 1))
    with pytest.raises(UsageError, match="cannot read the plan"):
        presets.load(str(tmp_path / "long.toml"))


def test_a_byte_order_mark_before_a_plan_is_no_part_of_it(tmp_path: Path) -> None:
    path = written(tmp_path, '[[request]]\npath = "/"\n')
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [each.path for each in presets.load(str(path)).request] == ["/"]


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 50_000, "seed = " + "9" * 5_000, "title = " + "{a=" * 3_000], ids=["[", "9", "{"]
)
def test_what_no_parser_of_toml_takes_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        loaded(tmp_path, text)


@pytest.mark.parametrize("short", [201, "2xx", [200, 404], ["2xx", "4xx"], [204, "5xx"]])
def test_statuses_are_written_as_people_write_them(short: object) -> None:
    assert statuses_in_short(parse_statuses(short)) == short
