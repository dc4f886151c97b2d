"""uWSGI, for WSGI apps."""

from pathlib import Path

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import KEEP_ALIVE_S, SOCKET, STOP_WITHIN_S, fronted, inner, python


def launch(app: str, options: Options, context: LaunchContext) -> Launch:
    """uWSGI, behind NGINX with the uwsgi protocol, or else behind its own HTTP router.

    Its workers speak HTTP too, but then each idle connection would hold a thread.
    """
    host, port = inner(options, context)
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
    argv = python(context, "targets.apps.uwsgi_server", (), command, tuple(flags))
    return fronted(Launch(argv, env={}), options, context, protocol="uwsgi")


def _longest_queue() -> int:
    """How many connections this system allows to wait on a socket."""
    try:
        return int(Path("/proc/sys/net/core/somaxconn").read_text())
    except (OSError, ValueError):
        return 128
