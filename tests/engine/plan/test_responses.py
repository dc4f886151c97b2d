"""What a plan expects of responses: checks and values to take, from TOML to the messages of load workers."""

import json
from pathlib import Path

import pytest

from engine.export.plan_file import without_defaults
from engine.plan.render import rendered
from engine.plan.workload import RequestSpec, StepSpec
from engine.protocol.request import Check, Extract
from targets.errors import UsageError
from targets.secrets import HIDDEN
from tests.engine.plan.own_workloads import BASE, loaded

CHECKS = r"""
[[request]]
path = "/"

[request.checks]
contains = "a"
matches = ['\d+', "(?i)b"]
size = 3
json = { "/a" = 1 }
jmespath = { "length(items)" = 3, "items[0].open" = true }

[request.checks.headers]
ETag = true
Via = false
Vary = " Accept "
Cache-Control = { contains = "max-age" }
X-Id = { matches = "^[0-9]+$" }
X-Other = { equals = "b" }
X-Gone = { present = false }
"""

TAKES = r"""
[[step]]
path = "/"
follow_redirects = 3

[step.take]
pointer = "/a/b"
expression = "jmespath: items[0].id"
header = "header: ETag"
cookie = "cookie:sid"
page = 'regex:value="([^"]+)"'
there = { from = "header:Location", regex = '/(\d+)$' }
body = { regex = "a" }
part = { from = "/a", regex = "^." }
deep = { from = "jmespath:a.b", regex = "^." }
crumb = { from = "cookie:sid", regex = "^." }
"""


def test_checks_become_messages(tmp_path: Path) -> None:
    template = rendered(loaded(tmp_path, CHECKS), "own", BASE).templates[0]
    assert template.checks == (
        Check("header", header="etag", test="present"),
        Check("header", header="via", test="absent"),
        Check("header", header="vary", test="equals", text="Accept"),
        Check("header", header="cache-control", test="contains", text="max-age"),
        Check("header", header="x-id", test="matches", text="^[0-9]+$"),
        Check("header", header="x-other", test="equals", text="b"),
        Check("header", header="x-gone", test="absent"),
        Check("contains", text="a"),
        Check("matches", text=r"\d+"),
        Check("matches", text="(?i)b"),
        Check("size", low=3, high=3),
        Check("json", pointer="/a", expected=b"1"),
        Check("jmespath", pointer="length(items)", expected=b"3"),
        Check("jmespath", pointer="items[0].open", expected=b"true"),
    )


def test_values_to_take_become_messages(tmp_path: Path) -> None:
    template = rendered(loaded(tmp_path, TAKES), "own", BASE).templates[0]
    assert template.takes == (
        Extract("pointer", "json", "/a/b"),
        Extract("expression", "jmespath", "items[0].id"),
        Extract("header", "header", "etag"),
        Extract("cookie", "cookie", "sid"),
        Extract("page", "body", "", 'value="([^"]+)"'),
        Extract("there", "header", "location", r"/(\d+)$"),
        Extract("body", "body", "", "a"),
        Extract("part", "json", "/a", "^."),
        Extract("deep", "jmespath", "a.b", "^."),
        Extract("crumb", "cookie", "sid", "^."),
    )
    assert template.follow_redirects == 3


@pytest.mark.parametrize(("text", "kind"), [(CHECKS, "request"), (TAKES, "step")])
def test_a_recorded_plan_can_be_read_again(tmp_path: Path, text: str, kind: str) -> None:
    plan = loaded(tmp_path, text)
    (recorded,) = json.loads(json.dumps(plan.model_dump(mode="json")))[kind]
    model = RequestSpec if kind == "request" else StepSpec
    (spec,) = getattr(plan, kind)
    assert model.model_validate(without_defaults(model, recorded)) == spec


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            'checks.jmespath = { "a[" = 1 }',
            "request #1.checks.jmespath.a[: 'a[' is not a JMESPath expression",
        ),
        ('checks.jmespath = { "lenght(a)" = 1 }', "did you mean 'length'?"),
        ('checks.matches = "a("', "request #1.checks.matches #1: 'a(' is not a regular expression"),
        ('checks.headers = { "X Y" = true }', "'X Y' is not the name of a header"),
        ("checks.headers.ETag = {}", "checks.headers.ETag: a header's check is one of present, equals"),
        ('checks.headers.ETag = { equals = "a", contains = "b" }', "is one of present, equals"),
        ('checks.headers.ETag = { matches = "(" }', "checks.headers.ETag.matches: '(' is not a regular"),
        ("checks.headers.ETag = 5", "checks.headers.ETag: write true (present), false"),
        ("checks.headers.ETag = { is = 5 }", "unknown key 'request #1.checks.headers.ETag.is'"),
        ("checks.size = { min = 5, max = 2 }", "no body has at least 5 and at most 2 bytes"),
        ("checks.graphql = 5", "must be true or false"),
        ("follow_redirects = -1", "follow_redirects: must be 0 or more"),
        ("follow_redirects = 21", "follow_redirects: must be 20 or less"),
        ('follow_redirects = 1\nexpect_status = "3xx"', "leave 301 out of expect_status"),
        ('follow_redirects = 1\nstream = "websocket"', "a WebSocket follows no redirects"),
    ],
)
def test_wrong_checks_are_named_with_their_place(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, f'[[request]]\npath = "/"\n{line}\n')
    assert what in str(refusal.value)
    assert "mine.toml, line" in refusal.value.what


@pytest.mark.parametrize(
    ("take", "what"),
    [
        ('"id"', "'id' cannot be taken; write a JSON pointer"),
        ('"regex:("', "'(' is not a regular expression: missing ), unterminated subpattern at character 1"),
        ('"jmespath:a["', "it ends too early, after character 2"),
        ('"header:X Y"', "cannot be taken"),
        ('{ from = "nowhere", regex = "a" }', "step #1.take.id.from: 'nowhere' cannot be taken"),
        ('{ regex = "(" }', "step #1.take.id.regex: '(' is not a regular expression"),
        ('{ from = "/id" }', "step #1.take.id.regex: is missing"),
        ('{ regex = "a", group = 1 }', "unknown key 'step #1.take.id.group'"),
        ("5", "step #1.take.id"),
    ],
)
def test_wrong_values_to_take_are_named_with_their_place(tmp_path: Path, take: str, what: str) -> None:
    with pytest.raises(UsageError) as refusal:
        loaded(tmp_path, f'[[step]]\npath = "/"\ntake = {{ id = {take} }}\n')
    assert what in str(refusal.value)
    assert "mine.toml, line 5" in refusal.value.what


def test_secrets_in_checks_are_hidden_and_patterns_stay(tmp_path: Path) -> None:
    text = r"""
[[step]]
path = "/"
take = { csrf = 'regex:csrf=(\w+)' }

[step.checks]
json = { "/token" = "geheim" }
jmespath = { "auth.token" = "geheim" }
headers = { X-Api-Key = "geheim", Vary = "Accept" }
matches = 'token=\w+'
"""
    recorded = json.dumps(loaded(tmp_path, text).model_dump(mode="json")["step"])
    assert "geheim" not in recorded
    assert recorded.count(HIDDEN) == 3
    for kept in ("Accept", "regex:csrf=(", "token=\\\\w+"):
        assert kept in recorded
