"""daphne, for ASGI apps: a single process, on Twisted. `targets.apps.daphne_server` adds what it lacks."""

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import SOCKET, fronted, inner, python

KEEP_ALIVE_S = 60
"""How long it keeps an idle connection: Twisted's time, for which daphne has no option."""


def launch(app: str, options: Options, context: LaunchContext) -> Launch:
    """daphne. When it stops, it does not wait for open requests."""
    host, port = inner(options, context)
    address = f"tcp:{port}:interface={host}" if port else f"unix:{SOCKET}"
    command: dict[str, object] = {
        "--endpoint": f"{address}:backlog={options.backlog}",
        "--verbosity": 0,  # without an access log
    }
    argv = python(context, "targets.apps.daphne_server", (app,), command, ("--no-server-name",))
    return fronted(Launch(argv, env={}), options, context, keep_alive_s=KEEP_ALIVE_S)
