"""Imports: whatever a source says, it becomes a plan that runs, without its secrets, or it is said why not.

To add a kind of source: good inputs of it in `SOURCES`, with `SECRET` where a secret is.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import presets
from engine.imports.detect import kind_of
from engine.imports.files import FoundFile, with_files
from engine.imports.options import ImportOptions
from engine.imports.plan_text import WrittenPlan, plan_text
from engine.imports.sources import KINDS, read_source, text_of
from engine.plan.plan import Plan
from engine.plan.render import rendered
from engine.preflight.allowed_hosts import ascii_host
from targets.plain_text import one_line
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.mutation import INTERESTING, changed_value, mutated
from tests.support.har_files import entry

SECRET = "Zq7xW2mK9vR4tB8n"
"""In no input but whole: an input in which it is cut has no secret."""

COMMANDS = (
    f"""curl 'https://h.example/items/7?page=2&api_key={SECRET}' \\
  -H 'accept: application/json' -H 'authorization: Bearer {SECRET}' -H 'x-{{id}}: ${{x}}' \\
  -b 'sid={SECRET}' --data-raw $'{{"name":"O\\'Brien \\u00e9","password":"{SECRET}","n":[1,2.5,null]}}' -k
curl -X POST http://h.example/login -d 'user=ann&password={SECRET}' -L -m 5 | jq .
""",
    f"""curl ^"https://h.example/api?x=1^&y=%^41^" ^
  -H ^"cookie: a={SECRET}^" ^
  --data-raw ^"^{{^\\^"token^\\^":^\\^"{SECRET}^\\^"^}}^"
""",
    f"""curl -u 'ann:{SECRET}' -F 'a=b;type=text/plain' -F f=@body.bin http://h.example/[1-3]/{{a,b}} \\
  --next -T body.txt http://h.example/up -G --data-urlencode 'q=a b' -d @body.txt "$A/$(b)" \\
  --json '{{"pin": 123}}'
curl http://h.example/read -d @- --data-urlencode x@body.txt <<EOF
{{"password": "{SECRET}", "a": "$A"}}
EOF
curl http://h.example/graphql --json '{{"query": "mutation ($password: S) {{ a(password: $password) {{c}} }}",
  "variables": {{"password": "{SECRET}", "n": '$N'}}}}'
curl http://h.example/form -F 'j={{"token":"{SECRET}"}};type=application/json' -F 'b=<-' <<< 'x'
""",
    f"""BASE=http://h.example OPTIONS='-X PUT -H X:y' EMPTY=
export PASSWORD={SECRET} A=$BASE/a
ann@host:~$ curl $OPTIONS $EMPTY "$A?password=$PASSWORD" -d "$(cat <<EOF
{{"password": "{SECRET}", "a": "$A$A"}}
EOF
)"
curl -T - $BASE/up/ <<< "$A"
""",
)

POWERSHELL = f"""PS C:\\a> curl.exe "http://h.example/a?b=1" `
  -H "Authorization: Bearer {SECRET}" -H "X: `"$env:Y`"" `
  -d '{{"password":"{SECRET}"}}'
"""

COLLECTION: dict[str, Any] = {
    "info": {"_postman_id": "1", "name": "Shop", "schema": "https://schema.getpostman.com/v2.1.0/"},
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": SECRET}]},
    "variable": [{"key": "base", "value": "http://h.example"}, {"key": "password", "value": SECRET}],
    "item": [
        {
            "name": "Folder",
            "item": [
                {
                    "name": "one",
                    "event": [{"listen": "test", "script": {"exec": ["x"]}}],
                    "response": [{"code": 201}],
                    "request": {
                        "method": "POST",
                        "header": [{"key": "X-Token", "value": SECRET}],
                        "url": {
                            "raw": "{{base}}/items/:id?x={{$guid}}",
                            "variable": [{"key": "id", "value": "7"}],
                        },
                        "body": {
                            "mode": "raw",
                            "raw": f'{{"secret": "{SECRET}", "n": {{{{n}}}}}}',
                            "options": {"raw": {"language": "json"}},
                        },
                    },
                }
            ],
        },
        {
            "name": "two",
            "request": {
                "method": "PUT",
                "auth": {"type": "basic", "basic": [{"key": "username", "value": "a"}]},
                "url": {"host": ["h", "example"], "path": ["b"], "query": [{"key": "q", "value": "1"}]},
                "body": {
                    "mode": "formdata",
                    "formdata": [
                        {"key": "password", "value": SECRET},
                        {"key": "f", "type": "file", "src": "body.bin"},
                    ],
                },
            },
        },
        {
            "name": "three",
            "request": {
                "url": "{{base}}/graphql",
                "method": "POST",
                "body": {"mode": "graphql", "graphql": {"query": "{ a }", "variables": "{}"}},
            },
        },
    ],
}

RECORDED: dict[str, Any] = {
    "log": {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "entries": [
            entry(
                "/login",
                gives=[("Set-Cookie", f"csrftoken={SECRET}; Path=/"), ("X-Csrf", f"{SECRET}1")],
                content=f'<title>Log in</title><input name="_token" value="{SECRET}2">',
                _resourceType="document",
            ),
            entry(
                "/login",
                "POST",
                at_s=3,
                body=f"csrfmiddlewaretoken=m{SECRET}&_token={SECRET}2&password={SECRET}3&user=ann",
                headers={"Cookie": f"csrftoken={SECRET}; old={SECRET}4", "X-CSRF-Token": f"{SECRET}1"},
                status=302,
                gives=[("Location", "/items"), ("Set-Cookie", f"sid={SECRET}5; HttpOnly")],
            ),
            entry(
                "/items",
                "POST",
                at_s=5,
                body='{"name": "x", "tags": [1, null]}',
                content_type="application/json",
                headers={"Authorization": f"Bearer {SECRET}6"},
                status=201,
                content='{"item": {"id": 4711}}',
                mime="application/json",
            ),
            entry("/items/4711?page=2", at_s=7, _fromCache=None),
            entry("/static/a.css", at_s=7.1, mime="text/css"),
            entry("https://cdn.example/x", at_s=7.2),
            entry("/up", "POST", at_s=8, body="--b\r\n", content_type="multipart/form-data; boundary=b"),
        ],
    }
}

LOG = f"""\
1.2.3.4 - ann [10/Oct/2024:13:55:36 -0700] "GET /items/17?page=2&token={SECRET} HTTP/1.1" 200 5 "-" "curl/8"
1.2.3.4 - - [10/Oct/2024:13:55:37 -0700] "GET /items/18?page=3&token={SECRET} HTTP/2.0" 304 0 "-" "Abot"
INFO:     127.0.0.1:1 - "POST /items HTTP/1.1" 201 Created
{{"level":"info","ts":1.5,"request":{{"method":"GET","uri":"/a/6f9619ff-8b86-d011-b42d-00cf4fc964ff"}},"status":200}}
{{"log": "127.0.0.1 - - [x] \\"GET /x.css HTTP/1.1\\" 404 2"}}
not a request
1.2.3.4 - - [x] "GET /password/9fceb02d0ae598e95dc970b74767f19372d61af8/é%41 HTTP/1.1" 200 5
"""

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop"},
    "servers": [{"url": "http://h.example/{v}", "variables": {"v": {"default": "v1"}}}],
    "security": [{"key": []}],
    "paths": {
        "/items/{id}": {
            "parameters": [
                {"$ref": "#/components/parameters/id"},
                {"name": "token", "in": "query", "required": True, "example": SECRET},
                {"name": "X-Api-Key", "in": "header", "example": SECRET},
                {"name": "sid", "in": "cookie", "example": SECRET},
            ],
            "get": {"operationId": "one", "responses": {"200": {"content": {"text/event-stream": {}}}}},
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Item"}},
                        "multipart/form-data": {"schema": {"properties": {"f": {"format": "binary"}}}},
                    },
                },
                "responses": {"2XX": {}, "default": {}},
            },
            "head": {"security": [{"login": []}, {}], "responses": {}},
        },
        "/list": {"get": {"responses": {"200": {"description": "fine"}}}},
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            "login": {"type": "http", "scheme": "basic"},
        },
        "parameters": {
            "id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 5}}
        },
        "schemas": {
            "Item": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "required": ["children", "code", "either", "password", "tags"],
                "properties": {
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
                    "code": {"type": "string", "pattern": r"^[A-Z]{2,4}-\d+(\.\w*)?$", "maxLength": 20},
                    "either": {"oneOf": [{"type": ["integer", "null"], "multipleOf": 5}, {"type": "string"}]},
                    "password": {"type": "string", "example": SECRET},
                    "tags": {
                        "type": "array",
                        "minItems": 2,
                        "uniqueItems": True,
                        "items": {"format": "date"},
                    },
                },
            },
            "Base": {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1},
        },
    },
}

YAML = f"""
openapi: 3.0.3
info: {{title: Shop}}
paths:
  /a/{{id}}: &a
    parameters: [{{name: id, in: path, schema: {{type: string, format: uuid}}}}]
    get: {{responses: {{200: {{}}}}}}
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {{type: object, properties: {{password: {{type: string, example: {SECRET}}}}}}}
  /b/{{id}}: *a
servers: [{{url: "http://h.example"}}]
"""

SOURCES: Mapping[str, tuple[str | dict[str, Any], ...]] = {
    "curl": (*COMMANDS, POWERSHELL),
    "postman": (COLLECTION,),
    "har": (RECORDED,),
    "log": (LOG,),
    "openapi": (OPENAPI, YAML),
}
"""Good inputs by kind: texts, or documents that are written as JSON and also changed as values."""

PIECES = (
    b"curl ", b" -H ", b" -d ", b" --next ", b"$'", b"\\u", b"\\x", b'^"', b"^\n\n", b"$(", b"`", b"\\\n",
    b" `\n", b"<<EOF\n", b"\nEOF\n", b"<<<", b";type=",
    b"\nA=", b"$A$A$A$A", b"\nA=$A$A$A$A$A$A$A$A\n", b" $A ", b'"$(cat <<EOF\n', b'\nEOF\n)"',
    b"\nann@host:~$ curl ",
    b"http://", b"https://[::1]:8/", b"ws://h", b"://", b"?a=", b"&", b"#", b"{{", b"}}", b"${A}", b"$${",
    b"{id}", b"{{id}}", b"{random:9-1}", b"\xef\xb7\x90id\xef\xb7\x92", b"\xef\xb7\x91T\xef\xb7\x92",
    b'{"a":', b"null", b"[", b"[request]", b"\n[[request]]\n", b'"""', b"'''", b"Authorization: Basic ",
    b"Content-Type: application/json", b"Transfer-Encoding: chunked", b"Host: x", b"Cookie: ",
    b"multipart/form-data; boundary=", b"multipart/form-data", b'"startedDateTime":', b"Set-Cookie",
    b"csrftoken=",
    b'"GET / HTTP/1.1" 200 ', b'\n{"method":"GET","uri":"', b"data:", b"/1/2/3", b"@body.txt",
    b"@/etc/passwd", b"CONNECT", b"-X ", b"\xff\xfe",
    b"$ref", b"#/components/schemas/Item", b"allOf", b"&a ", b"*a", b"<<: ", b"- ", b"!!str ", b"(?=",
)  # fmt: skip


@dataclass(frozen=True)
class Import:
    """A source, and what the command line says."""

    kind: str
    content: bytes
    options: ImportOptions
    to: str
    detects: bool


class Imports:
    """A folder with the files that requests send."""

    def __init__(self) -> None:
        self.folder = scratch_folder()
        os.environ["ABREAST_HOME"] = str(self.folder / "home")
        (self.folder / "body.txt").write_text("a\nb {id} ${x}")
        (self.folder / "body.bin").write_bytes(b"\xff\x00")
        self.texts = {kind: tuple(map(_written, made)) for kind, made in SOURCES.items()}

    def make(self, random: Random) -> Import:
        """A source with other bytes, or with other values."""
        kind = random.choice(list(SOURCES))
        at = random.randrange(len(SOURCES[kind]))
        document, content = SOURCES[kind][at], self.texts[kind][at]
        if isinstance(document, dict) and random.random() < 0.5:
            content = _written(changed_value(document, random))
        elif random.random() < 0.9:
            others = random.choice(list(self.texts.values()))
            content = mutated(content, random, (*PIECES, *INTERESTING), others)
        options = ImportOptions(
            name="it\x1b[1m",
            journey=random.choice((None, None, True, False)),
            hosts=random.choice(((), (), (), ("h.example",), ("[",))),
            include_static=random.random() < 0.3,
            enable=random.choice(((), ("all",), ("all",), ("one",), ("nothing",))),
            url=random.choice(("", "", "http://127.0.0.1:1/openapi.json")),
        )
        to = random.choice(("", "", "http://127.0.0.1:1", "x"))
        return Import(kind, content, options, to, random.random() < 0.5)

    def check(self, made: Import) -> None:
        """Raises where a plan cannot be run, holds a secret, or something fails without a reason."""
        written = self._written(made)
        if written is None:
            return
        plan = self._plan(written)
        assert len(plan.request or plan.step) == written.requests
        sent = rendered(plan, plan.workload, plan.target[0].url)
        assert len(sent.templates) == written.requests
        shown = [written.text, *(f"{note.place}{note.what}{note.why}" for note in written.notes)]
        secrets = [value for value in written.variables.values() if len(value) >= len(SECRET)]
        assert not any(secret in text for secret in secrets for text in shown)
        if _is_plainly_secret(made):
            assert SECRET not in written.text
        for text in (*shown[1:], *written.about.values(), *written.variables):
            assert text == one_line(text)
        assert all(line == one_line(line) for line in _comments(written.text))

    def _written(self, made: Import) -> WrittenPlan | None:
        """The plan of a source; None where a reason was given why there is none."""
        with reasons():
            kind = kind_of(text_of(made.content), made.options.name) if made.detects else made.kind
            if kind in KINDS:
                traffic = with_files(read_source(made.content, kind, made.options), self._find)
                written = plan_text(traffic, to=made.to, hosts=made.options.hosts)
                ascii_host(written.host)
                return written
        return None

    def _plan(self, written: WrittenPlan) -> Plan:
        environ = {name: value.replace("\x00", "") or "x" for name, value in written.variables.items()}
        return presets.plan_from(written.text, "imported", "it", folder=self.folder, environ=environ)

    def _find(self, name: str) -> FoundFile | str:
        path = Path(self.folder, "body.txt" if "txt" in name else "body.bin")
        return FoundFile(path.name, path.read_bytes()) if "body" in name else "it does not exist"


def _written(document: Any) -> bytes:
    """A document as a file."""
    if isinstance(document, str):
        return document.encode(errors="surrogatepass")
    return json.dumps(document).encode(errors="surrogatepass")


def _is_plainly_secret(made: Import) -> bool:
    """Whether every secret of the source is still where it says what it is."""
    return any(made.content == text for texts in SOURCES.values() for text in map(_written, texts))


def _comments(text: str) -> list[str]:
    """The comments above and between the tables."""
    return [line.removeprefix("#").strip() for line in text.split("\n") if line.startswith("# - ")]
