"""Targets of a plan's own: what may be written, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.preflight.allowed_hosts import AllowedHosts
from engine.preflight.reachability import check_reach, health_path_of, tls_of
from targets.errors import UsageError
from targets.launch import LaunchContext
from targets.options import Options
from targets.variables import Variables

HOLD = [{"users": 2, "hold": "5 s"}]
NODE = {"name": "node", "command": "node server.js --port {port}", "env": {"LISTEN": ":{port}"}}


def plan_with(*own: dict[str, Any], **changes: Any) -> Plan:
    values = {"title": "Test", "target": list(own), "stages": HOLD} | changes
    return make_plan(values, where="test.toml")


def test_a_command_becomes_a_launch_on_the_port_that_is_chosen() -> None:
    (choice,) = plan_with(NODE | {"health": "/up", "cwd": "app"}).targets
    launch = choice.target.launch(
        choice.options, LaunchContext(port=4321, folder=Path("x"), plan_folder="/plans")
    )
    assert launch.argv == ("node", "server.js", "--port", "4321")
    assert launch.env == {"LISTEN": ":4321"}
    assert (launch.health_path, launch.cwd) == ("/up", "/plans/app")
    assert choice.target.server(Options()) == "node"
    assert health_path_of(choice, "http://127.0.0.1:4321").head.startswith(b"GET /up HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("plan_folder", "cwd", "expected"),
    [
        ("/plans", "", "/plans"),
        ("/plans", "/srv", "/srv"),
        ("/plans", "../app", "/plans/../app"),
        ("", "", ""),
    ],
)
def test_a_command_runs_in_the_plans_folder_unless_it_names_another(
    plan_folder: str, cwd: str, expected: str
) -> None:
    (choice,) = plan_with(NODE | {"cwd": cwd}).targets
    site = LaunchContext(port=4321, folder=Path("x"), plan_folder=plan_folder)
    assert choice.target.launch(choice.options, site).cwd == expected


def test_own_targets_stand_beside_the_catalogue() -> None:
    plan = plan_with(NODE, targets=["node", "fastapi:workers=2", "node"])
    assert [choice.name for choice in plan.targets] == ["node", "fastapi", "node#2"]
    assert plan.changed(targets=("node",)).targets[0].custom == plan.target[0]
    assert plan.parse_target("node").custom == plan.target[0]


def test_a_url_is_taken_as_it_is() -> None:
    (choice,) = plan_with({"name": "up", "url": "https://localhost:9443/", "insecure": True}).targets
    assert choice.is_attached
    assert choice.custom is not None
    assert str(choice.custom.address) == "localhost:9443"
    assert choice.custom.address.url == "https://localhost:9443"
    tls = tls_of(choice.custom, "")
    assert tls is not None
    assert (tls.insecure, tls.server_name) == (True, "localhost")


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1", "127.0.0.1", 80),
        ("https://db.test", "db.test", 443),
        ("http://[::1]:81", "::1", 81),
    ],
)
def test_where_a_url_points(url: str, host: str, port: int) -> None:
    (own,) = plan_with({"name": "up", "url": url}).target
    assert (own.address.host, own.address.port) == (host, port)
    assert own.address.url.startswith(f"{url.split(':')[0]}://")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({"name": "a"}, "exactly one of command, or the url"),
        (
            {"name": "a", "command": "x {port}", "url": "http://127.0.0.1"},
            "exactly one of command, or the url",
        ),
        ({"name": "a", "command": "serve"}, "no place for the port"),
        ({"name": "a", "command": "serve {port}", "health": "up"}, "begin with a slash"),
        ({"name": "a", "command": "serve {port}", "insecure": True}, "https://"),
        ({"name": "fastapi", "command": "serve {port}"}, "is a built-in target"),
        ({"name": "A b", "command": "serve {port}"}, "pattern"),
        ({"name": "a", "url": "ftp://127.0.0.1"}, "not the url of a server"),
        ({"name": "a", "url": "http://127.0.0.1:99999"}, "a port is a number between 1 and 65535"),
        ({"name": "a", "url": "http://127.0.0.1/path"}, "paths belong to the requests"),
        ({"name": "a", "url": "http://ann:pw@127.0.0.1"}, "a host and a port"),
        ({"name": "a", "url": "http://127.0.0.1", "cwd": "x"}, "cwd, env and revision need a command"),
    ],
)
def test_what_cannot_be_a_target(own: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        plan_with(own)
    assert reason in str(raised.value)


def test_secrets_of_a_command_are_not_written_down() -> None:
    env = {"API_TOKEN": "t0ps3cret", "DB": "mysql://ann:t0ps3cret@127.0.0.1/x", "PORT": "{port}"}
    written = plan_with({"name": "a", "command": "serve", "env": env}).model_dump_json()
    assert "t0ps3cret" not in written
    assert "{port}" in written


def test_load_goes_beyond_private_networks_only_where_the_person_names_the_host() -> None:
    plan = plan_with({"name": "far", "url": "http://93.184.216.34"})
    with pytest.raises(UsageError, match=r"abreast sends no load to 93\.184\.216\.34") as raised:
        check_reach(plan, AllowedHosts())
    assert "--allow-host 93.184.216.34" in raised.value.hint
    check_reach(plan, AllowedHosts.of(["93.184.216.34"]))
    with pytest.raises(UsageError, match="allow_hosts"):
        plan_with(NODE, allow_hosts=["93.184.216.34"])


def test_an_engine_on_a_public_address_is_load_to_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for targets of the catalogue: nothing is made there before the person has named it."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://93.184.216.34:2376")
    contained = plan_with(NODE, targets=["node", "fastapi:runtime=docker"])
    with pytest.raises(UsageError, match=r"abreast sends no load to 93\.184\.216\.34"):
        check_reach(contained, AllowedHosts())
    check_reach(contained, AllowedHosts.of(["93.184.216.34"]))
    check_reach(plan_with(NODE, targets=["node", "fastapi"]), AllowedHosts())


def test_an_engine_that_is_not_there_is_not_missed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The targets that need it fail, each for itself; the others go on."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    check_reach(plan_with(NODE, targets=["node", "fastapi:runtime=docker"]), AllowedHosts())


def test_a_ca_that_cannot_be_read_is_refused_before_anything_starts(tmp_path: Path) -> None:
    plan = plan_with({"name": "up", "url": "https://127.0.0.1", "ca": "missing.pem"}, folder=str(tmp_path))
    with pytest.raises(UsageError, match=r"missing\.pem cannot be used"):
        check_reach(plan, AllowedHosts())


def test_what_it_is_reached_with_may_have_variables() -> None:
    plan = plan_with(
        {"name": "up", "url": "https://${HOST}", "health": "/${PATH}", "server_name": "${HOST}"},
        variables=Variables({"HOST": "shop.test", "PATH": "healthy"}),
    )
    custom = plan.targets[0].custom
    assert custom is not None
    assert (custom.url, custom.health, custom.server_name) == ("https://shop.test", "/healthy", "shop.test")
    assert custom.written == plan.target[0]
    assert custom.written.url == "https://${HOST}"
    assert custom.written.filled(Variables({"HOST": "a", "PATH": "b"})).url == "https://a"
    assert plan.target[0].filled(Variables({"HOST": "a", "PATH": "b"})).server_name == "a"
    with pytest.raises(UsageError, match="health of 'up' cannot be used with the values") as raised:
        plan_with(
            {"name": "up", "url": "http://h", "health": "${PATH}"}, variables=Variables({"PATH": "s3cret"})
        )
    assert "s3cret" not in str(raised.value)


def test_any_status_can_be_healthy() -> None:
    (choice,) = plan_with(NODE | {"health_status": ["2xx", 404]}).targets
    assert choice.custom is not None
    assert choice.custom.health_status == (*range(200, 300), 404)
    launch = choice.target.launch(choice.options, LaunchContext(port=1, folder=Path("x")))
    assert 404 in launch.health_statuses
    assert 404 in health_path_of(choice, "http://127.0.0.1:1").expect_status
    (choice,) = plan_with(NODE | {"health_status": []}).targets
    assert health_path_of(choice, "http://127.0.0.1:1").expect_status == (200,)
    with pytest.raises(UsageError, match="health_status"):
        plan_with(NODE | {"health_status": ["fine"]})


def test_authorities_may_stay_where_any_certificate_is_accepted() -> None:
    plan = plan_with({"name": "up", "url": "https://127.0.0.1", "ca": "a.pem", "insecure": True})
    assert (plan.target[0].ca, plan.target[0].insecure) == ("a.pem", True)
