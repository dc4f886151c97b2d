"""What is said before anything starts where database servers are needed and there is no Docker Engine."""

from pathlib import Path

import pytest

from engine.hosting.database_servers import check_servers
from engine.plan.plan import Plan, make_plan
from targets.errors import TargetError
from tests.support import docker

WITHOUT_SERVERS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("fastapi",), {"database": "mysql", "workload": "hello"}),
    (("fastapi", "fastapi:database=sqlite"), {}),
    (("fastapi:database=mysql://ann@db.example",), {}),
    (("fastapi:database=mysql:runtime=docker",), {}),
)
"""Targets, and what is different in their plan."""


def plan(*targets: str, **changes: str) -> Plan:
    load = {"stages": [{"users": 1, "hold": "1 s"}]}
    return make_plan(
        {"title": "Rows", "targets": list(targets), "workload": "io", **load, **changes}, where="here"
    )


@pytest.fixture
def _no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def refusal_of(asked: Plan) -> TargetError:
    with pytest.raises(TargetError) as caught:
        check_servers(asked)
    return caught.value


@pytest.mark.usefixtures("_no_engine")
@pytest.mark.parametrize(("targets", "changes"), WITHOUT_SERVERS)
def test_nothing_is_needed(targets: tuple[str, ...], changes: dict[str, str]) -> None:
    check_servers(plan(*targets, **changes))


@pytest.mark.usefixtures("_no_engine")
def test_one_error_says_how_to_get_the_servers_and_what_would_still_run() -> None:
    refused = refusal_of(
        plan(
            "fastapi:database=sqlite", "fastapi:database=mysql", "fastapi:database=postgresql:label=Post gres"
        )
    )
    assert refused.what == "no database server for fastapi MySQL, Post gres"
    assert refused.why.startswith(
        "abreast starts mysql and postgresql in containers, and needs Docker for it: no Docker Engine answers"
    )
    assert refused.hint == (
        "start Docker; or name servers of yours: --targets fastapi:database=URL, where a URL is like "
        "mysql://user:password@host:3306, or an environment variable with one; "
        "or run only fastapi SQLite: --targets fastapi:database=sqlite"
    )


@pytest.mark.usefixtures("_no_engine")
def test_rows_in_files_need_no_server() -> None:
    assert refusal_of(plan("fastapi", "django-wsgi", database="mysql")).hint == (
        "start Docker; or name a server of yours: --database mysql://user:password@host:3306; "
        "or keep rows in files: --database sqlite"
    )
    only = refusal_of(plan("fastapi:database=mysql:env.TOKEN=hunter2"))
    assert only.hint.endswith("or keep rows in files: --targets fastapi:database=sqlite")


@pytest.mark.usefixtures("_no_engine")
def test_what_would_still_run_is_written_without_secrets() -> None:
    refused = refusal_of(plan("fastapi:database=mysql", "django-wsgi:env.TOKEN=hunter2:label=our own"))
    assert "--targets 'django-wsgi:label=our own:env.TOKEN=(hidden)'" in refused.hint
    assert "hunter2" not in str(refused)


def test_an_engine_that_answers_is_enough() -> None:
    with docker.client():
        check_servers(plan("fastapi:database=mysql"))
