"""uvicorn, for ASGI apps, and for WSGI apps through its WSGI interface."""

import os

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import KEEP_ALIVE_S, SOCKET, STOP_WITHIN_S, fronted, inner, python


def launch(app: str, options: Options, context: LaunchContext, *, interface: str = "asgi3") -> Launch:
    """uvicorn without gunicorn. With the interface `wsgi` it has no lifespan."""
    host, port = inner(options, context)
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
    return fronted(Launch(python(context, "uvicorn", (app,), command, flags), env={}), options, context)
