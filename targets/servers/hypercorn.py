"""hypercorn, for ASGI and WSGI apps.

Settings that have no option on its command line are in `targets.apps.hypercorn_config`. If one of its workers
is killed, it stops them all and exits.
"""

from dataclasses import replace

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import KEEP_ALIVE_S, SOCKET, STOP_WITHIN_S, fronted, inner, python


def asgi(app: str, options: Options, context: LaunchContext) -> Launch:
    """hypercorn with an ASGI app."""
    host, port = inner(options, context)
    command: dict[str, object] = {
        "--config": "python:targets.apps.hypercorn_config",
        "--bind": f"{host}:{port}" if port else f"unix:{SOCKET}",
        "--workers": options.workers,
        "--worker-class": "uvloop",
        "--backlog": options.backlog,
        "--keep-alive": KEEP_ALIVE_S,
        "--graceful-timeout": STOP_WITHIN_S,
        "--log-level": "warning",
        "--error-logfile": "-",
    }
    argv = python(context, "hypercorn", (f"asgi:{app}",), command, ())
    return fronted(Launch(argv, env={}), options, context)


def wsgi(app: str, options: Options, context: LaunchContext) -> Launch:
    """hypercorn with a WSGI app, on a pool of `threads` for each worker: `targets.apps.hypercorn_wsgi`."""
    launch = asgi("targets.apps.hypercorn_wsgi:application", options, context)
    env = {"ABREAST_WSGI_APP": app, "ABREAST_THREADS": str(options.threads)}
    return replace(launch, env=launch.env | env)
