"""Counts what the drivers under Tortoise ORM send, with the hooks that each has, connection by connection."""

from functools import partial
from importlib.util import find_spec
from typing import Any

from targets.apps.counting import Counter


def driver_errors(kind: str) -> tuple[type[BaseException], ...]:
    """Exceptions of drivers that Tortoise does not wrap."""
    match kind:
        case "mysql":
            import pymysql

            # RuntimeError: a transport that has been closed
            return (pymysql.Error, RuntimeError, *_errors_of_asyncmy())
        case "postgresql":
            import asyncpg

            return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
        case _:
            import sqlite3

            return (sqlite3.Error,)


def _errors_of_asyncmy() -> tuple[type[BaseException], ...]:
    """Those of asyncmy, which Tortoise uses where it is installed."""
    if find_spec("asyncmy") is None:
        return ()
    from asyncmy.errors import MySQLError

    return (MySQLError,)


async def watch(connection: Any, counter: Counter) -> None:
    """Starts to count the statements of a connection."""
    if hasattr(connection, "set_trace_callback"):  # aiosqlite
        await connection.set_trace_callback(partial(_traced, counter))
    elif hasattr(connection, "add_query_logger"):  # asyncpg
        _loggers[id(connection)] = logger = partial(_logged, counter)
        connection.add_query_logger(logger)
    else:  # aiomysql, asyncmy: neither tells, so that the method that all statements go through is covered
        usual = connection._execute_command

        async def recorded(command: int, sql: Any) -> Any:
            counter.statement(sql)
            return await usual(command, sql)

        connection._execute_command = recorded


async def unwatch(connection: Any) -> None:
    """Stops counting."""
    if hasattr(connection, "set_trace_callback"):
        await connection.set_trace_callback(None)
    elif hasattr(connection, "add_query_logger"):
        logger = _loggers.pop(id(connection), None)
        if logger is not None and not connection.is_closed():
            connection.remove_query_logger(logger)
    else:
        vars(connection).pop("_execute_command", None)


_OWN_QUESTION = "SELECT last_insert_rowid()"
"""How aiosqlite reads the key of an inserted row, for which other drivers send no statement."""

_loggers: dict[int, Any] = {}


def bare(connection: Any) -> Any:
    """The connection behind the proxy of asyncpg's pool, which is void once it was returned."""
    return getattr(connection, "_con", None) or connection


def _traced(counter: Counter, sql: str) -> None:
    if sql != _OWN_QUESTION:
        counter.statement(sql)


def _logged(counter: Counter, query: Any) -> None:
    counter.statement(query.query)
