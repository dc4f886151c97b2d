"""granian, for ASGI and WSGI apps: connections and HTTP in Rust, on a thread beside Python's.

It names itself in a `Server` header, which cannot be turned off.
"""

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers.common import CONNECTIONS, SOCKET, STOP_WITHIN_S, fronted, inner, python

KEEP_ALIVE_S = 60
"""How long it keeps an idle connection: it has no option for this, but the time that it waits for a request's
headers begins with the response before. This is the longest that it allows."""

LEAST_BACKLOG = 128
"""It does not start with a shorter queue of connections."""


def asgi(app: str, options: Options, context: LaunchContext) -> Launch:
    """granian with an ASGI app, on an event loop for each worker."""
    return _launch(app, options, context, {"--interface": "asgi", "--loop": "uvloop"}, ("--ws",))


def wsgi(app: str, options: Options, context: LaunchContext) -> Launch:
    """granian with a WSGI app, on a pool of `threads` (its "blocking threads") for each worker."""
    # It ends threads that were idle for 30 s, unless told otherwise; other servers keep theirs.
    pool = {"--blocking-threads": options.threads, "--blocking-threads-idle-timeout": 600}
    return _launch(app, options, context, {"--interface": "wsgi", **pool}, ("--no-ws",))


def _launch(
    app: str,
    options: Options,
    context: LaunchContext,
    of_the_interface: dict[str, object],
    flags: tuple[str, ...],
) -> Launch:
    host, port = inner(options, context)
    command: dict[str, object] = {
        **({"--host": host, "--port": port} if port else {"--uds": SOCKET}),
        "--workers": options.workers,
        **of_the_interface,
        "--http": "auto",  # HTTP/1.1, and HTTP/2 to clients that begin with it
        "--runtime-mode": "mt",  # what `auto` chooses for ASGI and WSGI
        "--runtime-threads": 1,
        "--task-impl": "asyncio",
        "--backlog": options.backlog,
        "--backpressure": CONNECTIONS,
        "--http1-header-read-timeout": KEEP_ALIVE_S * 1000,
        "--workers-kill-timeout": STOP_WITHIN_S,
        "--log-level": "warning",
    }
    flags += ("--http1-keep-alive", "--respawn-failed-workers", "--no-access-log", "--no-reload")
    argv = python(context, "granian", (app,), command, flags)
    return fronted(Launch(argv, env={}), options, context, keep_alive_s=KEEP_ALIVE_S)
