"""Which database a plan uses, and whether its targets reach it."""

import pytest

from engine.hosting.database_choice import check, check_inside, resolved, session_database_kind, shown
from engine.plan.plan import Plan, make_plan
from targets.database import parse
from targets.errors import UsageError


def plan(
    *targets: str,
    runtime: str = "docker",
    database: str = "",
    workload: str = "hello",
    fault: tuple[dict[str, str], ...] = (),
) -> Plan:
    values = {
        "title": "Rows",
        "targets": list(targets),
        "runtime": runtime,
        "database": database,
        "workload": workload,
        "stages": [{"users": 2, "hold": "60 s"}],
        "fault": fault,
    }
    return make_plan(values, where="here")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (plan("fastapi"), "mysql"),
        (plan("fastapi", database="sqlite"), ""),
        (plan("fastapi", database="postgresql"), "postgresql"),
        (plan("fastapi", database="mysql", runtime="local"), "mysql"),
        (plan("fastapi", database="mysql://ann@db.example"), ""),
        (plan("fastapi", runtime="local"), ""),
        (plan("fastapi:runtime=docker", runtime="local"), ""),
        (plan("fastapi:runtime=local"), ""),
    ],
)
def test_whose_server_keeps_the_rows(asked: Plan, kind: str) -> None:
    assert session_database_kind(asked) == kind


def test_what_keeps_them_is_told_where_there_are_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABREAST_DATABASE_IMAGE", raising=False)
    assert shown(plan("fastapi", workload="io")) == "mysql:8.4 in a container"
    assert shown(plan("fastapi")) == "sqlite"
    assert shown(plan("fastapi", database="postgresql")) == "postgres:17 in a container"


def test_a_variable_holds_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWS_URL", "mysql://ann@db.example")
    assert resolved("ROWS_URL") == "mysql://ann@db.example"
    assert resolved("mysql://bob@db.example") == "mysql://bob@db.example"
    assert resolved("") == ""
    monkeypatch.delenv("ROWS_URL")
    with pytest.raises(UsageError, match="ROWS_URL, which is not set"):
        resolved("ROWS_URL")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_containers_do_not_reach_this_machines_loopback(host: str) -> None:
    with pytest.raises(UsageError, match="containers cannot reach a database at"):
        check_inside(parse(f"mysql://ann@{host}:3306"))


def test_containers_reach_other_hosts_and_files() -> None:
    check_inside(parse("mysql://ann@192.168.0.7:3306"))
    check_inside(parse(""))


def test_only_a_server_of_the_session_can_be_stopped() -> None:
    stopping = ({"at": "1 s", "fault": "stop-database for 1 s"},)
    check(plan("fastapi", workload="io", fault=stopping))
    with pytest.raises(UsageError, match="stops a database that abreast does not start"):
        check(plan("fastapi", workload="io", runtime="local", fault=stopping))
