"""The rows of `io` through Tortoise ORM and async drivers.

Tortoise maps the table that Django's migrations created, and creates none.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import Tortoise, fields
from tortoise.backends.base.client import TransactionContext
from tortoise.exceptions import BaseORMException
from tortoise.models import Model
from tortoise.transactions import in_transaction

from targets.apps import counting, io_files, io_work
from targets.apps.counting import Counter
from targets.apps.io_work import Done
from targets.apps.records import tortoise_watch
from targets.apps.records.connection import CONNECT_TIMEOUT_S, SQLITE_PRAGMAS, database
from targets.apps.records.table import CHANGED, NAME_LENGTH, TABLE, names
from targets.apps.settings import settings
from targets.apps.work import Answer
from targets.contract.rows import ROWS, ROWS_A_BATCH, ROWS_CHANGED
from targets.database import Database


class Record(Model):
    """One row."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=NAME_LENGTH)
    value = fields.IntField()

    class Meta:
        """Its table has the same name for every ORM."""

        table = TABLE


_DOWN: tuple[type[BaseException], ...] = (
    BaseORMException,
    OSError,
    EOFError,
    TimeoutError,
    *tortoise_watch.driver_errors(database().kind),
)


async def io(*, is_counted: bool) -> Answer:
    """All of `io`."""
    with counting.counted(wanted=is_counted) as counter:
        items = await asyncio.to_thread(io_files.write_and_read)
        try:
            await _opened()
            done = await (_bulk(counter) if settings().orm_writes == "bulk" else _rows(counter))
        except _DOWN as error:
            return io_work.unavailable(error)
        return io_work.answer(items, done, counter)


async def _rows(counter: Counter | None) -> Done:
    records = await _created(counter)
    for record in records[:ROWS_CHANGED]:
        async with _transaction(counter) as connection:
            record.value = CHANGED
            await record.save(using_db=connection)
    async with _transaction(counter) as connection:
        for record in records:
            await record.delete(using_db=connection)
    return Done(len(records), ROWS_CHANGED, len(records))


async def _bulk(counter: Counter | None) -> Done:
    ids = [record.id for record in await _created(counter)]
    async with _transaction(counter) as connection:
        chosen = Record.filter(id__in=ids[:ROWS_CHANGED]).using_db(connection)
        updated = await chosen.update(value=CHANGED)
    async with _transaction(counter) as connection:
        deleted = await Record.filter(id__in=ids).using_db(connection).delete()
    return Done(len(ids), updated, deleted)


async def _created(counter: Counter | None) -> list[Record]:
    records: list[Record] = []
    for first in range(0, ROWS, ROWS_A_BATCH):
        async with _transaction(counter) as connection:
            for name, value in names(first, ROWS_A_BATCH):
                records.append(await Record.create(using_db=connection, name=name, value=value))
    return records


# ---------------------------------------------------------------- transactions


@asynccontextmanager
async def _transaction(counter: Counter | None) -> AsyncIterator[Any]:
    context = in_transaction()
    client = await _entered(context)
    raw = tortoise_watch.bare(client._connection)
    if counter is not None:
        await tortoise_watch.watch(raw, counter)
    try:
        yield client
    except BaseException as error:
        await context.__aexit__(type(error), error, error.__traceback__)
        raise
    else:
        await context.__aexit__(None, None, None)
    finally:
        if counter is not None:
            await tortoise_watch.unwatch(raw)


async def _entered(context: TransactionContext) -> Any:
    """Enters a transaction. If its BEGIN fails, as on a broken connection, Tortoise keeps the connection: it
    is returned here, since a pool that never gets its connections back does not recover."""
    try:
        return await context.__aenter__()
    except BaseException:
        client: Any = getattr(context, "client", None)
        lock: asyncio.Lock | None = getattr(context, "_trxlock", None)
        if client is not None and client._connection is not None and client._parent._pool is not None:
            await client._parent._pool.release(client._connection)
        if lock is not None and lock.locked():
            lock.release()
        raise


# ---------------------------------------------------------------- connections

_opening = asyncio.Lock()
_is_open = False


async def _opened() -> None:
    """Registers the models with Tortoise, which connects with the first query."""
    global _is_open
    if _is_open:
        return
    async with _opening:
        if not _is_open:
            await Tortoise.init(config=_config(database()), _enable_global_fallback=True)
            _is_open = True


async def close() -> None:
    """Closes all connections; a driver's thread would keep the process from exiting."""
    global _is_open
    if _is_open:
        _is_open = False
        await Tortoise.close_connections()


def _config(chosen: Database) -> dict[str, Any]:
    return {
        "connections": {"default": _connection(chosen)},
        "apps": {"records": {"models": [__name__], "default_connection": "default"}},
        "use_tz": False,
    }


def _connection(chosen: Database) -> dict[str, Any]:
    own: dict[str, Any] = {}
    if chosen.kind == "sqlite":
        return {
            "engine": "tortoise.backends.sqlite",
            "credentials": {"file_path": chosen.name, **SQLITE_PRAGMAS},
        }
    if chosen.kind == "postgresql":
        own["connection_class"] = _quiet_connection()
    engines = {"mysql": "tortoise.backends.mysql", "postgresql": "tortoise.backends.asyncpg"}
    timeout = {"mysql": "connect_timeout", "postgresql": "timeout"}
    return {
        "engine": engines[chosen.kind],
        "credentials": {
            "host": chosen.host,
            "port": chosen.port,
            "user": chosen.user,
            "password": chosen.password,
            "database": chosen.name,
            "minsize": min(settings().pool_min, settings().pool),
            "maxsize": settings().pool,
            timeout[chosen.kind]: CONNECT_TIMEOUT_S,
            **own,
        },
    }


def _quiet_connection() -> type:
    """Connections that the pool does not reset with four statements after each transaction: nothing here
    changes a session, and no other target sends such statements."""
    from asyncpg.connection import Connection

    # Its pool would log a traceback at each attempt while the server is down; `io` logs one line.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)

    class Quiet(Connection):
        def get_reset_query(self) -> str:
            return ""

    return Quiet
