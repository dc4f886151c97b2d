"""Robyn's own server, for a Robyn app: HTTP on a thread in Rust, handlers on an event loop.

`targets.apps.robyn_server` starts it. It has no options for keep-alive, which never ends, and for the queue,
in which 16,384 connections may wait.
"""

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import fronted, inner, python


def launch(app: str, options: Options, context: LaunchContext) -> Launch:
    """Robyn. When it stops, it does not wait for open requests."""
    host, port = inner(options, context)
    command: dict[str, object] = {
        "--host": host,
        "--port": port,
        "--processes": options.workers,
        "--workers": 1,  # threads for HTTP in each process
        "--log-level": "WARN",
    }
    return fronted(
        Launch(python(context, "targets.apps.robyn_server", (app,), command, ()), env={}), options, context
    )
