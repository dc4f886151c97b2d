"""How a plan names a Ray cluster: `local`, `auto` or `ray://HOST:PORT`. Pure."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

CLIENT_PORT = 10001
"""Where the head of a Ray cluster takes clients by default."""


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where the cluster is."""

    kind: Literal["local", "auto", "client"]
    """`local`: abreast starts one on this machine; `auto`: the one that this machine is a node of; `client`:
    one whose head takes clients."""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.kind != "client":
            return self.kind
        return f"ray://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def parse_address(text: str) -> ClusterAddress:
    """The address in a text. Raises ValueError."""
    if text == "local":
        return ClusterAddress("local")
    if text == "auto":
        return ClusterAddress("auto")
    wrong = ValueError(f"{text!r} is neither local, auto nor ray://HOST:PORT")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme != "ray" or not host or port == 0 or parts.path or parts.query or "@" in parts.netloc:
        raise wrong
    return ClusterAddress("client", host, port or CLIENT_PORT)
