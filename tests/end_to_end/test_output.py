"""Where the output goes and does not go: no terminal, closed streams, a reader that leaves, a full disk."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import orjson
import pytest

from engine.metrics.records import Ended
from tests.support.fronts import ABREAST, RUNNER, WITHIN_S, Front, records, started
from tests.support.local_targets import LITTLE_SERVER

ROOT = Path(__file__).parents[2]
PLAN = f"""
title = "One little server"
warm_up = "none"
[[target]]
name = "little"
command = "{sys.executable} -P {LITTLE_SERVER} {{port}}"
[[request]]
path = "/"
[[stages]]
users = 1
hold = "1 s"
"""
ONE = f"{ABREAST[0]} run ../plan.toml --headless"
RUNS = {
    "closed": f"exec {ONE} <&- >&- 2>&-",
    "head": f"{ONE} 2>&1 | head -1; exit ${{PIPESTATUS[0]}}",
    "json to a reader that leaves": f"{ONE} --json --export kept.json | true; exit ${{PIPESTATUS[0]}}",
    "export to -": f"exec {ONE} --export -",
    "strict": f"exec {ONE} --strict",
    "full journal": f"ulimit -f 4; exec {ONE}",
    "full export": f"exec {ONE} --export /dev/full",
    "no terminal": f"exec {ABREAST[0]}",
    "full output": f"exec {ONE} >/dev/full",
    "ascii": f"PYTHONIOENCODING=ascii exec {ABREAST[0]} run hello --targets fastapi --seconds 1 --headless",
    "internal error": f"exec {' '.join(RUNNER)} run hello --targets fastapi,broken --seconds 1 --headless",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """All of them, at their end."""
    with ExitStack() as stack:
        fronts = {}
        (tmp_path_factory.getbasetemp() / "plan.toml").write_text(PLAN)
        for some in (list(RUNS)[:4], list(RUNS)[4:]):  # all at once is much for a small machine
            for name in some:
                folder = tmp_path_factory.mktemp("run")
                run = started(
                    folder, RUNS[name], command=("bash", "-c"), environment={"PYTHONPATH": str(ROOT)}
                )
                fronts[name] = stack.enter_context(run)
            for name in some:
                fronts[name].wait()
        yield fronts


def ended(front: Front) -> list[str]:
    """The outcomes of its sessions."""
    return [end.outcome for folder in front.home.glob("sessions/*") for end in records(folder, Ended)]


def test_closed_standard_streams_do_no_harm(runs: dict[str, Front]) -> None:
    assert runs["closed"].wait() == 0
    assert ended(runs["closed"]) == ["completed"]


def test_a_reader_that_leaves_is_no_error(runs: dict[str, Front]) -> None:
    front = runs["head"]
    assert front.wait() == 0
    assert front.out.startswith("abreast: One little server")
    assert len(front.out.splitlines()) == 1
    assert front.err == ""
    assert ended(front) == ["completed"]


def test_a_closed_pipe_does_not_cost_the_export(runs: dict[str, Front]) -> None:
    front = runs["json to a reader that leaves"]
    assert front.wait() == 0
    assert "Traceback" not in front.err
    assert orjson.loads((front.folder / "kept.json").read_bytes())["outcome"] == "completed"


def test_a_reader_of_standard_error_that_stopped_stops_nothing(tmp_path: Path) -> None:
    pipe, end = os.pipe()
    os.set_blocking(end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(end, bytes(4096))
    os.set_blocking(end, True)
    try:
        run = (*ABREAST, "run", "hello", "--targets", "fastapi", "--seconds", "3", "--headless", "--json")
        home = os.environ | {"ABREAST_HOME": str(tmp_path)}
        ended = subprocess.run(
            run, stdout=subprocess.PIPE, stderr=end, env=home, timeout=3 * WITHIN_S, check=True
        )
    finally:
        os.close(pipe)
        os.close(end)
    (only,) = orjson.loads(ended.stdout)["targets"]
    assert only["summary"]["window"]["seconds"] == 3
    assert only["summary"]["ok"] > 0


def test_a_dash_is_standard_output(runs: dict[str, Front]) -> None:
    front = runs["export to -"]
    assert front.wait() == 0
    assert front.json["outcome"] == "completed"
    assert not (front.folder / "-").exists()
    with started(front.folder / "again", "report", "last", "--out", "-", home=front.home) as again:
        assert again.wait() == 0, again.err
        assert again.json == front.json


def test_strict_says_when_it_cannot_be_trusted(runs: dict[str, Front]) -> None:
    front = runs["strict"]
    assert front.wait() == (4 if "generator red" in front.out else 0)


def test_what_cannot_be_recorded_does_not_begin(runs: dict[str, Front]) -> None:
    """A limit on the size of files stands for the full disk."""
    front = runs["full journal"]
    assert front.wait() == 2
    assert "the session could not be recorded" in front.err
    assert "File too large" in front.err
    assert "starting" not in front.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_an_export_onto_a_full_disk_keeps_the_journal(runs: dict[str, Front]) -> None:
    front = runs["full export"]
    assert front.wait() == 2
    assert "cannot write /dev/full" in front.err
    assert "No space left" in front.err
    assert "abreast report last" in front.err
    assert "ok/s" in front.out
    with started(front.folder / "again", "report", "last", "--out", "it.json", home=front.home) as again:
        assert again.wait() == 0, again.err
        assert orjson.loads((again.folder / "it.json").read_bytes())["outcome"] == "completed"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_output_onto_a_full_disk_is_an_error_in_one_line(runs: dict[str, Front]) -> None:
    front = runs["full output"]
    assert front.wait() == 2
    assert "cannot write the output" in front.err
    assert "Traceback" not in front.err
    assert ended(front) == ["completed"]


def test_without_a_terminal_it_has_a_quick_look(runs: dict[str, Front]) -> None:
    front = runs["no terminal"]
    assert front.wait() == 0
    assert "no terminal" in front.err
    for name in ("fastapi", "django-wsgi", "django-asgi", "generator "):
        assert name in front.out
    assert "Traceback" not in front.err


def test_lists_survive_head(tmp_path: Path) -> None:
    with started(tmp_path, f"{ABREAST[0]} targets | head -1", command=("bash", "-c")) as front:
        assert front.wait() == 0
        assert front.err == ""


def test_an_encoding_that_lacks_signs_costs_nothing_else(runs: dict[str, Front]) -> None:
    front = runs["ascii"]
    assert front.wait() == 0
    assert (front.folder / "out").read_bytes().isascii()
    assert (front.folder / "err").read_bytes().isascii()
    assert "uvicorn x1" in front.out
    assert "* fastapi is ready" in front.err
    assert "generator " in front.out


COMMANDS = [
    b"--help",
    b"run --help",
    b"targets",
    b"presets",
    b"sessions",
    b"run \xfc\xff",
    b"report \xe2\x80\xae",
    b"attach http://\xc3\xbc\x1b[2J:1",
]


@pytest.mark.parametrize("words", COMMANDS, ids=ascii)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_command_fails_for_its_characters(words: bytes, encoding: str, tmp_path: Path) -> None:
    variables = {"PYTHONIOENCODING": encoding}
    with started(tmp_path, *map(os.fsdecode, words.split()), environment=variables) as front:
        assert front.wait() in (0, 2)
        said = [(front.folder / name).read_bytes().decode(encoding) for name in ("out", "err")]
    assert any(said)
    assert all("Traceback" not in text and "\x1b" not in text and "\u202e" not in text for text in said)


def test_an_internal_error_is_one_line_and_a_failed_session(runs: dict[str, Front]) -> None:
    front = runs["internal error"]
    assert front.wait() == 70
    last = front.err.splitlines()[-1]
    assert last.startswith(
        "abreast: internal error: LookupError: of all things \N{REPLACEMENT CHARACTER}]0;this"
    )
    assert "Traceback" not in front.err
    (log,) = (front.home / "errors").iterdir()
    assert str(log) in last
    assert "LookupError" in log.read_text()
    assert ended(front) == ["failed"]


HOSTILE_SERVER = r"""
import http.server, json, sys
class Hostile(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = json.dumps({"x": "\x1b]0;owned\x07\x9b2J\u202e\nSLO met: all"}, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hostile).serve_forever()
"""
HOSTILE_PLAN = r"""
title = "A title \u001b[31m\u202e\nSLO met: everything"
targets = ["own"]
warm_up = "none"
stages = [{ users = 1, hold = "1 s" }]
[[target]]
name = "own"
command = "PYTHON server.py {port}"
cwd = "."
[[request]]
path = "/"
checks.json = { "/x" = "other" }
"""


def test_what_servers_and_plans_say_steers_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(HOSTILE_SERVER)
    (tmp_path / "plan.toml").write_text(HOSTILE_PLAN.replace("PYTHON", sys.executable))
    home = tmp_path / "home"
    said = []
    for name, words in {
        "run": "run ../plan.toml --headless --export it.json",
        "json": "report last",
        "list": "sessions",
        "list json": "sessions --json",
    }.items():
        with started(tmp_path / name, *words.split(), home=home) as front:
            assert front.wait() == 0, front.err
            said += [front.out, front.err]
    said.append((tmp_path / "run" / "it.json").read_text())
    assert "owned" in said[0]
    assert "\N{REPLACEMENT CHARACTER}" in said[0]
    for text in said:
        assert all(line.isprintable() for line in text.split("\n"))
        assert not any(line.startswith("SLO met") for line in text.split("\n"))
    assert "\x1b[31m\u202e" in orjson.loads(said[2])["title"]
