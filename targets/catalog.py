"""Every built-in target: which app, on which server, with which options, serving which workloads.

The one place to add a target.

Rules of the commands:
- every option that matters is said, so that neither the shell nor the current folder nor a server's next
  release has a say; what cannot be said, the runtime's sealed environment and its empty folder keep out;
- what two servers can have alike, they have: 75 s of keep-alive, no access log, no proxy headers, a queue
  of 2048 connections, workers that nobody replaces for being busy.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from targets.errors import UsageError, unknown


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set on a target. Two choices of one target with other options are two targets."""

    workers: int = 1
    """Server processes."""
    threads: int = 8
    """Threads a worker, where the server has threads."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a target is started by hand: a command, its environment, and where it says it is well."""

    argv: tuple[str, ...]
    """The first word is a program; `{port}` was filled in already."""
    env: dict[str, str]
    """Beside the sealed base environment; see `targets.runtime.local`."""
    health_path: str = "/health"


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment that can be put under test."""

    name: str
    about: str
    """One line for the lobby."""
    server: Callable[[Options], str]
    """What serves, in short: `uvicorn ×1`."""
    launch: Callable[[Options, int], Launch]
    """Options and port → how to start it."""
    workloads: frozenset[str]
    """Names of the contract's workloads that it serves."""
    packages: tuple[str, ...]
    """Distributions whose versions are recorded with a session."""
    options: frozenset[str] = field(default_factory=frozenset)
    """The fields of `Options` that it takes."""


OPTION_RANGES = {"workers": range(1, 65), "threads": range(1, 513)}
"""What each option may be: a typing error must not fill the machine with processes."""

KEEP_ALIVE_S = 75
"""How long a server keeps an idle connection: longer than users think. The defaults are 2 s and 5 s."""

BACKLOG = 2048
"""Connections that wait to be accepted."""

BUSY_WORKER_S = 120
"""How long a worker may be too busy to say that it lives, before its master replaces it: at the defaults, 5 s
and 30 s, masters kill workers under the very load that is to be measured. No slow request is ended by it."""

STOP_WITHIN_S = 3
"""How long a stopping server waits for its requests: less than the runtime waits before it kills."""

GTHREAD_CONNECTIONS = 20_000
"""Connections a gthread worker holds, idle ones included. At the default of 1000 it stops accepting, and the
1001st user would find a server that hangs; uvicorn has no such limit."""


def find(name: str) -> Target:
    """The target of that name. Raises UsageError that points at the nearest one."""
    try:
        return TARGETS[name]
    except KeyError:
        raise unknown("target", name, list(TARGETS), hint="`abreast targets` lists them") from None


def parse_options(target: Target, pairs: dict[str, str]) -> Options:
    """Options of `target` from texts by name, as they stand after a target's name on the command line.

    Raises UsageError for an option that the target does not take, or a value outside `OPTION_RANGES`.
    """
    options = Options()
    for name, text in pairs.items():
        if name not in target.options:
            raise unknown(f"option of {target.name}", name, sorted(target.options))
        options = replace(options, **{name: _parse_number(name, text)})
    return options


def _parse_number(name: str, text: str) -> int:
    allowed = OPTION_RANGES[name]
    if text not in map(str, allowed):
        raise UsageError(
            f"{name} cannot be {text!r}",
            why=f"it is a whole number from {allowed[0]} to {allowed[-1]}",
            hint=f"for example {name}={min(4, allowed[-1])}",
        )
    return int(text)


def _uvicorn(app: str, options: Options, port: int) -> Launch:
    command: dict[str, object] = {
        "--host": "127.0.0.1",
        "--port": port,
        "--workers": options.workers,
        "--interface": "asgi3",
        "--loop": "uvloop",
        "--http": "httptools",
        "--ws": "none",
        "--lifespan": "on",
        "--backlog": BACKLOG,
        "--timeout-keep-alive": KEEP_ALIVE_S,
        "--timeout-graceful-shutdown": STOP_WITHIN_S,
        "--timeout-worker-healthcheck": BUSY_WORKER_S,
        "--log-level": "warning",
        # uvicorn puts this first on sys.path, and by default it is the current folder; here it holds nothing.
        "--app-dir": os.devnull,
    }
    flags = (
        "--no-access-log",
        "--no-use-colors",
        "--no-proxy-headers",
        "--no-server-header",
        "--date-header",
    )
    return Launch(_python("uvicorn", app, command, flags), env={})


def _gunicorn(app: str, options: Options, port: int) -> Launch:
    command: dict[str, object] = {
        "--bind": f"127.0.0.1:{port}",
        "--workers": options.workers,
        "--worker-class": "gthread",
        "--threads": options.threads,
        "--worker-connections": GTHREAD_CONNECTIONS,
        "--http-protocols": "h1",
        "--http-parser": "python",
        "--backlog": BACKLOG,
        "--keep-alive": KEEP_ALIVE_S,
        "--graceful-timeout": STOP_WITHIN_S,
        "--timeout": BUSY_WORKER_S,
        "--max-requests": 0,
        "--forwarded-allow-ips": "127.0.0.1",
        "--log-level": "warning",
        "--error-logfile": "-",
        "--config": "python:targets.apps.gunicorn_config",
    }
    return Launch(_python("gunicorn", app, command, ("--no-control-socket",)), env={})


def _python(module: str, app: str, options: dict[str, object], flags: tuple[str, ...]) -> tuple[str, ...]:
    """`python -P -m module app option value … flag …`; -P keeps the current folder off `sys.path`."""
    said = (str(word) for pair in options.items() for word in pair)
    return (sys.executable, "-P", "-m", module, app, *said, *flags)


_WORKLOADS = frozenset({"health", "hello", "tasks"})

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="fastapi",
            about="FastAPI on uvicorn: async endpoints on one event loop a worker",
            server=lambda options: f"uvicorn ×{options.workers}",
            launch=lambda options, port: _uvicorn("targets.apps.fastapi_app:app", options, port),
            workloads=_WORKLOADS,
            packages=("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools", "orjson"),
            options=frozenset({"workers"}),
        ),
        Target(
            name="django-wsgi",
            about="Django on gunicorn: sync views, a thread for each request in progress",
            server=lambda options: f"gthread {options.workers}×{options.threads}",
            launch=lambda options, port: _gunicorn("targets.apps.django_app.wsgi:application", options, port),
            workloads=_WORKLOADS,
            packages=("Django", "pydantic", "gunicorn", "orjson"),
            options=frozenset({"workers", "threads"}),
        ),
        Target(
            name="django-asgi",
            about="Django on uvicorn: async views on one event loop a worker",
            server=lambda options: f"uvicorn ×{options.workers}",
            launch=lambda options, port: _uvicorn("targets.apps.django_app.asgi:application", options, port),
            workloads=_WORKLOADS,
            packages=("Django", "asgiref", "pydantic", "uvicorn", "uvloop", "httptools", "orjson"),
            options=frozenset({"workers"}),
        ),
    )
}
"""Every built-in target by name, in the order of the lobby."""
