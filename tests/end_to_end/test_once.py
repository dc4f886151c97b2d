"""`abreast run` with a plan of everything that is not load: variables, rows of a file, setup and teardown."""

import signal
import sys
from pathlib import Path

import pytest

from engine.metrics.records import Bucket, Event, Header
from tests.support.fronts import Front, started

SERVER = """
import http.server, json, os, sys
seen = open("seen.txt", "a", buffering=1)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/":
            print(self.command, self.path, self.headers.get("Authorization", "-"), file=seen)
        if self.path == "/hangs":
            import time
            time.sleep(600)
        status = 200
        if self.path == "/login":
            status = 201 if json.loads(body)["key"] == os.environ["KEY"] else 403
        said = json.dumps({"token": "t0ken-" + str(os.getpid())}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    do_GET = do_POST = do_DELETE = answer
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PLAN = f"""
warm_up = "none"
think_time = "10 ms"
load_workers = 2
stages = [{{ users = 3, hold = "2 s" }}]

[[target]]
name = "shop"
command = ["{sys.executable}", "server.py", "{{port}}"]
env.KEY = "${{SHOP_KEY}}"

[data.users]
file = "users.jsonl"
order = "unique"

[[setup]]
method = "POST"
path = "/login"
json = {{ key = "${{SHOP_KEY}}" }}
expect_status = 201
take = {{ token = "/token" }}

[[request]]
name = "cart"
path = "/cart/{{data.users.name}}"
auth.bearer = "{{setup.token}}"

[[request]]
name = "slow"
path = "/hangs"
timeout = "200 ms"

[[teardown]]
method = "DELETE"
path = "/session"
auth.bearer = "{{setup.token}}"
"""
KEY = {"SHOP_KEY": "k3y of the shop"}
USERS = "".join(f'{{"name": "user{at}"}}\n' for at in range(3))


def shop(folder: Path, plan: str = PLAN, users: str = USERS) -> Path:
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    (folder / "plan.toml").write_text(plan)
    (folder / "users.jsonl").write_text(users)
    return folder


def seen(front: Front) -> list[list[str]]:
    """Method, path and credentials of what the server was asked for."""
    return [line.split(maxsplit=2) for line in (front.folder / "seen.txt").read_text().splitlines()]


def test_a_run_logs_in_once_and_logs_out_at_its_end(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    with started(folder, "run", "plan.toml", "--headless", environment=KEY) as front:
        assert front.wait() == 0, front.err
        events = front.records(Event)
        (header,) = front.records(Header)
        buckets = [each for each in front.records(Bucket) if "slow" in each.tick_stats.requests]
        journal = front.home / "sessions" / front.session_id / "journal.jsonl"
    assert "setup: shop: POST /login: 201 after" in front.err
    asked = seen(front)
    assert asked[0][:2] == ["POST", "/login"]
    assert asked[-1][:2] == ["DELETE", "/session"]
    assert asked[-1][2].startswith("Bearer t0ken-")
    carts = {path for _, path, _ in asked if path.startswith("/cart/")}
    assert carts == {"/cart/user0", "/cart/user1", "/cart/user2"}
    assert [each.text.partition(" after ")[0] for each in events if each.kind in {"setup", "teardown"}] == [
        "POST /login: 201",
        "DELETE /session: 200",
    ]
    failed = {kind for each in buckets for kind in each.tick_stats.requests["slow"].errors}
    assert failed == {"response timeout"}, "long before the plan's timeout"
    assert header.plan["data"]["users"]["rows"] == 3
    assert header.plan["target"][0]["env"] == {"KEY": "${SHOP_KEY}"}
    recorded = journal.read_text()
    for secret in ("k3y of the shop", "user2", asked[-1][2].removeprefix("Bearer ")):
        assert secret not in recorded


def test_a_signal_does_not_skip_the_teardown(tmp_path: Path) -> None:
    plan = PLAN.replace('hold = "2 s"', 'hold = "10 m"')
    with started(shop(tmp_path / "shop", plan), "run", "plan.toml", "--headless", environment=KEY) as front:
        front.loads()
        front.process.send_signal(signal.SIGTERM)
        front.wait()
    assert seen(front)[-1][:2] == ["DELETE", "/session"]


@pytest.mark.parametrize(
    ("plan", "users", "key", "code", "said"),
    [
        (PLAN, USERS, {"SHOP_KEY": ""}, 2, "target #1.env.KEY: the environment variable SHOP_KEY is empty"),
        (PLAN.replace("expect_status = 201", ""), USERS, KEY, 3, "the setup of shop failed: POST /login"),
    ],
    ids=["variable", "setup"],
)
def test_what_is_wrong_ends_it_before_any_load(
    tmp_path: Path, plan: str, users: str, key: dict[str, str], code: int, said: str
) -> None:
    folder = shop(tmp_path / "shop", plan, users)
    with started(folder, "run", "plan.toml", "--headless", environment=key) as front:
        assert front.wait() == code, front.err
    assert said in front.err
    assert "Traceback" not in front.err
    asked = seen(front) if (folder / "seen.txt").exists() else []
    assert [path for _, path, _ in asked] in ([], ["/login"]), "no load was sent"
