"""The command lines of the servers under test.

Rules:
- every option that matters is said, so that neither the shell nor the current folder nor a server's next
  release has a say; what cannot be said, the runtime's sealed environment and its empty folder keep out;
- what two servers can have alike, they have: 75 s of keep-alive, no access log, no proxy headers, the same
  queue of connections, workers that nobody replaces for being busy.
"""

import os

from targets.options import Options
from targets.site import Launch, Site

KEEP_ALIVE_S = 75
"""How long a server keeps an idle connection: longer than users think. The defaults are 2 s and 5 s."""

STOP_WITHIN_S = 3
"""How long a stopping server waits for its requests: less than the runtime waits before it kills."""

GTHREAD_CONNECTIONS = 20_000
"""Connections a gthread worker holds, idle ones included. At the default of 1000 it stops accepting, and the
1001st user would find a server that hangs; uvicorn has no such limit."""


def uvicorn(app: str, options: Options, site: Site, *, interface: str = "asgi3") -> Launch:
    """uvicorn by itself. Over `wsgi` it has no lifespan."""
    command: dict[str, object] = {
        "--host": site.host,
        "--port": site.port,
        "--workers": options.workers,
        "--interface": interface,
        "--loop": "uvloop",
        "--http": "httptools",
        "--ws": "none",
        "--lifespan": "off" if interface == "wsgi" else "on",
        "--backlog": options.backlog,
        "--timeout-keep-alive": KEEP_ALIVE_S,
        "--timeout-graceful-shutdown": STOP_WITHIN_S,
        "--timeout-worker-healthcheck": options.server_timeout,
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
    return Launch(_python(site, "uvicorn", app, command, flags), env={})


def gunicorn(app: str, options: Options, site: Site) -> Launch:
    """gunicorn with its `gthread` or `sync` workers, or, as server `gunicorn`, with Uvicorn's."""
    of_the_worker: dict[str, dict[str, object]] = {
        "gthread": {
            "--worker-class": "gthread",
            "--threads": options.threads,
            "--worker-connections": GTHREAD_CONNECTIONS,
        },
        "sync": {"--worker-class": "sync", "--threads": 1},
        "gunicorn": {"--worker-class": "targets.apps.uvicorn_worker.Worker"},
    }
    command: dict[str, object] = {
        "--bind": f"{site.host}:{site.port}",
        "--workers": options.workers,
        **of_the_worker[options.server],
        "--http-protocols": "h1",
        "--http-parser": "python",
        "--backlog": options.backlog,
        "--keep-alive": KEEP_ALIVE_S,
        "--graceful-timeout": STOP_WITHIN_S,
        "--timeout": options.server_timeout,
        "--max-requests": 0,
        "--forwarded-allow-ips": "127.0.0.1",
        "--log-level": "warning",
        "--error-logfile": "-",
        "--config": "python:targets.apps.gunicorn_config",
    }
    return Launch(_python(site, "gunicorn", app, command, ("--no-control-socket",)), env={})


def _python(
    site: Site, module: str, app: str, options: dict[str, object], flags: tuple[str, ...]
) -> tuple[str, ...]:
    """`python -P -m module app option value … flag …`; -P keeps the current folder off `sys.path`."""
    said = (str(word) for pair in options.items() for word in pair)
    return (site.python, "-P", "-m", module, app, *said, *flags)
