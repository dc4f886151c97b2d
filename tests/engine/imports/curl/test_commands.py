"""curl commands become the requests that curl itself sends, where there is a curl to ask."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest

import presets
from engine.imports.curl.commands import curl_traffic
from engine.imports.detect import kind_of
from engine.imports.files import FoundFile, with_files
from engine.imports.marked_text import variable
from engine.imports.options import ImportOptions
from engine.imports.plan_text import plan_text
from engine.imports.traffic import ImportedTraffic, MultipartBody, Note
from engine.plan.render import rendered
from targets.errors import UsageError

COMMANDS = [
    "curl {url}/items",
    "curl '{url}/items?a=1&b=%20x#part'",
    "curl {url}/%7Eann/gr%C3%BCn -H 'Accept: application/json' -H 'X-Empty;' -H 'User-Agent: me'",
    "curl -X PUT {url}/items -d a=1 -d 'b=two words' -H 'Content-Type: text/plain'",
    "curl {url}/form -d 'name=Ann&tag=a&tag=b%26c'",
    "curl {url}/form --data-urlencode 'q=a b&c=d' --data-urlencode '=x y' --data-urlencode plain",
    "curl -G {url}/search -d q=1 --data-urlencode 'r=a b/c'",
    'curl {url}/json --json \'{{"a": [1, 2.5, true, "{{id}}"], "b": {{"c": "$x ${{y}}"}}}}\'',
    "curl {url}/json --json '{{\"a\": null}}'",
    "curl {url}/raw --data-raw '@not-a-file' -H 'Content-Type: text/plain'",
    "curl {url}/raw --data-binary @body.txt -H 'Content-Type: text/plain'",
    "curl {url}/raw -d @body.txt",
    "curl {url}/form --data-urlencode 'a@b=c d' --data-urlencode x@body.txt --data-urlencode @body.txt",
    "curl {url}/form -d a=1 -d @body.txt --data-binary @body.txt -d b=2 -H 'Content-Type: text/plain'",
    "curl {url}/json --json '[1,' --json @body.json",
    "curl {url}/form -F 'a= x ' -F 'b=\"y;\\\"z\";type=text/plain' -F 'd=q;w'",
    "curl {url}/form -F 'c=<body.txt;type=a/b;charset=c'",
    "curl -T body.txt {url}/put",
    "curl -T 'body.txt' {url}/put/",
    r"curl -T 'C:\x\body.txt' {url}/put/",
    "curl -T body.txt {url}",
    "curl {url}/json -H 'Content-Type: application/json; charset=utf-8' -d '{{\"a\":1}}'",
    "curl {url}/form -H 'content-type: application/x-www-form-urlencoded; charset=UTF-8' -d a=1",
    "curl {url}/graphql -H 'Content-Type: application/json;charset=x' -d '{{\"query\":\"{{ a }}\"}}'",
    "curl {url}/text -H 'Content-Type;' -d a=1",
    "curl {url}/me -H 'Cookie: a=1' -b 'b=2'",
    "curl {url}/read -H 'Content-Type: text/plain' --data-binary @- <<< 'a \"b\"'",
    "curl -u ann:pa:ss {url}/me",
    "curl -A agent/1 -e http://before/ -b 'a=1; b=2' {url}/",
    "curl --oauth2-bearer abcdef123 -r 0-99 {url}/part",
    "curl --url {url}/items --url-query x=1 --url-query 'y=a b'",
    "curl -sSkfL --compressed -o /dev/null {url}/quiet",
    "curl -I {url}/head",
    "curl -d x {url}/first -d y",
    "curl --request-target '/other?x' {url}/ignored",
    r"curl {url}/quotes --data-raw $'it\'s\n{{\"a\":1}}' -H 'content-type: text/plain'",
]
IGNORED = {"host", "content-length", "accept", "accept-encoding", "user-agent", "connection", "expect"}
"""Headers in which clients differ; what a command says about them is compared."""


class Recorder(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        head = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, head, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as found:
        found.seen = []  # type: ignore[attr-defined]
        thread = Thread(target=found.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join(10)


def imported(text: str, folder: Path) -> tuple[str, str, dict[str, str], bytes]:
    """The only request of a command, as abreast would send it: through the plan's text."""

    def find(name: str) -> FoundFile | str:
        path = folder / name
        return FoundFile(name, path.read_bytes()) if path.exists() else "it does not exist"

    written = plan_text(with_files(curl_traffic(text, ImportOptions()), find))
    plan = presets.plan_from(written.text, "curl", "here", folder=folder, environ=written.variables)
    [template] = rendered(plan, plan.workload, plan.target[0].url).templates
    assert not template.slots
    head, body = template.head[: template.body_at], template.head[template.body_at :]
    first, *lines = head.decode().split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    return method, target, dict(line.lower().split(": ", 1) for line in lines), body


def meant(body: bytes, content_type: str) -> Any:
    """What a body says."""
    if "json" in content_type:
        return json.loads(body)
    if boundary := content_type.partition("boundary=")[2]:
        return body.replace(boundary.encode(), b"BOUNDARY")
    return parse_qsl(body.decode(), keep_blank_values=True) if b"=" in body else body


def asked(target: str) -> tuple[str, list[tuple[str, str]]]:
    """Path and query of a request target: curl has written a space as + and as %20."""
    path, _, query = target.partition("?")
    return path, parse_qsl(query, keep_blank_values=True)


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl to ask")
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_sent_is_what_curl_sends(command: str, server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_text("first\nsecond é & =\n")
    (tmp_path / r"C:\x\body.txt").write_text("first")
    (tmp_path / "body.json").write_text("2]")
    text = command.format(url=f"http://127.0.0.1:{server.server_port}")
    seen: list[tuple[str, str, dict[str, str], bytes]] = server.seen  # type: ignore[attr-defined]
    seen.clear()
    subprocess.run(
        ["bash", "-c", f"{text} -sS -q"], cwd=tmp_path, check=True, timeout=30, capture_output=True
    )
    [(method, target, headers, body)] = seen
    my_method, my_target, my_headers, my_body = imported(text, tmp_path)
    assert (my_method, asked(my_target)) == (method, asked(target))
    assert meant(my_body, my_headers.get("content-type", "")) == meant(body, headers.get("content-type", ""))
    said = {name for name in headers if name not in IGNORED or f"{name}:" in command.lower()}
    for each in (headers, my_headers):
        each |= {name: value.partition("boundary=")[0] for name, value in each.items()}
    assert {name: my_headers.get(name) for name in said} == {name: headers[name].lower() for name in said}
    guessed = {"content-type"} if " -T " in command else set()  # from the file's name, for a file
    assert my_headers.keys() - IGNORED - guessed == headers.keys() - IGNORED


# ---------------------------------------------------------------- several commands, and what is left out


def traffic(text: str, *, journey: bool | None = None) -> ImportedTraffic:
    return curl_traffic(text, ImportOptions(name="it", journey=journey))


def test_several_commands() -> None:
    found = traffic("$ curl http://h/a\nTOKEN=x time curl.exe http://h/b --next -X DELETE http://h/c\n")
    assert [(each.method, each.url, each.place) for each in found.requests] == [
        ("GET", "http://h/a", "line 1"),
        ("GET", "http://h/b", "line 2"),
        ("DELETE", "http://h/c", "line 2"),
    ]
    assert (found.source, found.journey) == ("3 curl commands", False)
    assert traffic("curl http://h/a", journey=True).journey


def test_options_of_a_command() -> None:
    [request] = traffic("curl -kLm 2.5 --max-redirs 3 http://h/a").requests
    assert (request.insecure_tls, request.follow_redirects, request.timeout_s) == (True, 3, 2.5)
    assert request.expect_status == ()
    [request] = traffic("curl -XPATCH http://h/a").requests
    assert (request.method, request.expect_status) == ("PATCH", ("2xx",))


def test_what_is_left_out_is_named_with_what_is_done_instead() -> None:
    found = traffic("curl -x http://proxy:1 --http2 --cert c.pem -Z --foo -z 2020 -c jar http://h/a | jq .")
    assert [(note.place, note.what) for note in found.notes] == [
        ("line 1", "left out: -x"),
        ("line 1", "left out: --http2"),
        ("line 1", "left out: --cert"),
        ("line 1", "left out: --foo"),
        ("line 1", "left out: -z"),
        ("line 1", "left out: -c"),
        ("line 1", "left out: jq"),
    ]
    assert all(note.why for note in found.notes)
    assert found.cookies


def test_a_request_whose_data_is_unknown_is_off() -> None:
    for text in ("-d a=1 -d @-", "--data-urlencode x@-", "-F f=@-", "--url-query @q", "-G -d @q"):
        found = traffic(f"curl {text} http://h/a; curl http://h/b")
        assert [each.enabled for each in found.requests] == [False, True]
        [note] = found.notes
        assert note.what.startswith("off: -")
    [request, _] = traffic("curl -d @- http://h/a; curl http://h/b").requests
    assert request.method == "POST"


def test_what_a_command_reads_is_in_the_text() -> None:
    text = """curl http://h/a -d @- <<EOF | jq .
{"a": "$A \\$B \\"c\\""}
EOF
curl http://h/b -F 'b=<-' --next http://h/c --json @- <<'end'
curl http://h/x
end"""
    found = traffic(text)
    assert [(each.url, each.place) for each in found.requests] == [
        ("http://h/a", "line 1"),
        ("http://h/b", "line 4"),
        ("http://h/c", "line 4"),
    ]
    first, second, third = (each.body for each in found.requests)
    assert first == f'{{"a": "{variable("A")} $B \\"c\\""}}'
    assert second == MultipartBody((("b", "curl http://h/x\n"),))
    assert third == "curl http://h/x\n"
    assert list(found.variables) == ["A"]


@pytest.mark.parametrize(
    "text",
    [
        'PS C:\\Users\\me> curl.exe http://h/a -d "x"',
        'C:\\>curl http://h/a -d "x"',
        "ann@web-1:~/a b$ curl http://h/a -d x",
        "root@web:/# curl http://h/a -d x",
        "$ curl http://h/a \\\n> -d x",
        "curl.exe http://h/a `\n  -d x",
    ],
)
def test_lines_of_a_terminal(text: str) -> None:
    assert kind_of(text, "it") == "curl"
    found = traffic(text)
    assert [(each.url, each.body) for each in found.requests] == [("http://h/a", "x")]
    assert found.notes == []


def test_variables_that_the_text_sets_have_its_values() -> None:
    text = """BASE=http://h:8000 V='v 1'
export TOKEN=abc123 URL=$BASE/api
curl "$URL/a" -H "X: $V $OTHER" -H "Authorization: Bearer $TOKEN"
BASE=http://other
curl "$BASE" -d @- <<< "$V"
"""
    found = traffic(text)
    first, second = found.requests
    assert (first.url, second.url, second.body) == ("http://h:8000/api/a", "http://other", "v 1")
    assert first.headers == (
        ("X", f"v 1 {variable('OTHER')}"),
        ("Authorization", f"Bearer {variable('TOKEN')}"),
    )
    assert (list(found.variables), found.notes) == (["OTHER", "TOKEN"], [])
    unknown = traffic("A=$(date); curl http://h/$A")
    assert [note.what for note in unknown.notes] == ["left out: A=${API_OUTPUT}"]


def test_variables_outside_of_quotes_are_split_and_empty_ones_are_no_words() -> None:
    text = """OPTS="-X PUT -d a=1" FLAGS= V='v 1'
W=$V; export X=$V
curl $OPTS $FLAGS "http://h/$W" -H "X: $X" -u "$FLAGS"
"""
    [request] = traffic(text).requests
    assert (request.method, request.body, request.url) == ("PUT", "a=1", "http://h/v 1")
    assert dict(request.headers)["X"] == "v 1"


def test_variables_that_grow_without_end_stay_variables_of_the_environment() -> None:
    lines = ["A0=0123456789", *(f"A{at + 1}={f'$A{at}' * 10}" for at in range(6)), 'curl http://h/ -d "$A6"']
    found = traffic("\n".join(lines))
    assert isinstance(found.requests[0].body, str)
    assert len(found.requests[0].body) < 2 * 64 * 1024
    assert found.variables
    assert {note.what for note in found.notes} == {f"not filled in: ${name}" for name in found.variables}


def test_a_request_with_what_the_shell_would_make_of_an_unknown_part_is_off() -> None:
    for part in ('"$(a (b (c)))"', '"${A#x}"', "${A%x}", '"$(jq \'.a("b")\' f)"', "$(cat <<E\na b\nE\n)"):
        found = traffic(f"curl http://h/a -d {part}\ncurl http://h/b")
        assert [each.enabled for each in found.requests if each.url in {"http://h/a", "http://h/b"}] == [
            False,
            True,
        ]
        assert any(note.what.startswith("off: $") for note in found.notes)
    found = traffic('curl.exe http://h/a `\n -d "$(Get-Date)"')
    assert [each.enabled for each in found.requests] == [False]
    assert traffic("curl http://h/a -d '$(x (y (z)))' -H \"A: \\$(b\"").requests[0].enabled


def test_lines_that_a_command_within_a_word_reads_are_known() -> None:
    text = """curl http://h/a -d "$(cat <<EOF
{"a": "$A", "b": "it's \\$(c)"}
EOF
)" -H 'X: y'
curl http://h/b --json "[$(cat <<'E'
"$A"
E
)]"; curl http://h/c -d "$(jq . <<E
{"a": 1}
E
)"
"""
    found = traffic(text)
    bodies = [f'{{"a": "{variable("A")}", "b": "it\'s $(c)"}}', '["$A"]', variable("API_OUTPUT")]
    assert [each.body for each in found.requests] == bodies
    assert all(each.enabled for each in found.requests)
    assert [each.place for each in found.requests] == ["line 1", "line 5", "line 8"]
    assert [note.what for note in found.notes] == ["not run: $(jq . <<E …)"]
    with pytest.raises(UsageError, match=r"line 2: a .* is not closed"):
        traffic('curl http://h/a\ncurl http://h/b -d "$(cat <<EOF\n{}\n')


def test_a_prompt_within_data_is_data() -> None:
    data = "a=1\nann@host:~$ curl x"
    [request] = traffic(f"ann@host:~$ curl http://h/a -d '{data}'").requests
    assert request.body == data
    [request] = traffic(f"curl http://h/a --json @- <<'E'\n{data}\nE").requests
    assert request.body == f"{data}\n"
    [request] = traffic(f"PS C:\\> curl.exe http://h/a `\n -d '{data}'").requests
    assert request.body == data
    found = traffic(f'C:\\>curl ^"http://h/a^"\nC:\\a>curl http://h/b -d "{data}"')
    assert [each.body for each in found.requests] == [None, data]


def test_an_upload_of_what_a_command_reads_has_no_name() -> None:
    for name in "-.":
        [request] = traffic(f"curl -T {name} http://h/up/ <<E\na\nE").requests
        assert (request.method, request.url, request.body) == ("PUT", "http://h/up/", "a\n")
        assert request.enabled
        found = traffic(f"curl -T {name} http://h/up/")
        assert [(each.url, each.enabled) for each in found.requests] == [("http://h/up/", False)]
        assert [note.what for note in found.notes] == ["off: -T"]


def test_variables_and_outputs_of_commands() -> None:
    found = traffic('curl -H "X-A: $MINE" -H "X-B: $(cat secret)" http://h/a')
    [request] = found.requests
    assert request.headers == (("X-A", variable("MINE")), ("X-B", variable("API_OUTPUT")))
    assert list(found.variables) == ["MINE", "API_OUTPUT"]
    [note] = found.notes
    assert note == Note("", "not run: $(cat secret)", "set the environment variable API_OUTPUT to its output")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("curl", "has no URL"),
        ("curl -H 'a: b'", "has no URL"),
        ("curl http://h -H", "-H has no value"),
        ("wget http://h", "it has no curl command"),
        ("# nothing", "it has no curl command"),
    ],
)
def test_a_wrong_command_is_an_error(text: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        traffic(text)
    assert what in caught.value.what


def test_the_form_of_windows() -> None:
    [request] = traffic('curl ^"http://h/a?x=1^&y=2^" ^\r\n -H ^"A: b^"').requests
    assert (request.url, request.headers) == ("http://h/a?x=1&y=2", (("A", "b"),))
