"""What the command lines of all servers share: times, addresses, Python, and NGINX in front."""

from dataclasses import replace

from targets import nginx
from targets.launch import Launch, LaunchContext
from targets.options import Options

KEEP_ALIVE_S = 75
"""How long a server keeps an idle connection, if it has an option for it: longer than the think time.
Defaults are from 2 s to 5 s."""

STOP_WITHIN_S = 3
"""How long a stopping server waits for its requests: less than the runtime waits before it kills it."""

CONNECTIONS = 20_000
"""Connections of a worker, idle ones included, where a server limits them. With the default of 1000 (gthread)
or 2048 (granian) it would hang for the next user; uvicorn has no such limit."""

SOCKET = "server.sock"
"""The UNIX socket between NGINX and its server, in the target's folder."""


def inner(options: Options, context: LaunchContext) -> tuple[str, int]:
    """The address that the server itself listens on; port 0: the UNIX socket."""
    if options.front == "none":
        return context.host, context.port
    return ("", 0) if options.front == "nginx-unix" else ("127.0.0.1", context.inner_port)


def fronted(
    launch: Launch,
    options: Options,
    context: LaunchContext,
    *,
    protocol: nginx.Protocol = "http",
    keep_alive_s: int = KEEP_ALIVE_S,
) -> Launch:
    """The launch with NGINX in front of the server, if the options ask for it; the server keeps idle
    connections for `keep_alive_s`."""
    if options.front == "none":
        return launch
    host, port = inner(options, context)
    front = nginx.Front(
        listen=f"{context.host}:{context.port}",
        server=f"{host}:{port}" if port else f"unix:{SOCKET}",
        protocol=protocol,
        timeout_s=options.proxy_timeout,
        backlog=options.backlog,
        keep_alive_s=KEEP_ALIVE_S,
        server_keep_alive_s=keep_alive_s,
        http2=nginx.WHEEL in context.nginx,
    )
    return replace(
        launch,
        sidecars=(*launch.sidecars, nginx.command(context)),
        files=launch.files | {nginx.SETTINGS: nginx.settings(front)},
    )


def python(
    context: LaunchContext,
    module: str,
    app: tuple[str, ...],
    options: dict[str, object],
    flags: tuple[str, ...],
) -> tuple[str, ...]:
    """`python -P -m module app option value … flag …`; -P keeps the current folder off `sys.path`."""
    words = (str(word) for pair in options.items() for word in pair)
    return (context.python, "-P", "-m", module, *app, *words, *flags)
