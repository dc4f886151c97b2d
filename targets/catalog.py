"""Every built-in target: which app, on which server, with which options, serving which workloads.

The one place to add a target. How servers are started stands in `targets.servers`, what can be set on a
target in `targets.options`.
"""

from targets import servers
from targets.errors import unknown
from targets.options import Options
from targets.site import Launch, Site
from targets.target import Target


def find(name: str) -> Target:
    """The target of that name. Raises UsageError that points at the nearest one."""
    try:
        return TARGETS[name]
    except KeyError:
        raise unknown("target", name, list(TARGETS), hint="`abreast targets` lists them") from None


def _fastapi(options: Options, site: Site) -> Launch:
    return servers.uvicorn("targets.apps.fastapi_app:app", options, site)


def _django_wsgi(options: Options, site: Site) -> Launch:
    return servers.gunicorn("targets.apps.django_app.wsgi:application", options, site)


def _django_asgi(options: Options, site: Site) -> Launch:
    return servers.uvicorn("targets.apps.django_app.asgi:application", options, site)


_ALL = frozenset({"server", "workers", "backlog", "server_timeout"})
"""Options of every target."""

_WORKLOADS = frozenset({"health", "hello", "tasks"})

_UVICORN = ("uvicorn", "uvloop", "httptools")

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="fastapi",
            about="FastAPI on uvicorn: async endpoints on one event loop a worker",
            start=_fastapi,
            workloads=_WORKLOADS,
            packages=("fastapi", "starlette", "pydantic", *_UVICORN, "orjson"),
            options=_ALL,
            choices={"server": ("uvicorn",)},
        ),
        Target(
            name="django-wsgi",
            about="Django on gunicorn: sync views, a thread for each request in progress",
            start=_django_wsgi,
            workloads=_WORKLOADS,
            packages=("Django", "pydantic", "gunicorn", "orjson"),
            options=_ALL | {"threads"},
            usual=Options(threads=8),
            choices={"server": ("gthread", "sync")},
            only_with={"threads": ("server", ("gthread",))},
        ),
        Target(
            name="django-asgi",
            about="Django on uvicorn: async views on one event loop a worker",
            start=_django_asgi,
            workloads=_WORKLOADS,
            packages=("Django", "asgiref", "pydantic", *_UVICORN, "orjson"),
            options=_ALL,
            choices={"server": ("uvicorn",)},
        ),
    )
}
"""Every built-in target by name, in the order of the lobby."""
