"""The command lines of the servers under test.

Rules:
- every option that matters is said, so that neither the shell nor the current folder nor a server's next
  release has a say; what cannot be said, the runtime's sealed environment and its empty folder keep out;
- what two servers can have alike, they have: 75 s of keep-alive, no access log, no proxy headers, the same
  queue of connections, workers that nobody replaces for being busy.
"""

import os
from dataclasses import replace
from pathlib import Path

from targets import nginx
from targets.launch import Launch, LaunchContext
from targets.options import Options

KEEP_ALIVE_S = 75
"""How long a server keeps an idle connection: longer than users think. The defaults are 2 s and 5 s."""

STOP_WITHIN_S = 3
"""How long a stopping server waits for its requests: less than the runtime waits before it kills."""

GTHREAD_CONNECTIONS = 20_000
"""Connections a gthread worker holds, idle ones included. At the default of 1000 it stops accepting, and the
1001st user would find a server that hangs; uvicorn has no such limit."""

SOCKET = "server.sock"
"""The UNIX socket between NGINX and its server, in the target's folder."""


def uvicorn(app: str, options: Options, context: LaunchContext, *, interface: str = "asgi3") -> Launch:
    """uvicorn by itself. Over `wsgi` it has no lifespan."""
    host, port = _inner(options, context)
    command: dict[str, object] = {
        **({"--host": host, "--port": port} if port else {"--uds": SOCKET}),
        "--workers": options.workers,
        "--interface": interface,
        "--loop": "uvloop",
        "--http": "httptools",
        "--ws": "websockets-sansio",
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
    return _fronted(Launch(_python(context, "uvicorn", (app,), command, flags), env={}), options, context)


def gunicorn(app: str, options: Options, context: LaunchContext) -> Launch:
    """gunicorn with its `gthread` or `sync` workers, or, as server `gunicorn`, with Uvicorn's."""
    host, port = _inner(options, context)
    of_the_worker: dict[str, dict[str, object]] = {
        "gthread": {
            "--worker-class": "gthread",
            "--threads": options.threads,
            "--worker-connections": GTHREAD_CONNECTIONS,
            "--http-parser": options.http_parser,
        },
        "sync": {"--worker-class": "sync", "--threads": 1, "--http-parser": options.http_parser},
        "gunicorn": {"--worker-class": "targets.apps.uvicorn_worker.Worker"},
    }
    command: dict[str, object] = {
        "--bind": f"{host}:{port}" if port else f"unix:{SOCKET}",
        "--workers": options.workers,
        **of_the_worker[options.server],
        "--http-protocols": "h1",
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
    argv = _python(context, "gunicorn", (app,), command, ("--no-control-socket",))
    return _fronted(Launch(argv, env={}), options, context)


def uwsgi(app: str, options: Options, context: LaunchContext) -> Launch:
    """uWSGI, which NGINX speaks to in its own protocol; by itself with its HTTP router before it.

    Its workers speak HTTP too, but there each idle connection would hold a thread.
    """
    host, port = _inner(options, context)
    address = f"{host}:{port}" if port else SOCKET
    router: dict[str, object] = {
        "--http": address,
        "--http-timeout": options.server_timeout,
        # Without these the router says no date, and closes the connection after an answer without a body.
        "--route-run": "addheader:Date: ${httptime[]}",
        "--response-route-status": "204 addheader:Content-Length: 0",
    }
    command: dict[str, object] = {
        "--module": app,
        **({"--socket": address} if options.front != "none" else router),
        "--workers": options.workers,
        "--threads": options.threads,
        # It does not start with a longer queue than the system has; to the others the system gives less.
        "--listen": min(options.backlog, _longest_queue()),
        "--harakiri": options.server_timeout,
        "--reload-mercy": STOP_WITHIN_S,
        "--worker-reload-mercy": STOP_WITHIN_S,
        "--buffer-size": 32_768,
    }
    flags = ["--master", "--single-interpreter", "--lazy-apps", "--need-app", "--die-on-term"]
    flags.append("--disable-logging")
    if options.front == "none":
        flags.append(f"--http-keepalive={KEEP_ALIVE_S}")
        flags.append("--http-auto-chunked")  # else it closes the connection after a stream
    argv = _python(context, "targets.apps.uwsgi_server", (), command, tuple(flags))
    return _fronted(Launch(argv, env={}), options, context, protocol="uwsgi")


def _inner(options: Options, context: LaunchContext) -> tuple[str, int]:
    """Where the server itself listens; port 0 for the UNIX socket."""
    if options.front == "none":
        return context.host, context.port
    return ("", 0) if options.front == "nginx-unix" else ("127.0.0.1", context.inner_port)


def _fronted(
    launch: Launch, options: Options, context: LaunchContext, protocol: nginx.Protocol = "http"
) -> Launch:
    """The launch with NGINX beside it, where the options ask for that."""
    if options.front == "none":
        return launch
    host, port = _inner(options, context)
    front = nginx.Front(
        listen=f"{context.host}:{context.port}",
        server=f"{host}:{port}" if port else f"unix:{SOCKET}",
        protocol=protocol,
        timeout_s=options.proxy_timeout,
        backlog=options.backlog,
        keep_alive_s=KEEP_ALIVE_S,
    )
    return replace(
        launch,
        beside=(*launch.beside, nginx.command(context)),
        files=launch.files | {nginx.SETTINGS: nginx.settings(front)},
    )


def _longest_queue() -> int:
    """The most connections that this system lets wait on a socket."""
    try:
        return int(Path("/proc/sys/net/core/somaxconn").read_text())
    except (OSError, ValueError):
        return 128


def _python(
    context: LaunchContext,
    module: str,
    app: tuple[str, ...],
    options: dict[str, object],
    flags: tuple[str, ...],
) -> tuple[str, ...]:
    """`python -P -m module app option value … flag …`; -P keeps the current folder off `sys.path`."""
    said = (str(word) for pair in options.items() for word in pair)
    return (context.python, "-P", "-m", module, *app, *said, *flags)
