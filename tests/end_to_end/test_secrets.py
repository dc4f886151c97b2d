"""A session whose plan, command line and servers are full of secrets leaves none of them anywhere."""

import gzip
import sys
from pathlib import Path

import pytest

from engine.recording.bundle import MAGIC
from tests.support.fronts import ABREAST, Front, started
from tests.support.otlp_receiver import receiving
from tui.cli.report import all_formats

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        said = body + self.path.encode() + self.headers.get("Authorization", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    do_GET = do_POST = answer
    def log_message(self, *_):
        pass
assert os.environ["API_TOKEN"] and len(sys.argv) > 4
assert os.environ["FROM_VARIABLE"] == "key S3cr3tVariable/1", "a variable of the plan is filled in"
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

PLAN = f"""
title = "Log in, api_key=S3cr3tTitle"
question = "Is http://ann:S3cr3tQuestion@host up?"
targets = ["mine", "fastapi:env.DB_PASSWORD=S3cr3tOption"]
stages = [{{ users = 2, hold = "2 s" }}]
warm_up = "none"
think_time = "100 ms"
accept_difference = true
data.pw = ["S3cr3tData1", "S3cr3tData2"]
data.token = ["S3cr3tData3"]

[[target]]
name = "mine"
command = ["{sys.executable}", "server.py", "{{port}}", "--password", "S3cr3tFlag", "--token=S3cr3tWord"]
cwd = "."
env.API_TOKEN = "S3cr3tEnv"
env.DATABASE = "mysql://ann:S3cr3tUrl@host/x"
env.FROM_VARIABLE = "key ${{SERVICE}}"
health = "/health?key=S3cr3tHealth"

[[request]]
path = "/login?next=1&access_token=S3cr3tQuery"
method = "POST"
query = {{ apikey = "S3cr3tAdded" }}
headers.Authorization = "Bearer {{n}}S3cr3tHeader"
headers.X-Session = "S3cr3tSession"
headers.Cookie = "sid=S3cr3tCookie"
form = {{ user = "ann", password = "S3cr3tForm", pin = 948372 }}
checks = {{ contains = "never there", json = {{ "/token" = "S3cr3tCheck" }} }}

[[request]]
name = "json"
path = "/json"
method = "POST"
json = {{ user = "ann", deep = [{{ client_secret = "S3cr3tJson", password = "{{pw}}" }}] }}
checks.json = {{ "/deep/0/client_secret" = "another, not S3cr3tJson" }}

[[request]]
name = "text"
path = "/text"
method = "POST"
body = "user=ann&passwd=S3cr3tBody&token={{token}}"
auth.basic = ["ann", "S3cr3tBasic"]
checks.contains = "which nothing calls a secret"

[[request]]
name = "variables"
path = "/${{SERVICE}}/items"
method = "POST"
query.q = "${{SERVICE}}"
headers.X-Plain = "${{SERVICE}}"
auth.bearer = "${{SERVICE_TOKEN}}"
json = {{ plain = "${{SERVICE}}", token = "${{SERVICE_TOKEN}}" }}
checks.contains = "never there, ${{SERVICE}}"
"""
VARIABLES = {"SERVICE": "S3cr3tVariable/1", "SERVICE_TOKEN": "S3cr3tVariable=2"}
MARK = "S3cr3t"


@pytest.fixture
def ended(tmp_path: Path) -> Front:
    """A run of the plan, at its end."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    (folder / "plan.toml").write_text(PLAN)
    targets = "mine,fastapi:env.DB_PASSWORD=S3cr3tCommandLine"
    arguments = ["run", "plan.toml", "--headless", "--export", "out.json", "--targets", targets]
    arguments += ["--log-file", "run.log", "--log-level", "debug"]
    with receiving() as receiver:
        with started(folder, *arguments, "--otlp", receiver.url, environment=VARIABLES) as front:
            front.wait()
        assert "exported to out.json" in front.err, front.err
        assert receiver.requests
        (folder / "otlp.txt").write_text(str(receiver.requests))
    return front


def secrets_in(text: str) -> list[str]:
    """Where secrets are in a text."""
    found = [text[max(0, at - 60) : at + 20] for at in range(len(text)) if text.startswith(MARK, at)]
    return found + ([text[max(0, at - 60) : at + 20]] if (at := text.find("948372")) >= 0 else [])


def test_none_is_left_anywhere(ended: Front, tmp_path: Path) -> None:
    exported = (ended.folder / "out.json").read_text()
    assert "bad body" in exported, "there are examples of failures"
    assert '"FROM_VARIABLE": "key ${SERVICE}"' in exported
    assert '"bearer": "${SERVICE_TOKEN}"' in exported
    written = [path for path in ended.home.rglob("*") if path.is_file()]
    assert {"journal.jsonl", "log.txt"} <= {path.name for path in written}
    outputs = ("out.json", "run.log", "otlp.txt", "out", "err")
    for path in (*written, *(ended.folder / name for name in outputs)):
        assert secrets_in(path.read_bytes().decode(errors="replace")) == [], path


def test_a_variable_is_asked_for_again(ended: Front, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    with started(saved, "plan", "save", "again.toml", home=ended.home) as front:
        assert front.wait() == 0, front.err
    text = (saved / "again.toml").read_text()
    assert 'bearer = "${SERVICE_TOKEN}"' in text
    assert secrets_in(text) == []
    with started(saved, "run", "again.toml", "--headless", home=ended.home) as front:
        assert front.wait() == 2, front.err
        assert "request #4.auth.bearer: the environment variable SERVICE_TOKEN is not set" in front.err


def test_none_is_said_afterwards(ended: Front, tmp_path: Path) -> None:
    for number, command in enumerate(("sessions", "report last", "doctor", "clean")):
        with started(tmp_path / str(number), *command.split(), home=ended.home) as front:
            front.wait()
            assert secrets_in(front.out + front.err) == [], command


def test_none_is_in_any_report(ended: Front, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    formats = set(all_formats()) - {"speedscope"}  # which only a session with a profile has
    arguments = ("--format", ",".join(formats), "--out", str(reports))
    with started(tmp_path / "report", "report", "last", *arguments, home=ended.home) as front:
        assert front.wait() == 0, front.err
        assert secrets_in(front.out + front.err) == []
    written = list(reports.iterdir())
    assert {".json", ".csv", ".md", ".xml", ".hlog", ".abreast", ".txt"} <= {path.suffix for path in written}
    for path in written:
        content = path.read_bytes()
        content = gzip.decompress(content) if content.startswith(MAGIC) else content
        assert content, path
        assert secrets_in(content.decode(errors="replace")) == [], path
    shown = (reports / next(path.name for path in written if path.suffix == ".md")).read_text()
    assert "(hidden)" in shown.replace("\\", ""), "the command line is in it"


@pytest.mark.parametrize(
    "command",
    [
        "targets fastapi:env.API_KEY=S3cr3tListed",
        "targets fastapi:env.API_KEY=S3cr3tListed --json",
        "targets fastapi:runtime=docker:env.API_KEY=S3cr3tListed",
        "attach http://ann:S3cr3tAttached@127.0.0.1:1",
        "attach http://ann:S3cr3tAttached@127.0.0.1:1/x?token=S3cr3tPath",
        "attach http://127.0.0.1:1 --path x?token=S3cr3tPath",
        "attach http://127.0.0.1:1 --path /x?token=S3cr3tPath --ready-within 3s",
        "run hello --headless --database mysql://ann:S3cr3tDatabase@127.0.0.1:1/a?b=c",
        "run hello --headless --database=postgresql://ann:S3cr3tDatabase@127.0.0.1:port",
    ],
)
def test_none_of_a_command_line_is_said_again(tmp_path: Path, command: str) -> None:
    with started(tmp_path, *command.split(), command=ABREAST) as front:
        front.wait()
        assert front.out + front.err
        assert secrets_in(front.out + front.err) == []
