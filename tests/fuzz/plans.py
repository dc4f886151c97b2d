"""Plans: a text is a plan whose requests can be sent, filled in and recorded, or an error with a reason."""

import math
import os
import tomllib
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from random import Random
from typing import Any

import orjson

import presets
from engine.client.cookies import CookieJar
from engine.client.extraction import extractor
from engine.client.response_checks import response_check
from engine.client.rows import sources_of
from engine.client.template_fill import FillContext, Filler, TemplateFillError
from engine.hosting import database_choice
from engine.plan.once import taken_in
from engine.plan.plan import Plan
from engine.plan.render import rendered, rendered_once
from engine.protocol.load_shape import Steering
from engine.protocol.messages import AddTarget, encode
from engine.recording.journal_lines import encode_record
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.mutation import INTERESTING, changed_value, mutated
from tests.support.recording import header

RICH = """\
title = "All at once"
question = "What is there?"
targets = ["fastapi:workers=2", "own", "django-wsgi:threads=4:cpus=1"]
think_time = "1 s to 2 s"
warm_up = "auto"
schedule = "solo"
timeout = "2 s"
network_delay = "5 ms"
slo = "p95 < 200 ms, errors < 1 %"
stages = [{ users = 1, hold = "5 s" }, { ramp_to = 10, over = "2 s" }]
expected_difference = "they differ"

[[target]]
name = "own"
command = "node server.js {port}"
cwd = "."
health = "/test"
env = { A = "{port}" }

[[target]]
name = "there"
url = "https://127.0.0.1:8443"
insecure = true
server_name = "example.org"

[[step]]
name = "log in"
method = "POST"
path = "/login?next=/a b"
form = { user = "{user}", password = "p" }
once = true
take = { token = "/token", id = "header:x-id", c = "cookie:sid" }
follow_redirects = 3

[[step]]
path = "/found"
follow_redirects = 1
take = { e = "jmespath:a[0].b", f = "regex:f=(\\\\w+)", g = { from = "header:Location", regex = "(.)$" } }

[step.checks]
matches = ["o+k", "(?i)^a"]
jmespath = { "length(a)" = 3, "a[?b > `1`].c | [0]" = "d" }
headers = { ETag = true, Vary = "a", Via = false, Link = { contains = "x" }, X-Id = { matches = "[0-9]+" } }

[[step]]
path = "/items/{id}"
query = { q = "{token}", page = "1" }
headers = { X-Token = "{token}", Accept = "*/*" }
auth = { bearer = "{token}" }
expect_status = [200, 404]
checks = { contains = "ok", json = { "/a/0/b" = 1 }, size = 10 }

[[step]]
method = "PUT"
path = "/items"
json = { a = [1, 2.5, "{token}", true], b = { c = "{random 1 100}" } }

[[fault]]
at = "3 s"
fault = "pause for 1 s"
"""
REQUESTS = """\
title = "Requests"
targets = ["fastapi"]
model = "open"
spacing = "poisson"
max_users = 50
stages = [{ rate = 5, hold = "2 s" }]
data = { name = ["Ann", "Bob"], age = [5, 6] }
seed = 7
cookies = true
timeout = "3 s"

[[request]]
path = "/a/{n}/{uuid}"
weight = 3
auth = { basic = ["me", "{user}"] }

[[request]]
method = "POST"
path = "/up"
files = { file = { file = "cat.bin", type = "image/jpeg" } }

[[request]]
path = "/raw"
method = "POST"
body = { file = "cat.bin" }

[[request]]
path = "/events"
stream = "sse"
until = "[DONE]"

[[request]]
path = "/graphql"
graphql = "query A($n: Int) { items(first: $n) { id } }"
operation = "A"
variables = { n = "{n|number}", name = "{name}" }
checks = { graphql = true }

[[request]]
path = "/socket"
stream = "websocket"
message = "hello"
receive = 2
"""

VALUES = """\
title = "Values"
targets = ["there", "fastapi:env.KEY=${FUZZED}"]
stages = [{ users = 2, hold = "2 s" }]
data.city = ["Rome"]

[[target]]
name = "there"
url = "http://${NO_SUCH_HOST:-127.0.0.1}:18001"
health = "/${FUZZED}"

[data.users]
file = "users.csv"
order = "unique"

[data.items]
file = "items.jsonl"
order = "random"

[[setup]]
method = "POST"
path = "/login"
json = { user = "{data.users.name}", key = "${FUZZED}" }
timeout = "1 s"
take = { token = "/token", there = "header:Location" }

[[request]]
path = "/{data.items.id}/{data.users.name}/{city}?q=${FUZZED}&r=$${x}"
headers = { X-Token = "{setup.token}", X-Text = "{{data.users.name}}" }
json = { n = "{data.items.id|number}", t = "{setup.token}" }
timeout = "500 ms"
checks = { contains = "${FUZZED}" }

[[request]]
path = "{setup.there}"
auth = { basic = ["{data.users.name}", "${FUZZED}"] }

[[teardown]]
method = "DELETE"
path = "/session/{setup.token}"
"""

TOKENS = (
    b'"""', b"'''", b"[[", b"]]", b"[[request]]\n", b"[[step]]\n", b"[[target]]\n", b"[[fault]]\n",
    b"[[stages]]\n",
    b"= {", b"users = ", b"hold = ", b'"1 s"', b"1979-05-27T07:32:00Z", b"0x7f", b"1_000", b"+inf",
    b"[" * 3000,
    b"{a=" * 300, b"\\u0000", b"\\U0010ffff", b"{user}", b"{n}", b"{random 5 1}",
    b"{random 0 99999999999999999999}",
    b'runtime = "docker"\n', b'database = "mysql://u:p@h/"\n', b"9" * 5000, b"load_workers = 9\n",
    b"file = ",
    b"/dev/full", b"/proc/self/mem", b"container = ", b"until = ", b"json = ", b"take = ", b"checks = ",
    b"regex:(a|", b"jmespath:a[", b"`", b"graphql = ", b"follow_redirects = ",
    b"slo = ", b"${", b"$${", b"${FUZZED}", b"{data.users.name}", b"{setup.token}", b"[[setup]]\n",
    b"[data.users]\n", b"order = ", b"/etc/passwd", b"timeout = ",
)  # fmt: skip


class Plans:
    """Half of the inputs are texts with other bytes, half are valid TOML with other values."""

    def __init__(self) -> None:
        built_in = [(files(presets) / f"{name}.toml").read_bytes() for name in presets.names()]
        self.texts = [*built_in, *[RICH.encode(), REQUESTS.encode(), VALUES.encode()] * 4]
        self.values = [tomllib.loads(text.decode()) for text in self.texts]
        self.header = header()
        self.path = scratch_folder() / "plan.toml"
        (self.path.parent / "cat.bin").write_bytes(bytes(300))
        (self.path.parent / "users.csv").write_text("name,pin\nann,1\nbob,2\n")
        (self.path.parent / "items.jsonl").write_text('{"id": 7}\n{"id": 8}\n')
        os.environ["FUZZED"] = "a {n} value"

    def make(self, random: Random) -> bytes:
        """A plan's file."""
        if random.random() < 0.4:
            return mutated(random.choice(self.texts), random, (*INTERESTING, *TOKENS), self.texts)
        value = random.choice(self.values)
        for _ in range(random.choice((1, 1, 2, 3))):
            changed = changed_value(value, random)
            value = changed if isinstance(changed, dict) else value
        return toml(value).encode(errors="replace")

    def check(self, made: bytes) -> None:
        """Raises for another error than one with a reason."""
        self.path.write_bytes(made)
        with reasons():
            self._use(presets.load(str(self.path)))

    def _use(self, plan: Plan) -> None:
        """All that comes before load, and does no I/O."""
        made = replace(
            self.header,
            plan=plan.model_dump(mode="json"),
            think_time=str(plan.think_time),
            think_time_mean_s=plan.think_time.mean_s,
            warm_up_s=plan.warm_up_s,
            length_s=plan.length_s,
        )
        assert orjson.loads(encode_record(made, 0))
        assert database_choice.shown(plan) is not None
        setup = dict.fromkeys(taken_in(plan.setup), "/1")
        sent = rendered(plan, plan.workload, "http://127.0.0.1:18000", setup)
        once = [rendered_once(plan, spec, "http://h:1", setup) for spec in (*plan.setup, *plan.teardown)]
        order = AddTarget(
            "a",
            "127.0.0.1",
            18000,
            sent.templates,
            plan.think_time,
            Steering(plan.shape, 0.0),
            open_model=plan.open_model,
        )
        assert encode(order)
        taken = {take.name: "1" for template in sent.templates for take in template.takes}
        rows = sources_of({name: data.table for name, data in plan.rows.items()})
        for template in (*sent.templates, *once):
            for check in template.checks:
                response_check(check)
            for take in template.takes:
                extractor(take)
            with suppress(TemplateFillError):
                assert Filler(template, rows).fill(FillContext(1, 2, 3, taken, CookieJar()))


def toml(value: dict[str, Any]) -> str:
    """Plain data as TOML, everything in line. What TOML does not have is left out."""
    return "".join(f"{_key(name)} = {_value(each)}\n" for name, each in value.items() if each is not None)


def _key(name: str) -> str:
    return _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return orjson.dumps(value.encode(errors="replace").decode()).decode().replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        inner = ", ".join(
            f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None
        )
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value if each is not None)}]"
    return str(value)
