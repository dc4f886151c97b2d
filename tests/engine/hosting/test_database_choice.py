"""Which database a plan uses, and whether its targets reach it."""

import pytest

from engine.hosting.database_choice import (
    check,
    check_inside,
    check_target,
    database_of,
    kinds_to_start,
    published_kind,
    resolved,
    shown,
    shown_of,
)
from engine.plan.plan import Plan, make_plan
from targets.database import parse
from targets.errors import UsageError
from targets.runtime.containers.database_makes import MAKES


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


PAIR = {"mysql", "postgresql"}


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (plan("fastapi"), {"mysql"}),
        (plan("fastapi", database="sqlite"), set()),
        (plan("fastapi", database="postgresql"), {"postgresql"}),
        (plan("fastapi", database="mysql", runtime="local"), {"mysql"}),
        (plan("fastapi", database="mysql://ann@db.example"), set()),
        (plan("fastapi", runtime="local"), set()),
        (plan("fastapi:runtime=docker", runtime="local"), set()),
        (plan("fastapi:runtime=local"), set()),
        (plan("fastapi:database=postgresql", "fastapi:database=mysql", runtime="local"), PAIR),
        (plan("fastapi:database=sqlite", database="mysql", runtime="local"), set()),
        (plan("fastapi:database=sqlite", "django-wsgi"), {"mysql"}),
    ],
)
def test_which_servers_the_session_starts(asked: Plan, kinds: set[str]) -> None:
    assert kinds_to_start(asked) == kinds


def test_a_target_without_a_database_has_the_plans() -> None:
    asked = plan("fastapi", "fastapi:database=sqlite", database="postgresql", runtime="local")
    assert [database_of(asked, choice) for choice in asked.targets] == ["postgresql", "sqlite"]


def test_what_keeps_them_is_told_where_there_are_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABREAST_DATABASE_IMAGE", raising=False)
    assert shown(plan("fastapi", workload="io")) == f"mysql in a container ({MAKES['mysql'].image})"
    assert shown(plan("fastapi")) == "sqlite"
    in_postgres = f"postgresql in a container ({MAKES['postgresql'].image})"
    assert shown(plan("fastapi", database="postgresql")) == in_postgres
    monkeypatch.setenv("ABREAST_MYSQL_IMAGE", "mariadb:11")
    several = plan(
        "fastapi", "fastapi:database=mysql://a@db.example", "fastapi:database=sqlite", workload="io"
    )
    assert [shown_of(several, choice) for choice in several.targets] == [
        "mysql in a container (mariadb:11)",
        "mysql at db.example:3306",
        "sqlite",
    ]
    assert shown(several) == "mysql in a container (mariadb:11); mysql at db.example:3306; sqlite"


def test_a_variable_holds_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWS_URL", "mysql://ann@db.example")
    assert resolved("ROWS_URL") == "mysql://ann@db.example"
    assert resolved("mysql://bob@db.example") == "mysql://bob@db.example"
    assert resolved("") == ""
    monkeypatch.delenv("ROWS_URL")
    with pytest.raises(UsageError, match="ROWS_URL is not set"):
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
    check(plan("fastapi", "fastapi:database=mysql", workload="io", runtime="local", fault=stopping))
    with pytest.raises(UsageError, match="stops a database that abreast does not start"):
        check(plan("fastapi", workload="io", runtime="local", fault=stopping))


def test_each_target_reaches_its_own_database() -> None:
    asked = plan("fastapi:database=mysql://ann@localhost", "django-wsgi", workload="io")
    with pytest.raises(UsageError, match="containers cannot reach a database at localhost:3306"):
        check(asked)
    check_target(asked, asked.targets[1], "io")


def test_a_target_names_a_variable_that_is_set() -> None:
    with pytest.raises(UsageError, match="NO_SUCH_URL is not set"):
        check(plan("fastapi", "fastapi:database=NO_SUCH_URL", runtime="local"))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (plan("fastapi", runtime="local", workload="io"), "mysql"),
        (plan("fastapi", workload="io"), ""),
        (plan("fastapi", runtime="local"), ""),
        (plan("fastapi", runtime="local", workload="io", database="sqlite"), ""),
        (plan("fastapi:database=postgresql", runtime="local", workload="io"), ""),
    ],
)
def test_the_server_of_the_source_is_offered_unless_a_database_was_chosen(asked: Plan, kind: str) -> None:
    assert published_kind(asked) == ""
    assert published_kind(asked.changed(published={"database": "MySQL 8.4"})) == kind
