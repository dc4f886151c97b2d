"""The database servers of the tests, and the statements that they received."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pymysql
import pytest

from targets.database import Database, parse
from tests.databases import HOW, MARIADB_URL, POSTGRESQL_URL

SERVERS = {"mariadb": MARIADB_URL, "postgresql": POSTGRESQL_URL}
COUNTED = ("INSERT", "UPDATE", "DELETE", "COMMIT")


def server(kind: str) -> Database:
    """A server to test with; skips the test if there is none."""
    url = os.environ.get(SERVERS[kind])
    if not url:
        pytest.skip(f"no {kind} to test with: {HOW}")
    return parse(url)


def named(database: Database, name: str) -> str:
    """The URL of a database on it."""
    return replace(database, name=name).url


def drop(database: Database, *names: str) -> None:
    """Drops databases, as the end of a session does."""
    argv = (sys.executable, "-P", "-m", "targets.apps.records.prepare", "--drop", *names)
    env = {"PATH": os.environ["PATH"], "ABREAST_DATABASE_URL": database.url}
    subprocess.run(argv, env=env, check=True, capture_output=True, timeout=60)


@contextmanager
def connected(database: Database) -> Iterator[Any]:
    """A connection to the server."""
    connection: Any
    if database.kind == "mysql":
        connection = pymysql.connect(
            host=database.host,
            port=database.port,
            user=database.user,
            password=database.password,
            database=database.name or None,
            autocommit=True,
        )
    else:
        connection = psycopg.connect(
            host=database.host,
            port=database.port,
            user=database.user,
            password=database.password,
            dbname=database.name or "postgres",
            autocommit=True,
        )
    try:
        yield connection
    finally:
        connection.close()


def run(database: Database, sql: str) -> None:
    """Runs a statement."""
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def asked(database: Database, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def sent_to(database: Database) -> dict[str, int]:
    """How many statements of each kind the server has seen, of all its clients together."""
    if database.kind == "mysql":
        found = dict(asked(database, "SHOW GLOBAL STATUS LIKE 'Com\\_%'"))
        return {kind: int(found[f"Com_{kind.lower()}"]) for kind in COUNTED}
    counts = dict.fromkeys(COUNTED, 0)
    run(database, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    for query, calls in asked(database, "SELECT query, calls FROM pg_stat_statements"):
        kind = query.split(None, 1)[0].rstrip(";").upper()
        if kind in counts:
            counts[kind] += calls
    return counts


def databases_on(database: Database) -> set[str]:
    """The names of all databases of the server."""
    sql = "SHOW DATABASES" if database.kind == "mysql" else "SELECT datname FROM pg_database"
    return {row[0] for row in asked(database, sql)}
