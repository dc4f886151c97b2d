"""`io` on every target: the same answer, the same work, as the database itself counts it, and no row left."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from targets import catalog, contract
from targets.apps.records.table import TABLE
from targets.contract.rows import WORK_BY_ROWS, WORK_IN_BULK
from targets.database import SQLITE_FILE
from tests.support.app_server import Server, prepared, running
from tests.support.rows import COUNTED, SERVERS, asked, drop, named, sent_to, server
from tests.targets.apps.traced import APPS, TRACE

PATH = contract.IO.requests[0].path
ANSWER = contract.IO.requests[0].answer
COUNT = {contract.COUNT_HEADER: "1"}

ORMS = {
    "fastapi": "fastapi",
    "fastapi-sync": "fastapi_sync",
    "django-wsgi": "django_wsgi",
    "django-asgi": "django_asgi",
}
"""One target of each way to rows, and its app in `traced`."""


def work_of(text: str) -> dict[str, int]:
    """A header's statements by kind."""
    counts = {kind: int(count) for kind, _, count in (part.partition("=") for part in text.split(";"))}
    return {kind: counts.get(kind, 0) for kind in COUNTED}


@pytest.mark.parametrize("name", catalog.TARGETS)
def test_work_is_counted_where_asked_and_the_same_everywhere(servers: dict[str, Server], name: str) -> None:
    with servers[name].client() as client:
        plain, counted, again = (client.get(PATH, headers=headers) for headers in ({}, COUNT, {}))

    assert [each.content for each in (plain, counted, again)] == [ANSWER] * 3
    assert counted.headers[contract.WORK_HEADER] == WORK_BY_ROWS
    assert not {contract.WORK_HEADER} & (set(plain.headers) | set(again.headers))


@pytest.mark.parametrize("name", catalog.TARGETS)
def test_requests_at_the_same_time_neither_fail_nor_leave_anything(
    servers: dict[str, Server], name: str
) -> None:
    def ask(_: int) -> list[tuple[int, bytes]]:
        with servers[name].client() as client:
            return [
                (each.status_code, each.content) for each in (client.get(PATH, timeout=60) for _ in range(3))
            ]

    with ThreadPoolExecutor(6) as pool:
        answers = [answer for found in pool.map(ask, range(6)) for answer in found]

    assert answers == [(200, ANSWER)] * 18
    folder = servers[name].log_path.parent
    with sqlite3.connect(folder / SQLITE_FILE) as connection:
        assert connection.execute(f"SELECT count(*) FROM {TABLE}").fetchall() == [(0,)]
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    connection.close()
    assert len(list(folder.glob("io-*.json"))) <= 6


@pytest.mark.parametrize("name", ORMS)
def test_sqlite_sees_what_is_counted(name: str, tmp_path: Path) -> None:
    prepared(tmp_path)
    with (
        running(name, tmp_path, app=f"tests.targets.apps.traced:{ORMS[name]}") as target,
        target.client() as client,
    ):
        assert client.get(PATH).status_code == 200
        before = Counter((tmp_path / TRACE).read_text().split())
        assert client.get(PATH).status_code == 200
        seen = Counter((tmp_path / TRACE).read_text().split()) - before

    assert {kind: seen[kind] for kind in COUNTED} == work_of(WORK_BY_ROWS)
    assert ORMS[name] in APPS


@pytest.mark.parametrize("name", ORMS)
def test_bulk_writes_are_fewer(name: str, tmp_path: Path) -> None:
    target = catalog.find(name)
    options = replace(target.defaults, orm_writes="bulk")
    prepared(tmp_path)

    with running(name, tmp_path, options) as found, found.client() as client:
        answer = client.get(PATH, headers=COUNT)

    assert (answer.content, answer.headers[contract.WORK_HEADER]) == (ANSWER, WORK_IN_BULK)


# ---------------------------------------------------------------- on a server


@pytest.fixture(scope="module", params=SERVERS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of server."""
    return str(request.param)


@pytest.fixture(scope="module", params=ORMS)
def on_server(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, str]]:
    """A target with its rows on a server, and the name of its database."""
    database, name = server(kind), request.param
    its_own = f"abreast_test_{name.replace('-', '_')}"
    drop(database, its_own)
    folder = tmp_path_factory.mktemp(name)
    with running(name, folder, workload="io", database_url=named(database, its_own)) as found:
        yield found, its_own
    drop(database, its_own)


def test_the_server_sees_what_is_counted(kind: str, on_server: tuple[Server, str]) -> None:
    database, (target, its_own) = server(kind), on_server
    with target.client() as client:
        client.get(PATH)
        before = sent_to(database)
        plain = client.get(PATH)
        seen = {each: count - before[each] for each, count in sent_to(database).items()}
        counted = client.get(PATH, headers=COUNT)

    assert plain.content == counted.content == ANSWER
    assert counted.headers[contract.WORK_HEADER] == WORK_BY_ROWS
    assert seen == work_of(WORK_BY_ROWS)
    assert asked(replace(database, name=its_own), f"SELECT count(*) FROM {TABLE}") == [(0,)]


def test_users_at_the_same_time_on_a_server(on_server: tuple[Server, str]) -> None:
    def ask(_: int) -> set[tuple[int, bytes]]:
        with on_server[0].client() as client:
            return {
                (each.status_code, each.content) for each in (client.get(PATH, timeout=60) for _ in range(4))
            }

    with ThreadPoolExecutor(12) as pool:
        assert set.union(*pool.map(ask, range(12))) == {(200, ANSWER)}
