"""The servers under test: how each is started.

Rules:
- every option that matters is set, so that neither the shell, nor the current folder, nor a server's next
  release changes it; the runtime's sealed environment and empty folder keep out the rest;
- servers share all settings that they can: 75 s of keep-alive, no access log, no proxy headers, the same
  queue of connections, and workers that are not replaced for being busy;
- what a server cannot do is refused by name: `targets.servers.limits`.

A module per server; the value of the option `server` chooses the function that starts it.
"""

from collections.abc import Callable, Mapping

from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.servers import daphne, granian, gunicorn, hypercorn, uvicorn, uwsgi

Server = Callable[[str, Options, LaunchContext], Launch]
"""How to start an app (`module:name`) with these options in this context."""

ASGI: Mapping[str, Server] = {
    "uvicorn": uvicorn.launch,
    "gunicorn": gunicorn.launch,
    "asgi": gunicorn.launch,
    "granian": granian.asgi,
    "hypercorn": hypercorn.asgi,
    "daphne": daphne.launch,
}
"""Option `server` of an ASGI app → how it is started; the first is the default."""

WSGI: Mapping[str, Server] = {
    "gthread": gunicorn.launch,
    "sync": gunicorn.launch,
    "uwsgi": uwsgi.launch,
    "granian": granian.wsgi,
    "hypercorn": hypercorn.wsgi,
}
"""The same for a WSGI app."""
