"""Every built-in target: its app, servers, options and workloads.

This is the place to add a target. `targets.servers` starts servers, `targets.options` has the options.
"""

from dataclasses import replace

from targets import servers
from targets.errors import UsageError, unknown
from targets.launch import Command, Launch, LaunchContext
from targets.options import Options
from targets.servers import gunicorn, limits, robyn, uvicorn
from targets.target import Start, Target, Unserved


def find(name: str) -> Target:
    """The target of that name. Raises UsageError, which suggests the nearest one."""
    if name in _NOT_SERVED:
        raise UsageError(f"{name} is not among the targets", why=_NOT_SERVED[name], hint=_NOT_SERVED_HINT)
    if name in _ON_ASGI or name in _ON_WSGI:
        app = "fastapi" if name in _ON_ASGI else "django-wsgi"
        raise UsageError(
            f"{name} is not a target",
            why="it is a server, which runs the app of a target",
            hint=f"for example {app}:server={name}",
        )
    try:
        return TARGETS[name]
    except KeyError:
        raise unknown("target", name, list(TARGETS), hint="`abreast targets` lists them") from None


def _asgi(app: str) -> Start:
    """Starts an ASGI app on the server that its options name."""

    def start(options: Options, context: LaunchContext) -> Launch:
        return servers.ASGI[options.server](f"targets.apps.{app}", options, context)

    return start


def _fastapi_sync(options: Options, context: LaunchContext) -> Launch:
    launch = _asgi("fastapi_sync_app:app")(options, context)
    return replace(launch, env=launch.env | {"ABREAST_THREADS": str(options.threads)})


def _wsgi(app: str, *, bare: str = "") -> Start:
    """Starts a WSGI app; `bare` is the app for servers that would send a body after the headers of a HEAD."""

    def start(options: Options, context: LaunchContext) -> Launch:
        chosen = bare if bare and options.server == "uwsgi" else app
        return servers.WSGI[options.server](f"targets.apps.{chosen}", options, context)

    return start


def _aiohttp(options: Options, context: LaunchContext) -> Launch:
    return gunicorn.launch("targets.apps.aiohttp_app:app", options, context)


def _robyn(options: Options, context: LaunchContext) -> Launch:
    return robyn.launch("targets.apps.robyn_app:app", options, context)


def _django_wsgi_via_asgi(options: Options, context: LaunchContext) -> Launch:
    return uvicorn.launch("targets.apps.django_app.wsgi:application", options, context, interface="wsgi")


def _hybrid(options: Options, context: LaunchContext) -> Launch:
    launch = _asgi("hybrid_app.app:app")(options, context)
    admin = Command((context.python, "-P", "-m", "targets.apps.hybrid_app.prepare"))
    return replace(launch, prepare=(*launch.prepare, admin))


def _by_sync_views(options: Options) -> Unserved:
    """Over ASGI, Django reads a sync view's stream to its end before it sends anything."""
    if options.views == "async":
        return {}
    return {"tokens": "with views=sync Django sends a stream only after its last token"}


_ALL = frozenset(
    {
        "server",
        "workers",
        "backlog",
        "server_timeout",
        "front",
        "proxy_timeout",
        "cpus",
        "memory",
        "pids",
        "runtime",
        "database",
    }
)
"""Options of every target."""

_WORKLOADS = frozenset(
    {"health", "hello", "tasks", "io", "classify", "slow-model", "upstream", "tokens", "login", "mix"}
)
_WITH_SOCKETS = _WORKLOADS | {"tokens-ws"}
"""The workloads of a target on ASGI."""

_OF_WORK = frozenset({"model", "model_time", "client", "background"})
"""Options of workloads that every target serves."""

_POOLED = frozenset({"orm_writes", "pool"})
"""Options of `io` where all requests share a pool of connections."""
_POOLED_FROM = _POOLED | {"pool_min"}
"""The same where the pool keeps some open: SQLAlchemy's opens them as they are needed."""
_OF_DJANGO_ORM = frozenset({"orm_writes", "conn_max_age"})
"""Options of `io` where each thread has its own connection."""

_MODELS_OF_THREADS = ("blocking", "batched")
"""How the model's time can be spent where every request has a thread: it blocks there, or waits for a
batch."""

_ON_ASGI, _ON_WSGI = tuple(servers.ASGI), tuple(servers.WSGI)
"""Servers of an app; the first is the default."""

_OF_WSGI = frozenset({"threads", "http_parser"})
"""Options of a target on WSGI."""

_UVICORN = ("uvicorn", "uvloop", "httptools", "gunicorn", "uvicorn-worker")
_SHARED = ("pydantic", "orjson")
"""Packages of the work that all targets share."""
_FASTAPI = ("fastapi", "starlette", *_SHARED)
_DJANGO = ("Django", "asgiref", *_SHARED)

_NOT_SERVED = {
    "django-bolt": "it needs Python 3.12 or newer, and has not been checked against the contract yet",
}
"""Frameworks that people may look for here, and why they are not among the targets."""
_NOT_SERVED_HINT = "start an app of yours with `command` in a plan: docs/your-servers.md has an example"

_BEFORE_ROBYNS_HANDLERS = {
    "classify": "Robyn reads multipart bodies itself, and answers a broken one with a plain 500, or never",
    "tokens-ws": "Robyn opens every WebSocket before a handler could refuse it",
}

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="fastapi",
            about="FastAPI: async endpoints on one event loop per worker",
            start=_asgi("fastapi_app:app"),
            workloads=_WITH_SOCKETS,
            packages=(*_FASTAPI, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="django-wsgi",
            about="Django on WSGI: sync views, with a thread or process for each request in progress",
            start=_wsgi("django_app.wsgi:application", bare="django_app.wsgi_bare:application"),
            workloads=_WORKLOADS,
            packages=(*_DJANGO, "gunicorn"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM | _OF_WSGI | {"api"},
            different_defaults=Options(threads=8),
            choices={"model": _MODELS_OF_THREADS, "server": _ON_WSGI},
            only_with=limits.OF_WSGI,
        ),
        Target(
            name="django-asgi",
            about="Django on ASGI: one event loop per worker, async views (or sync ones: views=sync)",
            start=_asgi("django_app.asgi:application"),
            workloads=_WITH_SOCKETS,
            packages=(*_DJANGO, *_UVICORN, "websockets"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM | {"views"},
            different_defaults=Options(conn_max_age=0),
            unserved=_by_sync_views,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="fast-django-asgi",
            about="Django's routing and async views on ASGI, with an ORM that works without threads",
            start=_asgi("fast_django_app.asgi:application"),
            workloads=_WITH_SOCKETS,
            packages=(*_DJANGO, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="fastapi-sync",
            about="FastAPI with plain functions: a thread of the pool for each request",
            start=_fastapi_sync,
            workloads=_WITH_SOCKETS,
            packages=(*_FASTAPI, *_UVICORN, "websockets", "SQLAlchemy"),
            options=_ALL | _OF_WORK | _POOLED | {"threads"},
            different_defaults=Options(threads=40),
            choices={"model": ("thread", "batched"), "server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="django-wsgi-via-asgi",
            about="Django's sync views on uvicorn, through its WSGI interface with ten threads",
            start=_django_wsgi_via_asgi,
            workloads=_WORKLOADS,
            packages=(*_DJANGO, "uvicorn", "uvloop", "httptools"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM | {"api"},
            choices={"model": _MODELS_OF_THREADS, "server": ("uvicorn",)},
        ),
        Target(
            name="hybrid",
            about="FastAPI with Django mounted inside: FastAPI has the API, Django the admin",
            start=_hybrid,
            workloads=_WITH_SOCKETS,
            packages=(*_FASTAPI, *_DJANGO[:2], *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
            prepares_itself=True,
        ),
        Target(
            name="starlette",
            about="Starlette: async endpoints and a list of routes; FastAPI without what FastAPI adds",
            start=_asgi("starlette_app:app"),
            workloads=_WITH_SOCKETS,
            packages=("starlette", *_SHARED, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="litestar",
            about="Litestar: async route handlers, dependencies and typed bodies",
            start=_asgi("litestar_app:app"),
            workloads=_WITH_SOCKETS,
            packages=(*_SHARED, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="flask",
            about="Flask on WSGI: plain functions, with a thread or process for each request in progress",
            start=_wsgi("flask_app:app"),
            workloads=_WORKLOADS,
            packages=(*_SHARED, "gunicorn", "SQLAlchemy"),
            options=_ALL | _OF_WORK | _POOLED | _OF_WSGI,
            different_defaults=Options(threads=8),
            choices={"model": _MODELS_OF_THREADS, "server": _ON_WSGI},
            only_with=limits.OF_WSGI,
        ),
        Target(
            name="aiohttp",
            about="aiohttp: async handlers and a table of routes, on aiohttp's own HTTP server in gunicorn",
            start=_aiohttp,
            workloads=_WITH_SOCKETS,
            packages=(*_SHARED, "gunicorn", "uvloop", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED_FROM,
            choices={"server": ("aiohttp",)},
        ),
        Target(
            name="django-ninja",
            about="Django Ninja on WSGI: sync operations, with a thread or process for each request",
            start=_wsgi("ninja_app.wsgi:application", bare="ninja_app.wsgi_bare:application"),
            workloads=_WORKLOADS,
            packages=(*_DJANGO, "gunicorn"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM | _OF_WSGI,
            different_defaults=Options(threads=8),
            choices={"model": _MODELS_OF_THREADS, "server": _ON_WSGI},
            only_with=limits.OF_WSGI,
        ),
        Target(
            name="django-ninja-asgi",
            about="Django Ninja on ASGI: async operations on one event loop per worker",
            start=_asgi("ninja_app.asgi:application"),
            workloads=_WITH_SOCKETS,
            packages=(*_DJANGO, *_UVICORN, "websockets"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM,
            different_defaults=Options(conn_max_age=0),
            choices={"server": _ON_ASGI},
            only_with=limits.OF_ASGI,
        ),
        Target(
            name="robyn",
            about="Robyn: async handlers, on its own server in Rust",
            start=_robyn,
            workloads=_WORKLOADS - {"classify"},
            refuses=_BEFORE_ROBYNS_HANDLERS,
            packages=(*_SHARED, "uvloop", "tortoise-orm"),
            options=_ALL - {"backlog", "server_timeout"} | _OF_WORK | _POOLED_FROM,
            choices={"server": ("robyn",), "front": ("none", "nginx")},
        ),
    )
}
"""Every built-in target by name, in the order of the lobby."""
