"""The rows of `io` through SQLAlchemy Core with a pool of synchronous connections, for a framework without
its own ORM. Statements are not combined, so that the database gets the same ones as from the ORMs.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from targets.apps import counting, io_files, io_work
from targets.apps.counting import Counter
from targets.apps.io_work import Done
from targets.apps.records.connection import CONNECT_TIMEOUT_S, SQLITE_PRAGMAS, database, mysql_driver
from targets.apps.records.table import CHANGED, NAME_LENGTH, TABLE, names
from targets.apps.settings import settings
from targets.apps.work import Answer
from targets.contract.rows import ROWS, ROWS_A_BATCH, ROWS_CHANGED
from targets.database import Database

_records = Table(
    TABLE,
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("value", Integer, nullable=False),
)

# Its pool would log a traceback for each connection that broke with the server; `io` logs one line.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)

_DRIVERS = {"sqlite": "sqlite+pysqlite", "mysql": "mysql+mysqldb", "postgresql": "postgresql+psycopg"}


def io_here(*, is_counted: bool) -> Answer:
    """All of `io`. Blocks."""
    with counting.counted(wanted=is_counted) as counter:
        items = io_files.write_and_read()
        try:
            done = _bulk(counter) if settings().orm_writes == "bulk" else _rows(counter)
        except (SQLAlchemyError, OSError) as error:
            return io_work.unavailable(error)
        return io_work.answer(items, done, counter)


def _rows(counter: Counter | None) -> Done:
    ids = _created(counter)
    updated = deleted = 0
    for number in ids[:ROWS_CHANGED]:
        with _transaction(counter) as connection:
            changed = update(_records).where(_records.c.id == number).values(value=CHANGED)
            updated += connection.execute(changed).rowcount
    with _transaction(counter) as connection:
        for number in ids:
            deleted += connection.execute(delete(_records).where(_records.c.id == number)).rowcount
    return Done(len(ids), updated, deleted)


def _bulk(counter: Counter | None) -> Done:
    ids = _created(counter)
    with _transaction(counter) as connection:
        changed = update(_records).where(_records.c.id.in_(ids[:ROWS_CHANGED])).values(value=CHANGED)
        updated = connection.execute(changed).rowcount
    with _transaction(counter) as connection:
        deleted = connection.execute(delete(_records).where(_records.c.id.in_(ids))).rowcount
    return Done(len(ids), updated, deleted)


def _created(counter: Counter | None) -> list[int]:
    ids: list[int] = []
    for first in range(0, ROWS, ROWS_A_BATCH):
        with _transaction(counter) as connection:
            for name, value in names(first, ROWS_A_BATCH):
                made = connection.execute(insert(_records).values(name=name, value=value))
                assert made.inserted_primary_key is not None, "one row was inserted"
                ids.append(made.inserted_primary_key[0])
    return ids


@contextmanager
def _transaction(counter: Counter | None) -> Iterator[Connection]:
    with _engine().connect() as connection:
        if counter is not None:
            _listen(connection, counter)
        with connection.begin():
            yield connection


def _listen(connection: Connection, counter: Counter) -> None:
    """Counts what goes over this connection until it returns to the pool."""

    def sent(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counter.statement(statement)

    event.listen(connection, "before_cursor_execute", sent)
    event.listen(connection, "commit", lambda _: counter.add("COMMIT"))
    event.listen(connection, "rollback", lambda _: counter.add("ROLLBACK"))


@cache
def _engine() -> Engine:
    """The worker's pool. A request waits for a connection as long as it takes, as on every target."""
    chosen = database()
    engine = create_engine(
        _url(chosen),
        pool_size=settings().pool,
        max_overflow=0,
        pool_timeout=60,
        connect_args=_arguments(chosen.kind),
    )
    if chosen.kind == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _url(chosen: Database) -> URL:
    return URL.create(
        _DRIVERS[chosen.kind],
        chosen.user or None,
        chosen.password or None,
        chosen.host or None,
        chosen.port or None,
        chosen.name,
    )


def _arguments(kind: str) -> dict[str, Any]:
    if kind == "sqlite":
        return {"check_same_thread": False, "isolation_level": None}
    return {"connect_timeout": CONNECT_TIMEOUT_S, **(mysql_driver() if kind == "mysql" else {})}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
