"""A server that tests start as a target: it forks workers and misbehaves on request.

Standard library only. `GET /health` answers 200, `GET /self` returns arguments and environment.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Answers for whichever worker took the connection."""

    unwell = False

    def do_GET(self) -> None:
        body = json.dumps(about_itself() if self.path == "/self" else {}).encode()
        self.send_response(503 if self.unwell else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


def about_itself() -> dict[str, object]:
    fastapi = find_spec("fastapi")
    return {
        "pid": os.getpid(),
        "cwd": str(Path.cwd()),
        "path": sys.path,
        "environment": dict(os.environ),
        "fastapi": fastapi and fastapi.origin,
        "stdin": sys.stdin.read(),
    }


def child(*, escape: bool = False, busy: bool = False, hoard_mb: int = 0) -> None:
    """Forks a child that does this until it is stopped."""
    if os.fork():
        return
    if escape:
        os.setsid()
    _hoarded = bytearray(os.urandom(1024)) * 1024 * hoard_mb
    while busy:
        continue
    while True:
        signal.pause()


def wishes() -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--escape", action="store_true")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--hoard-mb", type=int, default=0)
    parser.add_argument("--hoard-at-signal", action="store_true", help="only once it gets SIGUSR1")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--unwell", action="store_true")
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--say", nargs="*", default=[])
    parser.add_argument("--die", type=int)
    return parser.parse_args()


def main() -> None:
    asked = wishes()
    for line in asked.say:
        print(line)
    if asked.die is not None:
        sys.exit(asked.die)
    if asked.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if asked.deaf:
        signal.pause()
    Handler.unwell = asked.unwell
    serve(asked)


def serve(asked: argparse.Namespace) -> None:
    """Listens, starts the requested children and threads, and answers in all workers."""
    server = ThreadingHTTPServer((asked.host, asked.port), Handler)
    if asked.escape:
        child(escape=True)
    if asked.busy:
        child(busy=True)
    if asked.hoard_at_signal:
        signal.signal(signal.SIGUSR1, lambda *_: child(hoard_mb=asked.hoard_mb))
    elif asked.hoard_mb:
        child(hoard_mb=asked.hoard_mb)
    for _ in range(asked.threads):
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    for _ in range(asked.workers):
        if not os.fork():
            break
    server.serve_forever()


if __name__ == "__main__":
    main()
