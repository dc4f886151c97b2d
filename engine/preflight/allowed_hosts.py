"""Where load may go: this machine and private networks, and nowhere else unless the user names the host.

A plan cannot allow a host itself: a preset from elsewhere must not be able to turn abreast against a
stranger's server.

Rules of this file:
- names are looked up only here, and the addresses are checked each time; the code that connects afterwards,
  in any process, gets the checked addresses and never the name (which may resolve to another address a second
  later);
- addresses are checked as numbers, after the look-up, so their spelling does not matter (`2130706433`,
  `0x7f.1`, `::ffff:127.0.0.1`).
"""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import anyio.to_thread

from targets.errors import UsageError, reason_of

LookUp = Callable[[str], Sequence[str]]
"""Returns the numeric addresses of a name, the best first. Raises OSError or UnicodeError; blocks."""

_NEAR = tuple(
    ip_network(block)
    for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""Loopback and private addresses (RFC 1122, 1918, 4193, 4291)."""
_OF_SERVICES = tuple(
    ip_network(block) for block in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128")
)
"""Link-local addresses (RFC 3927, 4291), and unique local ones where clouds serve a machine's metadata and
hand out its keys."""

_Ip = IPv4Address | IPv6Address


def look_up(host: str) -> tuple[str, ...]:
    """Uses the system's resolver; a numeric address resolves to itself. Raises OSError, and UnicodeError for
    an invalid name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def ascii_host(host: str) -> str:
    """A host as it is sent over the network: the look-up, TLS and the Host header all use this name (IDNA
    2008, as httpx encodes it; Python's own codec encodes some names differently). Raises UsageError for an
    invalid name."""
    if host.isascii():
        return host
    import httpx

    try:
        return httpx.URL(scheme="http", host=host).raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise UsageError(
            f"the host {host} cannot be found", why=reason_of(error), hint="check how it is written"
        ) from error


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Where load may go in one session."""

    named: frozenset[str] = frozenset()
    """Hosts (names or addresses) that the user allowed on the command line, as `_comparable` has them."""
    look_up: LookUp = look_up

    @classmethod
    def of(cls, named: Collection[str], look_up: LookUp = look_up) -> "AllowedHosts":
        """Allows this machine, private networks, and the hosts in `named`, however they are spelled. Raises
        UsageError for an invalid name."""
        return cls(frozenset(map(_comparable, named)), look_up)

    async def check(self, host: str) -> tuple[str, ...]:
        """Like `check_now`, but does not block the event loop."""
        return await anyio.to_thread.run_sync(self.check_now, host)

    def check_now(self, host: str) -> tuple[str, ...]:
        """The addresses of a host (a name or an address): load may go to each of them, and to no other.
        Raises UsageError if load may not go to one of them, or the host has none. Blocks.
        """
        plain = host.strip("[]")
        ips = self._addresses(ascii_host(plain))
        if _comparable(plain) not in self.named:
            for ip in ips:
                if _comparable(ip) not in self.named and (refusal := _refusal(plain, ip)):
                    raise refusal
        return ips

    def _addresses(self, host: str) -> tuple[str, ...]:
        try:
            ips = tuple(self.look_up(host))
        except (OSError, UnicodeError) as error:
            raise UsageError(
                f"the host {host} cannot be found", why=reason_of(error), hint="check how it is written"
            ) from error
        if not ips:
            raise UsageError(f"the host {host} has no address", hint="check how it is written")
        return ips


def without_use(granted: Collection[str], hosts: Collection[str]) -> list[str]:
    """Those of the hosts that are `granted` which are none of `hosts`, to which requests go. An address may
    be that of a name, which is not looked up for this. Raises UsageError for an invalid name."""
    used = set(map(_comparable, hosts))
    has_names = any(_ip(each) is None for each in used)
    return [
        each
        for each in granted
        if _comparable(each) not in used and not (has_names and _ip(_comparable(each)) is not None)
    ]


def _comparable(host: str) -> str:
    """A host in the one spelling that is compared: an address as `ipaddress` writes it, a name in lower case
    and ASCII, neither with brackets. Raises UsageError for an invalid name."""
    plain = host.strip("[]")
    if (address := _ip(plain)) is not None:
        return str(_unmapped(address))
    return ascii_host(plain).lower()


def _ip(host: str) -> _Ip | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_near(address: _Ip) -> bool:
    """Whether an address belongs to this machine or a private network, and not to a cloud's services."""
    address = _unmapped(address)
    return _is_in(address, _NEAR) and not _is_in(address, _OF_SERVICES)


def _unmapped(address: _Ip) -> _Ip:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: _Ip, blocks: Collection[IPv4Network | IPv6Network]) -> bool:
    return any(address in block for block in blocks)


def _refusal(host: str, ip: str) -> UsageError | None:
    """The error if load may not go to this address of a host; None if it may."""
    address = _unmapped(ip_address(ip.partition("%")[0]))
    if is_near(address):
        return None
    hint = f"if you may send load to it, allow it: --allow-host {host}"
    if address.is_unspecified:
        why = f"{ip} means all addresses of a machine, so it cannot be a destination"
        hint = "for this machine, write 127.0.0.1 or ::1"
    elif _is_in(address, _OF_SERVICES):
        why = f"{ip} is a link-local or cloud metadata address, where a machine's credentials are served"
    else:
        why = f"{ip} is neither this machine nor a private network"
    return UsageError(f"abreast sends no load to {host}", why=why, hint=hint)
