"""The command lines of the servers under test.

Rules:
- every option that matters is set, so that neither the shell, nor the current folder, nor a server's next
  release changes it; the runtime's sealed environment and empty folder keep out the rest;
- servers share all settings that they can: 75 s of keep-alive, no access log, no proxy headers, the same
  queue of connections, and workers that are not replaced for being busy.
"""

import os
from dataclasses import replace
from pathlib import Path

from targets import nginx
from targets.launch import Launch, LaunchContext
from targets.options import Options

KEEP_ALIVE_S = 75
"""How long a server keeps an idle connection: longer than the think time. Defaults are 2 s and 5 s."""

STOP_WITHIN_S = 3
"""How long a stopping server waits for its requests: less than the runtime waits before it kills it."""

GTHREAD_CONNECTIONS = 20_000
"""Connections of a gthread worker, idle ones included. With the default of 1000 the server would hang for the
1001st user; uvicorn has no such limit."""

SOCKET = "server.sock"
"""The UNIX socket between NGINX and its server, in the target's folder."""


def uvicorn(app: str, options: Options, context: LaunchContext, *, interface: str = "asgi3") -> Launch:
    """uvicorn without gunicorn. With the interface `wsgi` it has no lifespan."""
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
        # uvicorn puts this folder first on sys.path. The default is the current folder; this one is empty.
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
    """gunicorn with its `gthread` or `sync` workers, or with Uvicorn's workers (server `gunicorn`)."""
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
    """uWSGI, behind NGINX with the uwsgi protocol, or else behind its own HTTP router.

    Its workers speak HTTP too, but then each idle connection would hold a thread.
    """
    host, port = _inner(options, context)
    address = f"{host}:{port}" if port else SOCKET
    router: dict[str, object] = {
        "--http": address,
        "--http-timeout": options.server_timeout,
        # Without these the router sends no date, and closes the connection after an answer without a body.
        "--route-run": "addheader:Date: ${httptime[]}",
        "--response-route-status": "204 addheader:Content-Length: 0",
    }
    command: dict[str, object] = {
        "--module": app,
        **({"--socket": address} if options.front != "none" else router),
        "--workers": options.workers,
        "--threads": options.threads,
        # uWSGI does not start with a longer queue than the system allows; other servers get a shorter one.
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
        flags.append("--http-auto-chunked")  # otherwise it closes the connection after a stream
    argv = _python(context, "targets.apps.uwsgi_server", (), command, tuple(flags))
    return _fronted(Launch(argv, env={}), options, context, protocol="uwsgi")


def _inner(options: Options, context: LaunchContext) -> tuple[str, int]:
    """The address that the server itself listens on; port 0: the UNIX socket."""
    if options.front == "none":
        return context.host, context.port
    return ("", 0) if options.front == "nginx-unix" else ("127.0.0.1", context.inner_port)


def _fronted(
    launch: Launch, options: Options, context: LaunchContext, protocol: nginx.Protocol = "http"
) -> Launch:
    """The launch with NGINX in front of the server, if the options ask for it."""
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
        sidecars=(*launch.sidecars, nginx.command(context)),
        files=launch.files | {nginx.SETTINGS: nginx.settings(front)},
    )


def _longest_queue() -> int:
    """How many connections this system allows to wait on a socket."""
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
    words = (str(word) for pair in options.items() for word in pair)
    return (context.python, "-P", "-m", module, *app, *words, *flags)
