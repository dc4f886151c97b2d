"""`abreast import`, and `abreast run --curl` up to its plan."""

import io
import tomllib
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

import presets
from targets.errors import UsageError
from tests.support.har_files import entry, har
from tui.cli.arguments import parse_arguments
from tui.cli.import_command import plan_of_curl, source_of
from tui.cli.main import main
from tui.cli.runs import plan_of

CURL = "curl 'http://127.0.0.1:8000/items?page=2' -H 'Authorization: Bearer abcdefgh1'"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_becomes_a_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "request.sh").write_text(f"{CURL} --http2\n")
    assert main(["import", "request.sh", "--out", "plan.toml"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "imported: 1 request to http://127.0.0.1:8000",
        '  left out: --http2: requests are sent over HTTP/1.1; http = "2" in the plan sends them over HTTP/2',
        "set before a run:",
        "  export API_TOKEN=…   token of GET /items",
        "written to plan.toml; run it with: abreast run plan.toml",
    ]
    monkeypatch.setenv("API_TOKEN", "another")
    [request] = presets.load("plan.toml").request
    assert (request.path, request.auth and request.auth.bearer) == ("/items?page=2", "${API_TOKEN}")
    assert "abcdefgh1" not in (folder / "plan.toml").read_text()


def test_no_file_is_replaced_unasked(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "plan.toml").write_text("kept")
    assert main(["import", CURL, "--out", "plan.toml"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (folder / "plan.toml").read_text() == "kept"
    assert main(["import", CURL, "--out", "plan.toml", "--force"]) == 0
    assert "[[request]]" in (folder / "plan.toml").read_text()


def test_a_plan_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", CURL, "--to", "http://127.0.0.1:9000"]) == 0
    shown = capsys.readouterr()
    assert tomllib.loads(shown.out)["target"][0]["url"] == "http://127.0.0.1:9000"
    assert "written to" not in shown.err


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{CURL}\n{CURL}/b".encode())))
    assert main(["import", "-", "--journey"]) == 0
    assert len(tomllib.loads(capsys.readouterr().out)["step"]) == 2


def test_hosts_that_must_be_allowed_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "curl https://api.example.com/", "--out", "a b.toml"]) == 0
    assert "abreast run 'a b.toml' --allow-host api.example.com" in capsys.readouterr().err


def test_files_that_requests_send(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "plans").mkdir()
    (folder / "plans" / "in.json").write_text("{}")
    (folder / "out.txt").write_text("a\nb")
    command = "curl http://127.0.0.1:1/ --data-binary @plans/in.json --next http://127.0.0.1:1/ -d @out.txt"
    assert main(["import", command, "--out", "plans/plan.toml"]) == 0
    first, second = tomllib.loads((folder / "plans" / "plan.toml").read_text())["request"]
    assert first["body"] == {"file": "in.json"}
    assert second["body"] == "ab"
    assert main(["import", "curl http://127.0.0.1:1/ -F f=@nowhere.png"]) == 2
    assert "nowhere.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["nowhere.sh"], "cannot read nowhere.sh"),
        (["http://127.0.0.1:1/", "--from", "postman"], "cannot be imported by its URL"),
        (["k6.js"], "k6.js is a k6 script"),
        (["k6.js", "--from", "curl"], "k6.js has no curl command"),
        (["curl http://h.\U0001f600x/"], "the host h.\U0001f600x cannot be found"),
        (["curl ftp://h/"], "no plan can be made from a curl command"),
        ([CURL, "--hosts", "x"], "no plan can be made"),
        ([CURL, "--to", "x"], "--to cannot be 'x'"),
        ([CURL, "--journey", "--mix"], "--mix"),
        ([CURL, "--hosts", " ,"], "--hosts names no host"),
    ],
)
def test_wrong_use_has_a_reason(
    words: list[str], what: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "k6.js").write_text("import http from 'k6/http'")
    assert main(["import", *words]) == 2
    err = capsys.readouterr().err
    assert what in err
    assert "Traceback" not in err


def test_ignored_options_are_named(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    words = ("--enable", "all", "--include-static", "--allow-host", "h.example", "--out", "plan.toml")
    assert main(["import", CURL, *words]) == 0
    err = capsys.readouterr().err
    for option in ("--enable", "--include-static", "--allow-host"):
        assert f"{option} is ignored: " in err
    assert "# - --enable is ignored: " in (folder / "plan.toml").read_text()
    (folder / "access.log").write_text(LOG.format(1))
    assert main(["import", "access.log", "--to", "http://127.0.0.1:1", "--journey"]) == 0
    assert "--journey is ignored: requests are drawn by weight" in capsys.readouterr().err


def test_sources() -> None:
    assert source_of(" curl h", "").kind == "curl"
    with pytest.raises(UsageError, match="cannot read"):
        source_of("/dev/zero", "")


# ---------------------------------------------------------------- run --curl


def arguments(*words: str) -> Namespace:
    return parse_arguments(["run", *words])


def test_a_command_is_run_with_its_secrets(folder: Path) -> None:
    (folder / "body.json").write_text('{"a": 1}')
    plan = plan_of(arguments("--curl", f"{CURL} --data-binary @body.json", "--users", "2", "--seconds", "3"))
    assert plan.variables.environ["API_TOKEN"] == "abcdefgh1"
    assert [(step.users, step.hold) for step in plan.stages] == [(2, 3.0)]
    assert "abcdefgh1" not in plan.model_dump_json()
    assert plan_of_curl("http://127.0.0.1:1/x").request[0].path == "/x"


def test_variables_of_the_command_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    command = 'curl http://127.0.0.1:1/ -H "X-A: $ABREAST_TEST_A"'
    with pytest.raises(UsageError, match="ABREAST_TEST_A"):
        plan_of_curl(command)
    monkeypatch.setenv("ABREAST_TEST_A", "yes")
    assert plan_of_curl(command).variables.environ["ABREAST_TEST_A"] == "yes"


@pytest.mark.parametrize("words", [[], ["hello", "--curl", CURL]])
def test_a_run_has_a_plan_or_a_command(words: list[str]) -> None:
    with pytest.raises(UsageError, match="takes either a plan or --curl"):
        plan_of(arguments(*words))


LOG = '127.0.0.1 - - [01/Jan/2025:00:00:00 +0000] "GET /items/{} HTTP/1.1" 200 5\n'


def test_a_log_is_read_line_by_line(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "access.log").write_text("".join(LOG.format(number) for number in range(3)) + "no request\n")
    source = source_of("access.log", "")
    assert (source.kind, source.content) == ("log", b"")
    assert source.log is not None
    source.log.close()
    assert main(["import", "access.log", "--to", "http://127.0.0.1:9000", "--out", "plan.toml"]) == 0
    assert capsys.readouterr().err.splitlines()[:2] == [
        "imported: 1 request to http://127.0.0.1:9000",
        "  line 4: skipped 1 line that holds no request: it says 'no request'",
    ]
    plan = presets.load("plan.toml")
    assert (plan.request[0].path, plan.data) == ("/items/{items_id}", {"items_id": ("0", "1", "2")})


def test_where_a_log_is_from_must_be_said(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "access.log").write_text(LOG.format(1))
    assert main(["import", "access.log"]) == 2
    assert "name the server: --to http://127.0.0.1:8000" in capsys.readouterr().err


def test_a_log_comes_from_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in (["--from", "log"], []):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.format(7).encode())))
        assert main(["import", "-", "--to", "http://127.0.0.1:9000", *kind]) == 0
        assert 'path = "/items/7"' in capsys.readouterr().out


def test_what_a_browser_recorded_is_a_journey(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    recorded = har(
        entry("/login"),
        entry("/login", "POST", at_s=2, body="name=ann&password=hunter2-hunter2", status=302),
        entry("/items", at_s=3),
    )
    (folder / "shop.har").write_text(recorded)
    assert main(["import", "shop.har", "--to", "http://127.0.0.1:9000", "--out", "plan.toml"]) == 0
    assert "export API_PASSWORD=…" in capsys.readouterr().err
    text = (folder / "plan.toml").read_text()
    assert "hunter2" not in text
    steps = tomllib.loads(text)["step"]
    assert [step.get("once", False) for step in steps] == [True, True, False]
    assert steps[1]["form"] == {"name": "ann", "password": "${API_PASSWORD}"}
    assert steps[1]["think_time"] == "1.9 s"


DOCUMENT = b"""{"openapi": "3.1.0", "paths": {"/items": {
    "get": {"responses": {"200": {}}}, "post": {"operationId": "add", "responses": {"201": {}}}}}}"""


@contextmanager
def served(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that answers every request with this content: its URL, and the requests that it gets."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            server.shutdown()
            thread.join()


def test_a_document_is_fetched_with_the_only_request(capsys: pytest.CaptureFixture[str]) -> None:
    with served(DOCUMENT) as (url, requests):
        words = ("--enable", "add", "--allow-host", "127.0.0.1", "--allow-host", "h.example")
        assert main(["import", f"{url}/openapi.json", "--out", "plan.toml", *words]) == 0
    assert requests == ["/openapi.json"]
    plan = presets.load("plan.toml")
    assert [each.title for each in plan.request] == ["GET /items", "POST /items"]
    assert plan.target[0].url == url
    err = capsys.readouterr().err
    assert f"imported: 2 requests to {url}" in err
    assert "--allow-host h.example is ignored: nothing is fetched from there" in err
    assert "--allow-host 127.0.0.1" not in err


def test_a_page_in_the_place_of_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    with served(b"<html>") as (url, _):
        assert main(["import", f"{url}/docs"]) == 2
    assert "is not an OpenAPI document" in capsys.readouterr().err


def test_operations_that_write_are_comments(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "api.json").write_bytes(DOCUMENT)
    assert main(["import", "api.json", "--to", "http://127.0.0.1:1", "--out", "plan.toml"]) == 0
    assert "imported: 1 request to http://127.0.0.1:1, 1 more as comments" in capsys.readouterr().err
    assert '# method = "POST"' in (folder / "plan.toml").read_text()


def test_a_host_must_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "http://169.254.169.254/openapi.json"]) == 2
    assert "--allow-host 169.254.169.254" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_plan_that_cannot_be_written_is_not_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", CURL, "--out", "/dev/full"]) == 2
    err = capsys.readouterr().err
    assert "cannot write /dev/full" in err
    assert "written to" not in err
