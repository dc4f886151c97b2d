"""Starts daphne with `daphne_extras`: `python -P -m targets.apps.daphne_server APP --endpoint …`."""

import sys

from daphne.cli import CommandLineInterface
from daphne.server import Server, twisted_loop

from targets.apps.asgi_wrapper import App
from targets.apps.daphne_extras import Dated, Lifespan, WithSocketErrors

NOT_STARTED = 3
"""The exit code if the app does not start."""


class LifespanServer(Server):
    """daphne's server; the app starts before its first connection, and ends after its last."""

    def run(self) -> None:
        """Serves until a signal."""
        lifespan = Lifespan(self.application)
        if trouble := twisted_loop.run_until_complete(lifespan.start()):
            print(trouble, file=sys.stderr)
            sys.exit(NOT_STARTED)
        super().run()
        if trouble := twisted_loop.run_until_complete(lifespan.end()):
            print(trouble, file=sys.stderr)


class Program(CommandLineInterface):
    """daphne's command line, with this server."""

    server_class = LifespanServer

    def load_asgi_app(self, asgi_app_path: str) -> App:
        """The app, with what it gets from other servers."""
        return WithSocketErrors(Dated(super().load_asgi_app(asgi_app_path)))


if __name__ == "__main__":
    Program().run(sys.argv[1:])
