"""Load over HTTP/2, from the plan to the export, with real servers."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.engine.third_party.programs import NGINX_OF_SYSTEM, NGINX_OF_WHEEL, nginx_with_http2
from tests.support.app_server import prepared, running
from tests.support.certificates import AUTHORITY
from tests.support.fronts import started
from tests.support.servers import unused_port

PLAN = """
targets = ["fastapi:server=hypercorn", "fastapi:server=granian", "fastapi:front=nginx"]
workload = "tasks"
think_time = "20 ms"
warm_up = "none"
http = "2"
{more}
stages = [{{ users = 6, hold = "3 s" }}]
"""


def run(folder: Path, more: str) -> list[dict[str, Any]]:
    """The targets of a whole run of the plan, as exported."""
    (folder / "two.toml").write_text(PLAN.format(more=more))
    with started(folder, "run", "two.toml", "--headless", "--export", "two.json") as front:
        assert front.wait() == 0, front.err
    targets: list[dict[str, Any]] = orjson.loads((folder / "two.json").read_bytes())["targets"]
    return targets


def test_users_share_connections(tmp_path: Path) -> None:
    for target in run(tmp_path, "connections = 2"):
        summary = target["summary"]
        assert summary["ok"] > 100
        assert summary["errors"] == {}
        assert summary["connections"]["new"] == 2


SECURE = """
title = "Two NGINX with TLS"
think_time = "20 ms"
warm_up = "none"
http = "2"
connections = 2
expected_difference = "both write to the same rows"
stages = [{{ users = 6, hold = "3 s" }}]

[[target]]
name = "one"
url = "https://127.0.0.1:{ports[0]}"
ca = "ca.pem"
health = "/health"

[[target]]
name = "two"
url = "https://127.0.0.1:{ports[1]}"
ca = "ca.pem"
health = "/health"

[[request]]
path = "/test"

[[request]]
method = "POST"
path = "/tasks"
json = {{ title = "one", project = "p1" }}
expect_status = 201
"""


@pytest.mark.parametrize("command", [NGINX_OF_SYSTEM, NGINX_OF_WHEEL], ids=["system", "wheel"])
def test_nginx_speaks_it_for_servers_that_do_not(tmp_path: Path, command: tuple[str, ...]) -> None:
    ports = unused_port(), unused_port()
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "plan.toml").write_text(SECURE.format(ports=ports))
    server = tmp_path / "nginx"
    server.mkdir()
    with (
        running("fastapi", prepared(tmp_path)) as behind,
        nginx_with_http2(command, server, ports, behind.url),
        started(tmp_path, "run", "plan.toml", "--headless", "--export", "two.json") as front,
    ):
        assert front.wait() == 0, front.err
    for target in orjson.loads((tmp_path / "two.json").read_bytes())["targets"]:
        summary = target["summary"]
        assert summary["ok"] > 100
        assert summary["errors"] == {}
        assert summary["connections"]["new"] == 2
    sent = [line.split() for line in (server / "access.log").read_text().splitlines()]
    served = Counter(protocol for protocol, _, path in sent if path in {"/test", "/tasks"})
    assert set(served) == {"HTTP/2.0"}


@pytest.mark.parametrize("client", ["httpx"])
def test_another_client_sees_the_same(tmp_path: Path, client: str) -> None:
    for target in run(tmp_path, f'client = "{client}"'):
        assert target["summary"]["ok"] > 100
        assert target["summary"]["errors"] == {}
