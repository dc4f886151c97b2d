"""Every built-in target: its app, servers, options and workloads.

This is the place to add a target. `targets.servers` starts servers, `targets.options` has the options.
"""

from dataclasses import replace

from targets import servers
from targets.errors import unknown
from targets.launch import Command, Launch, LaunchContext
from targets.options import Options
from targets.target import Start, Target, Unserved


def find(name: str) -> Target:
    """The target of that name. Raises UsageError, which suggests the nearest one."""
    try:
        return TARGETS[name]
    except KeyError:
        raise unknown("target", name, list(TARGETS), hint="`abreast targets` lists them") from None


def _asgi(app: str) -> Start:
    """Starts an ASGI app on uvicorn, or on gunicorn with Uvicorn's workers."""

    def start(options: Options, context: LaunchContext) -> Launch:
        server = servers.gunicorn if options.server == "gunicorn" else servers.uvicorn
        return server(f"targets.apps.{app}", options, context)

    return start


def _fastapi_sync(options: Options, context: LaunchContext) -> Launch:
    launch = _asgi("fastapi_sync_app:app")(options, context)
    return replace(launch, env=launch.env | {"ABREAST_THREADS": str(options.threads)})


def _django_wsgi(options: Options, context: LaunchContext) -> Launch:
    if options.server == "uwsgi":
        return servers.uwsgi("targets.apps.django_app.wsgi_bare:application", options, context)
    return servers.gunicorn("targets.apps.django_app.wsgi:application", options, context)


def _django_wsgi_via_asgi(options: Options, context: LaunchContext) -> Launch:
    return servers.uvicorn("targets.apps.django_app.wsgi:application", options, context, interface="wsgi")


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

_POOLED = frozenset({"orm_writes", "pool", "pool_min"})
"""Options of `io` where all requests share a pool of connections."""
_OF_DJANGO_ORM = frozenset({"orm_writes", "conn_max_age"})
"""Options of `io` where each thread has its own connection."""

_MODELS_OF_THREADS = ("blocking", "batched")
"""How the model's time can be spent where every request has a thread: it blocks there, or waits for a
batch."""

_ON_ASGI = ("uvicorn", "gunicorn")
"""Servers of an ASGI app; gunicorn with Uvicorn's workers."""

_UVICORN = ("uvicorn", "uvloop", "httptools", "gunicorn", "uvicorn-worker")
_FASTAPI = ("fastapi", "starlette", "pydantic", "orjson")
_DJANGO = ("Django", "asgiref", "pydantic", "orjson")

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="fastapi",
            about="FastAPI: async endpoints on one event loop per worker",
            start=_asgi("fastapi_app:app"),
            workloads=_WITH_SOCKETS,
            packages=(*_FASTAPI, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED,
            choices={"server": _ON_ASGI},
        ),
        Target(
            name="django-wsgi",
            about="Django on WSGI: sync views, with a thread or process for each request in progress",
            start=_django_wsgi,
            workloads=_WORKLOADS,
            packages=(*_DJANGO, "gunicorn"),
            options=_ALL | _OF_WORK | _OF_DJANGO_ORM | {"threads", "api", "http_parser"},
            different_defaults=Options(threads=8),
            choices={"model": _MODELS_OF_THREADS, "server": ("gthread", "sync", "uwsgi")},
            only_with={
                "threads": ("server", ("gthread", "uwsgi")),
                "http_parser": ("server", ("gthread", "sync")),
            },
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
        ),
        Target(
            name="fast-django-asgi",
            about="Django's routing and async views on ASGI, with an ORM that works without threads",
            start=_asgi("fast_django_app.asgi:application"),
            workloads=_WITH_SOCKETS,
            packages=(*_DJANGO, *_UVICORN, "websockets", "tortoise-orm"),
            options=_ALL | _OF_WORK | _POOLED,
            choices={"server": _ON_ASGI},
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
            options=_ALL | _OF_WORK | _POOLED,
            choices={"server": _ON_ASGI},
            prepares_itself=True,
        ),
    )
}
"""Every built-in target by name, in the order of the lobby; the first four are those of compose.yaml."""
