"""What servers cannot do with options: refused by name before anything starts. Pure."""

from collections.abc import Mapping

from targets.errors import UsageError
from targets.options import Options
from targets.servers.granian import LEAST_BACKLOG

OnlyWith = Mapping[str, tuple[str, tuple[str, ...]]]
"""`Target.only_with`."""

OF_ASGI: OnlyWith = {
    "backlog": ("server", ("uvicorn", "gunicorn", "granian", "hypercorn", "daphne")),
    "server_timeout": ("server", ("uvicorn", "gunicorn", "asgi")),
}
"""Options of an ASGI app that have an effect with some servers only."""

OF_WSGI: OnlyWith = {
    "threads": ("server", ("gthread", "uwsgi", "granian", "hypercorn")),
    "http_parser": ("server", ("gthread", "sync")),
    "server_timeout": ("server", ("gthread", "sync", "uwsgi")),
}
"""The same of a WSGI app."""


def check(target: str, options: Options) -> None:
    """Raises UsageError where these options do not go together: workers of daphne, which is a single process,
    a backlog that is too short for granian, or a pool that keeps more connections than it may have."""
    if options.server == "daphne" and options.workers > 1:
        raise UsageError(
            f"{target} cannot have {options.workers} workers with server=daphne",
            why="daphne is a single process, and has no option for more",
            hint="remove workers, or choose another server, such as server=uvicorn",
        )
    if options.pool_min > options.pool:
        raise UsageError(
            f"{target} cannot have pool_min={options.pool_min} with pool={options.pool}",
            why="a pool keeps no more connections than it may have",
            hint=f"pool_min={options.pool}, or a larger pool",
        )
    if options.server == "granian" and options.backlog < LEAST_BACKLOG:
        raise UsageError(
            f"{target} cannot have backlog={options.backlog} with server=granian",
            why=f"granian does not start with fewer than {LEAST_BACKLOG}",
            hint=f"backlog={LEAST_BACKLOG}, or another server",
        )
