"""Starts Robyn's own server: `python -P -m targets.apps.robyn_server targets.apps.robyn_app:app --host …`.

Robyn reads its other options from the command line too (`--processes`, `--workers`, `--log-level`).
"""

import argparse
import os
from importlib import import_module


def main() -> None:
    """Reads address and app, and serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="targets.apps.robyn_server")
    parser.add_argument("app", help="module:name")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments, _ = parser.parse_known_args()
    for name in [name for name in os.environ if name.startswith("ROBYN_")]:
        del os.environ[name]  # otherwise the shell's have precedence over the command line
    module, _, name = arguments.app.partition(":")
    # Its own check of the port asks for another one on the terminal, over and over where there is none.
    getattr(import_module(module), name).start(arguments.host, arguments.port, _check_port=False)


if __name__ == "__main__":
    main()
