"""Counts what the drivers under Tortoise ORM send, with what each offers for it, a connection at a time."""

from functools import partial
from typing import Any

from targets.apps.counting import Counter


def driver_errors(kind: str) -> tuple[type[BaseException], ...]:
    """What a driver raises past Tortoise."""
    match kind:
        case "mysql":
            import pymysql

            return (pymysql.Error, RuntimeError)  # RuntimeError: a transport that was closed meanwhile
        case "postgresql":
            import asyncpg

            return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
        case _:
            import sqlite3

            return (sqlite3.Error,)


async def watch(connection: Any, counter: Counter) -> None:
    """Counts the statements of a connection from here on."""
    if hasattr(connection, "set_trace_callback"):  # aiosqlite
        await connection.set_trace_callback(partial(_traced, counter))
    elif hasattr(connection, "add_query_logger"):  # asyncpg
        _loggers[id(connection)] = logger = partial(_logged, counter)
        connection.add_query_logger(logger)
    else:  # aiomysql, asyncmy: neither tells, so that the method that all statements go through is covered
        usual = connection._execute_command

        async def told(command: int, sql: Any) -> Any:
            counter.statement(sql)
            return await usual(command, sql)

        connection._execute_command = told


async def unwatch(connection: Any) -> None:
    """Counts no more."""
    if hasattr(connection, "set_trace_callback"):
        await connection.set_trace_callback(None)
    elif hasattr(connection, "add_query_logger"):
        logger = _loggers.pop(id(connection), None)
        if logger is not None and not connection.is_closed():
            connection.remove_query_logger(logger)
    else:
        vars(connection).pop("_execute_command", None)


_OWN_QUESTION = "SELECT last_insert_rowid()"
"""How aiosqlite gets to know the key of a row it inserted, where other drivers ask no table and no server."""

_loggers: dict[int, Any] = {}


def bare(connection: Any) -> Any:
    """What is behind the stand-in that asyncpg's pool hands out, which is void once it was given back."""
    return getattr(connection, "_con", None) or connection


def _traced(counter: Counter, sql: str) -> None:
    if sql != _OWN_QUESTION:
        counter.statement(sql)


def _logged(counter: Counter, query: Any) -> None:
    counter.statement(query.query)
