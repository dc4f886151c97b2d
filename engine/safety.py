"""Where load may go: this machine and private networks, and nowhere else unless the person names the host.

A plan cannot grant a host to itself: a preset from elsewhere must not be able to turn abreast against a
stranger.
"""

import socket
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from targets.errors import UsageError

_NEAR = tuple(
    ip_network(block)
    for block in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Loopback, private and link-local addresses (RFC 1122, 1918, 3927, 4193, 4291)."""


def is_near(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of this machine or of a private network."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in block for block in _NEAR if block.version == address.version)


def check_host(host: str, granted: Collection[str] = ()) -> None:
    """Raises UsageError where load may not go to this host, a name or an address.

    `granted` are hosts that the person named on the command line, as they named them. A name is allowed where
    all of its addresses are near. Blocks while a name is looked up.
    """
    if host in granted:
        return
    far = [address for address in _addresses(host) if not is_near(address)]
    if far:
        raise UsageError(
            f"abreast sends no load to {host}",
            why=f"{far[0]} is neither this machine nor a private network",
            hint=f"if it is yours, and its owner agrees, say so: --allow-host {host}",
        )


def _addresses(host: str) -> Iterable[IPv4Address | IPv6Address]:
    try:
        return [ip_address(host.strip("[]"))]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(
            f"the host {host} is not known", why=str(error), hint="check how it is written"
        ) from error
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
