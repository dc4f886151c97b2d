"""Makes, clears or drops the database of a target: `python -P -m targets.apps.records.prepare`.

Told through the environment alone, as the app is, so that no secret stands in a list of processes. Says in
one line what is wrong, without user and password, and ends with 1.
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

from targets.apps.records.connection import CONNECT_TIMEOUT_S, database, django_databases, use_mysql_driver
from targets.apps.settings import settings
from targets.database import PREFIX, Database, scrubbed, version_of

_HOME = {"mysql": "", "postgresql": "postgres"}
"""Kind → the database that is there before any is made."""


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="targets.apps.records.prepare")
    parser.add_argument("--drop", nargs="*", metavar="NAME", help="drop these databases of the server")
    parser.add_argument("--version", action="store_true", help="print the server's name and version as JSON")
    arguments = parser.parse_args()
    with said_briefly(database()):
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
def said_briefly(chosen: Database) -> Iterator[None]:
    """What goes wrong within ends the process with a line of its log."""
    try:
        yield
    except Exception as error:  # every driver has its own
        said = " ".join(scrubbed(f"{type(error).__name__}: {error}", chosen).split())
        print(f"{chosen.shown}: {said}", file=sys.stderr)
        raise SystemExit(1) from None


def run() -> None:
    """Makes the database where it is not there, applies the migrations of the settings' apps, and clears the
    rows of earlier runs."""
    create(database())
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from targets.apps.records.models import Record

    Record.objects.all().delete()


def create(chosen: Database) -> None:
    """Makes the database where it is not there. SQLite makes its file by itself."""
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
    """Drops databases that abreast made."""
    with _server(chosen) as execute:
        for name in names:
            if not _checked(name).startswith(PREFIX):
                raise ValueError(f"{name} is no database of abreast's")
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
    """Runs statements on the server, in no database of abreast's."""
    home = replace(chosen, name=settings().database_home or _HOME[chosen.kind])
    connection: Any
    if chosen.kind == "mysql":
        use_mysql_driver()
        import MySQLdb

        connection = MySQLdb.connect(
            host=home.host,
            port=home.port,
            user=home.user,
            password=home.password,
            connect_timeout=CONNECT_TIMEOUT_S,
            autocommit=True,
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
    """A name that can stand in a statement. Raises ValueError."""
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise ValueError(f"{name!r} is no name for a database")
    return name


if __name__ == "__main__":
    main()
