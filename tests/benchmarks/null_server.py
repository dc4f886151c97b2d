"""An NGINX that answers from memory: it costs so little that the generator is what is measured."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targets.errors import TargetError
from tests.engine.third_party.programs import http2_settings

READY_WITHIN_S = 5.0
STATUS_PATH = "/status"
"""Gives NGINX's own counts."""

_CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout {keepalive};
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=1024{more};
    {line}
    location = {status_path} {{ stub_status; }}
    location / {{ default_type application/json; return 200 '{{"message":"hello"}}'; }}
  }}
}}
"""
_TLS = " ssl; ssl_session_tickets off; ssl_certificate {0}; ssl_certificate_key {0}"


@contextmanager
def null_server(
    prefix: tuple[str, ...],
    *,
    keepalive: str = "75s",
    certificate: Path | None = None,
    speaks_http2: bool = False,
) -> Iterator[int]:
    """A running NGINX with one worker; gives its port. It closes each connection after one answer where
    `keepalive` is 0, and speaks TLS with a `certificate` (a PEM file that holds the key too). Raises
    TargetError where it cannot be had."""
    program = shutil.which(
        "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
    )
    if program is None:
        raise TargetError(
            "nginx is not installed",
            why="the benchmarks measure generators against it",
            hint="apt install nginx, or brew install nginx; it gets a configuration and a port of its own",
        )
    parameter, line = http2_settings((program,)) if speaks_http2 else ("", "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        (folder / "nginx.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                port=port,
                status_path=STATUS_PATH,
                keepalive=keepalive,
                more=f"{parameter}{_TLS.format(certificate) if certificate else ''}",
                line=line,
            )
        )
        command = [
            *prefix,
            program,
            "-p",
            name,
            "-e",
            str(folder / "error.log"),
            "-c",
            str(folder / "nginx.conf"),
        ]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            try:
                _await_port(port, folder / "error.log")
                yield port
            finally:
                process.terminate()


def _await_port(port: int, log: Path) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > deadline_s:
                said = log.read_text()[-500:] if log.exists() else ""
                raise TargetError("nginx did not get ready", why=said or str(error)) from error
            time.sleep(0.02)
        else:
            return
