"""gunicorn: for WSGI apps with its `gthread` or `sync` workers; for ASGI apps with its `asgi` workers, or
with those of Uvicorn (server `gunicorn`); for aiohttp's apps with those of aiohttp."""

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import CONNECTIONS, KEEP_ALIVE_S, SOCKET, STOP_WITHIN_S, fronted, inner, python


def launch(app: str, options: Options, context: LaunchContext) -> Launch:
    """gunicorn with the workers that the option `server` names.

    Its `asgi` workers listen again on the master's socket, with a queue of 100, whatever `--backlog` says.
    """
    host, port = inner(options, context)
    of_the_worker: dict[str, dict[str, object]] = {
        "gthread": {
            "--worker-class": "gthread",
            "--threads": options.threads,
            "--worker-connections": CONNECTIONS,
            "--http-parser": options.http_parser,
        },
        "sync": {"--worker-class": "sync", "--threads": 1, "--http-parser": options.http_parser},
        "asgi": {
            "--worker-class": "asgi",
            "--asgi-loop": "uvloop",
            "--asgi-lifespan": "on",
            "--worker-connections": CONNECTIONS,
            "--http-parser": "auto",
        },
        "gunicorn": {"--worker-class": "targets.apps.uvicorn_worker.Worker"},
        "aiohttp": {"--worker-class": "targets.apps.aiohttp_worker.Worker"},
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
    argv = python(context, "gunicorn", (app,), command, ("--no-control-socket",))
    return fronted(Launch(argv, env={}), options, context)
