"""Where imported requests go: one server is the plan's target, since all targets of a plan get all requests.
Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from engine.imports.marked_text import is_placeholder, literals_of
from engine.imports.traffic import ImportedRequest
from engine.plan.custom_target import CustomTarget
from targets import catalog

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_NAME = re.compile(r"[^a-z0-9._-]+")
MAX_NAME = 24
"""Characters of a target's name."""


@dataclass(frozen=True, slots=True)
class Location:
    """The parts of a URL."""

    scheme: str
    """`http` or `https`; empty for a path."""
    host: str
    """With its port, unless that is the scheme's own; without user and password."""
    path: str
    """With its query, without a fragment; begins with a slash."""

    @property
    def origin(self) -> str:
        """`https://host:port`; empty for a path."""
        return f"{self.scheme}://{self.host}" if self.scheme else ""


def split_url(url: str) -> Location:
    """The parts of a URL, or of a path. The path stays as it is written. Never fails: whether a host can be
    reached is checked with the plan."""
    scheme, mark, rest = url.partition("://")
    if not mark or "/" in scheme or "?" in scheme:
        return Location("", "", _rooted(url.partition("#")[0]))
    rest = rest.partition("#")[0]
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    host = rest[:end].rpartition("@")[2].lower()
    scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
    host = host.removesuffix(f":{_DEFAULT_PORTS.get(scheme, '')}") if ":" in host else host
    return Location(scheme, host, _rooted(rest[end:]))


def _rooted(path: str) -> str:
    return path if path.startswith("/") or is_placeholder(path) else f"/{path}"


def is_target(origin: str) -> bool:
    """Whether a plan can have a target there, whatever the environment has."""
    if "$" in origin or literals_of(origin) != origin:
        return False
    try:
        CustomTarget(name="it", url=origin)
    except ValueError:
        return False
    return True


def main_origin(
    requests: Iterable[ImportedRequest], base_url: str, *, to: str = "", hosts: Collection[str] = ()
) -> str:
    """The origin that most requests go to, the first of several; empty if none has one that can be a target.

    `base_url` is that of requests which only have a path. With `to`, requests go there instead, so any origin
    will do. With `hosts`, only origins of these, with or without their ports.
    """
    wanted = {host.lower() for host in hosts}
    counts: Counter[str] = Counter()
    for request in requests:
        origin = origin_of(request, base_url)
        if request.enabled and (not wanted or wanted & {origin, _host_of(origin), name_of(origin)}):
            counts[origin] += 1
    return next((origin for origin, _ in counts.most_common() if to or (origin and is_target(origin))), "")


def origin_of(request: ImportedRequest, base_url: str) -> str:
    """Where a request goes; empty if its source has no server for it."""
    return split_url(request.url).origin or base_url.rstrip("/")


def _host_of(origin: str) -> str:
    return origin.partition("://")[2]


def name_of(origin: str) -> str:
    """The host without its port."""
    host = _host_of(origin)
    return host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


def target_name(origin: str) -> str:
    """The name of a target there: `api.example.com`, or `server` where a host is only a number."""
    host = name_of(origin)
    if host == "localhost" or is_address(host):
        return "server"
    name = _NAME.sub("-", host.removeprefix("www."))[:MAX_NAME].strip(".-_") or "server"
    return f"{name[: MAX_NAME - 7]}-server" if name in catalog.TARGETS else name


def is_address(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def host_to_allow(origin: str) -> str:
    """The host that `--allow-host` must name before load may go there, as far as its name says; empty for
    this machine and private networks (`engine.preflight.allowed_hosts` decides before a run)."""
    host = name_of(origin)
    if host == "localhost" or host.endswith(".localhost"):
        return ""
    if not is_address(host):
        return host
    address = ip_address(host)
    return "" if (address.is_loopback or address.is_private) and not address.is_link_local else host
