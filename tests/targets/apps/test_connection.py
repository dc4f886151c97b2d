"""How targets connect to a database server: every driver in the same way, whatever its own defaults are."""

import ssl
import sys
from typing import Any

import pytest
from pymysql.connections import Connection

from targets.apps.records import connection, sql_rows
from targets.database import parse

MYSQL = parse("mysql://ann:secret@127.0.0.1:3306/shop")


def of_django() -> dict[str, Any]:
    """The options with which Django connects."""
    options: dict[str, Any] = connection.django_databases(MYSQL)["default"]["OPTIONS"]
    return options


def of_sqlalchemy() -> dict[str, Any]:
    """Those of SQLAlchemy."""
    return sql_rows._arguments("mysql")


@pytest.mark.parametrize("options_of", [of_django, of_sqlalchemy])
def test_a_connection_to_mysql_prepares_no_tls(options_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default PyMySQL does: a target that connects for each request would read all certificates each time,
    and encrypt what the awaited drivers send in plain."""
    prepared: list[object] = []
    make = ssl.create_default_context

    def counted(**given: Any) -> ssl.SSLContext:
        prepared.append(given)
        return make(**given)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    options = options_of()
    if sys.modules["MySQLdb"].__name__ != "pymysql":
        pytest.skip("mysqlclient is installed, and used")

    Connection(host=MYSQL.host, defer_connect=True)
    by_default = len(prepared)
    Connection(host=MYSQL.host, defer_connect=True, **options)

    assert (by_default, len(prepared)) == (1, 1)
