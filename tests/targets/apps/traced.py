"""Apps whose SQLite connections write down all that is sent over them, whatever counts it besides.

`traced:fastapi` and so on are what a server is told to serve; the statements are in `trace.txt` beside it.
"""

import sqlite3
from importlib import import_module
from pathlib import Path
from typing import Any

TRACE = Path("trace.txt")

APPS = {
    "fastapi": "targets.apps.fastapi_app:app",
    "fastapi_sync": "targets.apps.fastapi_sync_app:app",
    "django_wsgi": "targets.apps.django_app.wsgi:application",
    "django_asgi": "targets.apps.django_app.asgi:application",
}

_connect = sqlite3.connect


def _traced(*args: Any, **keywords: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = _connect(*args, **keywords)
    connection.set_trace_callback(_note)
    return connection


def _note(statement: str) -> None:
    with TRACE.open("a") as trace:
        trace.write(statement.split(None, 1)[0].rstrip(";") + "\n")


def __getattr__(name: str) -> Any:
    """The app of that name; from then on all connections of its process are traced."""
    if name not in APPS:
        raise AttributeError(name)
    sqlite3.connect = sqlite3.dbapi2.connect = _traced  # type: ignore[assignment]
    module, app = APPS[name].split(":")
    return getattr(import_module(module), app)
