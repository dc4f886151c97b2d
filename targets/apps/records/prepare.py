"""Creates, clears or drops the database of a target: `python -P -m targets.apps.records.prepare`.

Its settings come from the environment, as the app's do, so that no secret shows in a list of processes. An
error is one line without user and password, and exit code 1.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import django
from django.conf import settings as django_settings

from targets.apps.records.connection import CONNECT_TIMEOUT_S, database, django_databases, mysql_driver
from targets.apps.settings import settings
from targets.database import PREFIX, Database, scrubbed, version_of

_HOME = {"mysql": "", "postgresql": "postgres"}
"""Kind → the database that always exists."""


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="targets.apps.records.prepare")
    parser.add_argument("--drop", nargs="*", metavar="NAME", help="drop these databases of the server")
    parser.add_argument("--version", action="store_true", help="print the server's name and version as JSON")
    arguments = parser.parse_args()
    with errors_on_one_line(database()):
        if arguments.drop is not None:
            drop(database(), arguments.drop)
        elif arguments.version:
            print(json.dumps(server_version(database())))
        else:
            chosen = database()
            django_settings.configure(
                DATABASES=django_databases(chosen),
                INSTALLED_APPS=["targets.apps.records.apps.RecordsConfig"],
                USE_TZ=True,
            )
            run()


@contextmanager
def errors_on_one_line(chosen: Database) -> Iterator[None]:
    """An exception in the block ends the process with one line of its log."""
    try:
        yield
    except Exception as error:  # every driver has other exceptions
        reason = " ".join(scrubbed(f"{type(error).__name__}: {error}", chosen).split())
        print(f"{chosen.shown}: {reason}", file=sys.stderr)
        raise SystemExit(1) from None


def run() -> None:
    """Creates the database unless it exists, applies the migrations of the settings' apps, and clears the
    rows of earlier runs."""
    create(database())
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from targets.apps.records.models import Record

    Record.objects.all().delete()


def create(chosen: Database) -> None:
    """Creates the database unless it exists. SQLite creates its file by itself."""
    match chosen.kind:
        case "mysql":
            with _server(chosen) as execute:
                execute(f"CREATE DATABASE IF NOT EXISTS `{_checked(chosen.name)}` CHARACTER SET utf8mb4")
        case "postgresql":
            with _server(chosen) as execute:
                name = _checked(chosen.name)
                if not execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - checked
                    execute(f'CREATE DATABASE "{chosen.name}"')


def drop(chosen: Database, names: list[str]) -> None:
    """Drops databases that abreast created."""
    with _server(chosen) as execute:
        for name in names:
            if not _checked(name).startswith(PREFIX):
                raise ValueError(f"{name} was not created by abreast")
            execute(
                f"DROP DATABASE IF EXISTS `{name}`"
                if chosen.kind == "mysql"
                else f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
            )


def server_version(chosen: Database) -> dict[str, str]:
    """The server's name and version."""
    with _server(chosen) as execute:
        text = str(execute("SELECT VERSION()" if chosen.kind == "mysql" else "SHOW server_version")[0][0])
    return version_of(chosen.kind, text)


@contextmanager
def _server(chosen: Database) -> Iterator[Callable[[str], list[Any]]]:
    """Runs statements on the server, in none of abreast's databases."""
    home = replace(chosen, name=settings().database_home or _HOME[chosen.kind])
    connection: Any
    if chosen.kind == "mysql":
        options = mysql_driver()
        import MySQLdb

        connection = MySQLdb.connect(
            host=home.host,
            port=home.port,
            user=home.user,
            password=home.password,
            connect_timeout=CONNECT_TIMEOUT_S,
            autocommit=True,
            **options,
        )
    else:
        import psycopg

        connection = psycopg.connect(
            host=home.host,
            port=home.port,
            user=home.user,
            password=home.password,
            dbname=home.name,
            connect_timeout=CONNECT_TIMEOUT_S,
            autocommit=True,
        )

    def execute(sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    try:
        yield execute
    finally:
        connection.close()


def _checked(name: str) -> str:
    """A name that is safe in a statement. Raises ValueError."""
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise ValueError(f"{name!r} is not a valid name for a database")
    return name


if __name__ == "__main__":
    main()
