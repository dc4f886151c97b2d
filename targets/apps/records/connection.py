"""Django's settings for the target's database, with a driver that is installed."""

import sys
from importlib.util import find_spec
from typing import Any

from targets.apps.settings import settings
from targets.database import BUSY_TIMEOUT_S, Database, parse

SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL", "busy_timeout": BUSY_TIMEOUT_S * 1000}
"""On every target: readers do not wait for writers, and commits do not wait for the disk."""

CONNECT_TIMEOUT_S = 5
"""A database that does not answer for this long is down."""

_ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "mysql": "django.db.backends.mysql",
    "postgresql": "django.db.backends.postgresql",
}


def database() -> Database:
    """The target's database."""
    return parse(settings().database_url, settings().folder)


def django_databases(
    chosen: Database | None = None, *, max_age_s: int | None = None
) -> dict[str, dict[str, Any]]:
    """Django's DATABASES. Kept connections are not checked before use: a broken one costs the request that
    gets it, on every target."""
    chosen = chosen or database()
    return {
        "default": {
            "ENGINE": _ENGINES[chosen.kind],
            "NAME": chosen.name,
            "HOST": chosen.host,
            "PORT": chosen.port or "",
            "USER": chosen.user,
            "PASSWORD": chosen.password,
            "CONN_MAX_AGE": settings().conn_max_age if max_age_s is None else max_age_s,
            "OPTIONS": _options(chosen.kind),
        }
    }


def _options(kind: str) -> dict[str, Any]:
    match kind:
        case "sqlite":
            pragmas = "".join(f"PRAGMA {name}={value};" for name, value in SQLITE_PRAGMAS.items())
            return {"timeout": BUSY_TIMEOUT_S, "init_command": pragmas}
        case "mysql":
            return {"charset": "utf8mb4", "connect_timeout": CONNECT_TIMEOUT_S, **mysql_driver()}
        case _:
            return {"connect_timeout": CONNECT_TIMEOUT_S}


def mysql_driver() -> dict[str, Any]:
    """Uses mysqlclient if it is installed, or else PyMySQL under its name, which Django and SQLAlchemy
    import. Returns the driver's options of a connection, beside those that both drivers have.

    PyMySQL goes without TLS, as the awaited drivers do: it would prepare that for each connection, and for
    this read the certificates of all authorities, about 17 ms of CPU time. mysqlclient leaves TLS to its
    client library.
    """
    if "MySQLdb" not in sys.modules and find_spec("MySQLdb") is None:
        import pymysql

        pymysql.install_as_MySQLdb()
    import MySQLdb

    return {"ssl_disabled": True} if MySQLdb.__name__ == "pymysql" else {}
