"""Which layer of a web application a function belongs to, by the file it is in. Pure.

Rules of this file:
- to teach it another package, add a line to `BY_PATH`: the longest path that matches decides;
- a path is as it is imported (`django/db`), and matches whole names only;
- what is in no line is a library; a target's own code is its view;
- functions in `WAITING` do nothing but wait: between py-spy's look at who holds the interpreter lock and at
  the stack, a thread may have gone to wait.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

from engine.metrics.profiles import Frame

Layer = Literal[
    "server",
    "framework",
    "validation and JSON",
    "ORM",
    "driver",
    "view",
    "library",
    "standard library",
]
LAYERS: tuple[Layer, ...] = get_args(Layer)
"""From the socket inwards, as they are listed."""

OWN_CODE = ""
STANDARD_LIBRARY = "python"
"""Packages as frames name them."""

BY_PATH: Mapping[str, Layer] = {
    # servers, and what runs their event loop and threads
    "aiohttp/_http_parser.pyx": "server",
    "aiohttp/_http_writer.pyx": "server",
    "aiohttp/http_writer.py": "server",
    "aiohttp/streams.py": "server",
    "aiohttp/web_protocol.py": "server",
    "aiohttp/web_runner.py": "server",
    "aiohttp/worker.py": "server",
    "anyio": "server",
    "autobahn": "server",
    "bjoern": "server",
    "cheroot": "server",
    "daphne": "server",
    "gevent": "server",
    "granian": "server",
    "gunicorn": "server",
    "h11": "server",
    "h2": "server",
    "httptools": "server",
    "hypercorn": "server",
    "targets/apps/aiohttp_worker.py": "server",
    "targets/apps/daphne_extras.py": "server",
    "targets/apps/daphne_server.py": "server",
    "targets/apps/hypercorn_config.py": "server",
    "targets/apps/hypercorn_wsgi.py": "server",
    "robyn/processpool.py": "server",
    "targets/apps/robyn_server.py": "server",
    "targets/apps/supervisor.py": "server",
    "targets/apps/uvicorn_worker.py": "server",
    "targets/apps/uwsgi_server.py": "server",
    "tornado": "server",
    "twisted": "server",
    "uvicorn": "server",
    "uvicorn_worker": "server",
    "uvloop": "server",
    "uwsgi": "server",
    "waitress": "server",
    "websockets": "server",
    "werkzeug/serving.py": "server",
    "wsproto": "server",
    # the event loop and the threads of the standard library
    "asyncio": "server",
    "concurrent/futures": "server",
    "selectors.py": "server",
    "socketserver.py": "server",
    "http/server.py": "server",
    "wsgiref": "server",
    # frameworks
    "a2wsgi": "framework",
    "aiohttp": "framework",
    "asgiref": "framework",
    "blacksheep": "framework",
    "bottle.py": "framework",
    "django": "framework",
    "falcon": "framework",
    "fastapi": "framework",
    "flask": "framework",
    "jinja2": "framework",
    "litestar": "framework",
    "markupsafe": "framework",
    "multipart": "framework",
    "ninja": "framework",
    "python_multipart": "framework",
    "quart": "framework",
    "rest_framework": "framework",
    "robyn": "framework",
    "sanic": "framework",
    "starlette": "framework",
    "werkzeug": "framework",
    # validation and JSON
    "annotated_types": "validation and JSON",
    "attr": "validation and JSON",
    "attrs": "validation and JSON",
    "cattrs": "validation and JSON",
    "django/core/serializers": "validation and JSON",
    "django/core/validators.py": "validation and JSON",
    "django/forms": "validation and JSON",
    "fastapi/_compat": "validation and JSON",
    "fastapi/_compat.py": "validation and JSON",
    "fastapi/encoders.py": "validation and JSON",
    "json": "validation and JSON",
    "marshmallow": "validation and JSON",
    "msgspec": "validation and JSON",
    "orjson": "validation and JSON",
    "pydantic": "validation and JSON",
    "pydantic_core": "validation and JSON",
    "rest_framework/fields.py": "validation and JSON",
    "rest_framework/parsers.py": "validation and JSON",
    "rest_framework/renderers.py": "validation and JSON",
    "rest_framework/serializers.py": "validation and JSON",
    "rest_framework/utils/encoders.py": "validation and JSON",
    "rest_framework/validators.py": "validation and JSON",
    "simplejson": "validation and JSON",
    "ujson": "validation and JSON",
    # object-relational mappers and query builders
    "django/db": "ORM",
    "peewee.py": "ORM",
    "piccolo": "ORM",
    "pony": "ORM",
    "pypika_tortoise": "ORM",
    "sqlalchemy": "ORM",
    "sqlmodel": "ORM",
    "tortoise": "ORM",
    # drivers of databases and caches
    "MySQLdb": "driver",
    "aiomysql": "driver",
    "aiosqlite": "driver",
    "asyncmy": "driver",
    "asyncpg": "driver",
    "django/db/backends": "driver",
    "mysql": "driver",
    "psycopg": "driver",
    "psycopg2": "driver",
    "psycopg_pool": "driver",
    "pymongo": "driver",
    "pymysql": "driver",
    "redis": "driver",
    "sqlalchemy/dialects": "driver",
    "sqlite3": "driver",
    "tortoise/backends": "driver",
}
"""Path of a package, module or folder → its layer."""

WAITING: frozenset[tuple[str, str]] = frozenset(
    {
        ("concurrent/futures/thread.py", "_worker"),
        ("gunicorn/arbiter.py", "sleep"),
        ("gunicorn/arbiter.py", "wait_for_signals"),
        ("gunicorn/workers/sync.py", "accept"),
        ("gunicorn/workers/sync.py", "wait"),
        ("queue.py", "get"),
        ("selectors.py", "select"),
        ("socket.py", "accept"),
        ("threading.py", "_wait_for_tstate_lock"),
        ("threading.py", "wait"),
    }
)
"""File and function (without its class) in which a thread waits for work."""


def layer_of(frame: Frame) -> Layer:
    """The layer of a function."""
    return _layer(frame.file, frame.package)


@cache
def _layer(file: str, package: str) -> Layer:
    parts = file.split("/")
    for end in range(len(parts), 0, -1):
        found = BY_PATH.get("/".join(parts[:end]))
        if found is not None and (package != OWN_CODE or parts[0] == "targets"):
            return found  # a target's own file `json/api.py` is no parser of JSON
    if package == OWN_CODE:
        return "view"
    return "standard library" if package == STANDARD_LIBRARY else "library"


def is_waiting(frame: Frame) -> bool:
    """Whether a thread that is in this function waits for work."""
    return frame.package != OWN_CODE and (frame.file, frame.function.rpartition(".")[2]) in WAITING
