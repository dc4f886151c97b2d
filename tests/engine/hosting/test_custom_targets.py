"""Sessions with servers of the plan's own: started from a command, or taken as they run."""

import socket
from pathlib import Path
from typing import Any

import anyio
import pytest

from engine.export.loaded import load
from engine.plan import commands
from engine.plan.faults import Fault
from engine.plan.plan import Plan, make_plan
from engine.protocol.order_parts import PART_BYTES
from engine.session.session import opened
from targets.errors import UsageError
from tests.support import docker, server_elsewhere
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import CountingServer, serving, unused_port

pytestmark = pytest.mark.anyio

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = f"{os.getcwd()} {os.environ['GREETING']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


SAYS_WHO_COMES = (
    "import socket\nheld = socket.create_server(('', 8000))\nwhile held.accept(): print('asked', flush=True)"
)


def own_plan(folder: Path, target: dict[str, Any], **changes: Any) -> Plan:
    """Two users for a second on one server of the plan's own."""
    values = {
        "title": "Own",
        "target": [target],
        "request": [{"path": "/hello"}],
        "stages": [{"users": 2, "hold": "1 s"}],
        "think_time": "20 ms",
        "warm_up": "none",
        "ready_within": "10 s",
        "folder": str(folder),
    }
    return make_plan(values | changes, where="own.toml")


async def test_a_command_runs_in_the_plans_folder(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    target = {"name": "mine", "command": "python3 server.py {port}", "env": {"GREETING": "hello"}}
    request = {"path": "/", "checks": {"contains": f"{tmp_path} hello"}}
    async with opened(own_plan(tmp_path, target, request=[request])) as session:
        await finished(session)
    (mine,) = load(session.recorder.journal.path).document["targets"]
    assert (session.outcome, mine["summary"]["failed"]) == ("completed", 0)


async def test_a_command_of_the_plan_is_started_loaded_and_ended(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "server.py").write_text(SERVER)
    target = {
        "name": "mine",
        "command": "python3 server.py {port}",
        "cwd": "app",
        "env": {"GREETING": "hello {port}"},
    }
    request = {"path": "/", "checks": {"contains": f"{tmp_path / 'app'} hello"}}
    async with opened(own_plan(tmp_path, target, request=[request])) as session:
        await finished(session)
    assert (session.outcome, session.error) == ("completed", None)
    document = load(session.recorder.journal.path).document
    (mine,) = document["targets"]
    assert mine["summary"]["ok"] > 0
    assert mine["summary"]["failed"] == 0
    assert (mine["server"], mine["runtime"], mine["state"]) == ("python3", "local", "stopped")
    assert any(memory for memory in mine["buckets"]["memory_mb"]), "its processes are metered"


async def test_a_server_that_runs_already_gets_load_and_runs_on(tmp_path: Path) -> None:
    server = CountingServer()
    async with serving(server) as port:
        plan = own_plan(tmp_path, {"name": "theirs", "url": f"http://127.0.0.1:{port}", "health": "/up"})
        async with opened(plan) as session:
            await begun(session)
            session.send(commands.InjectFault("theirs", Fault("kill")))
            session.send(commands.RestartTarget("theirs"))
            await finished(session)
        assert session.outcome == "completed"
        refused = [notice.title for notice in session.notices()]
        assert refused == ["theirs cannot be the target of a fault", "theirs cannot be restarted"]
        (theirs,) = load(session.recorder.journal.path).document["targets"]
        assert theirs["runtime"] == "attached"
        assert 0 < theirs["summary"]["requests"] <= server.requests["/hello"]
        assert server.requests["/up"] > 0, "the probe asks for its own health path"


async def test_a_server_that_does_not_answer_fails_with_its_address(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    plan = own_plan(tmp_path, {"name": "gone", "url": url}, ready_within="300 ms")
    async with opened(plan) as session:
        await finished(session)
    assert session.outcome == "failed"
    (gone,) = session.snapshot.targets
    assert "gone did not answer within" in gone.trouble
    assert url in gone.trouble


async def test_who_answers_late_is_waited_for_and_that_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with opened(own_plan(tmp_path, {"name": "slow", "url": url})) as session:
            await until(session, lambda: any(each.kind == "waiting" for each in session.snapshot.events))
            session.end("interrupted")
            await finished(session)
    told = next(each for each in session.snapshot.events if each.kind == "waiting")
    assert told.target == "slow"
    assert told.text.startswith(f"waiting for {url}/, ")
    assert told.text.endswith("s of 10 s at most: /: it is connected, and has not answered yet")


async def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    plan = own_plan(tmp_path, {"name": "none", "command": "no-such-program-here {port}"})
    async with opened(plan) as session:
        await finished(session)
    assert session.outcome == "failed"
    assert "no-such-program-here" in session.snapshot.targets[0].trouble


async def test_a_far_host_is_refused_before_anything_starts(tmp_path: Path) -> None:
    plan = own_plan(tmp_path, {"name": "far", "url": "http://93.184.216.34"})
    with anyio.fail_after(20), pytest.raises(UsageError, match="abreast sends no load"):
        async with opened(plan):
            raise AssertionError("unreachable")


async def test_a_container_on_a_public_address_is_asked_nothing(tmp_path: Path) -> None:
    """It is that one target's failure."""
    with (
        docker.client() as client,
        server_elsewhere.public_address(client) as address,
        server_elsewhere.running(client, SAYS_WHO_COMES, host=address) as theirs,
    ):
        plan = own_plan(tmp_path, {"name": "theirs", "container": theirs.name})
        async with opened(plan) as session:
            await finished(session)
        assert session.outcome == "failed"
        assert f"abreast sends no load to {address}" in session.snapshot.targets[0].trouble
        assert theirs.log() == ""


async def test_requests_too_large_for_one_line_are_sent_whole_by_every_worker(tmp_path: Path) -> None:
    (tmp_path / "f.bin").write_bytes(bytes(3 * PART_BYTES + 7))
    upload = {"method": "POST", "body": {"file": "f.bin"}}
    requests = [{"name": f"u{number}", "path": f"/u{number}", **upload} for number in range(2)]
    server = CountingServer()
    async with serving(server) as port:
        target = {"name": "t", "url": f"http://127.0.0.1:{port}"}
        stages = [{"users": 2, "hold": "4 s"}]
        plan = own_plan(tmp_path, target, request=requests, stages=stages, load_workers=2)
        async with opened(plan) as session:
            await begun(session)
            await until(session, lambda: session.snapshot.targets[0].totals.ok >= 4)
            session.end("completed")
            await finished(session)
    (shown,) = session.snapshot.targets
    assert session.error is None
    assert not shown.totals.errors
    assert server.requests["/u0"] > 0 < server.requests["/u1"]
