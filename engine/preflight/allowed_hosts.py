"""Where load may go: this machine and private networks, and nowhere else unless the person names the host.

A plan cannot grant a host to itself: a preset from elsewhere must not be able to turn abreast against a
stranger.

Rules of this file:
- a name is looked up here alone, and what it means is judged each time; what connects afterwards, in whatever
  process, is given the addresses that were judged, and never the name (a name may mean another address a
  second later);
- addresses are judged as numbers, after the look-up: however they are spelt (`2130706433`, `0x7f.1`,
  `::ffff:127.0.0.1`), they are what they mean.
"""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import anyio.to_thread

from targets.errors import UsageError, reason_of

LookUp = Callable[[str], Sequence[str]]
"""The numeric addresses of a name, the best first. Raises OSError; blocks."""

_NEAR = tuple(
    ip_network(block)
    for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""Loopback and private addresses (RFC 1122, 1918, 4193, 4291)."""
_OF_SERVICES = tuple(
    ip_network(block) for block in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128")
)
"""Link-local addresses (RFC 3927, 4291), and unique local ones, at which clouds answer questions about a
machine and hand out its keys."""

_Ip = IPv4Address | IPv6Address


def look_up(host: str) -> tuple[str, ...]:
    """As the system does it; a number is what it is. Raises OSError, UnicodeError for what can be no name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def ascii_host(host: str) -> str:
    """A host as it goes over the wire: what is looked up, asked for with TLS, and said in the Host header is
    one name (IDNA 2008, as httpx writes it; Python's own codec would make another of some). Raises
    UsageError."""
    if host.isascii():
        return host
    import httpx

    try:
        return httpx.URL(scheme="http", host=host).raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise UsageError(
            f"the host {host} is not known", why=reason_of(error), hint="check how it is written"
        ) from error


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Where load may go in one session."""

    named: frozenset[str] = frozenset()
    """Hosts, names or addresses, that the person named on the command line, as they named them."""
    look_up: LookUp = look_up

    @classmethod
    def of(cls, named: Collection[str], look_up: LookUp = look_up) -> "AllowedHosts":
        """This machine, private networks, and those named."""
        return cls(frozenset(each.strip("[]") for each in named), look_up)

    async def check(self, host: str) -> tuple[str, ...]:
        """The same as `check_now`; does not block."""
        return await anyio.to_thread.run_sync(self.check_now, host)

    def check_now(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, a name or an address: load may go to each of them, and to no other.

        Raises UsageError where it may not go to all of them, or there is none. Blocks.
        """
        plain = host.strip("[]")
        ips = self._addresses(ascii_host(plain))
        if plain not in self.named:
            for ip in ips:
                if ip not in self.named and (refusal := _refusal(plain, ip)):
                    raise refusal
        return ips

    def _addresses(self, host: str) -> tuple[str, ...]:
        try:
            ips = tuple(self.look_up(host))
        except (OSError, UnicodeError) as error:
            raise UsageError(
                f"the host {host} is not known", why=reason_of(error), hint="check how it is written"
            ) from error
        if not ips:
            raise UsageError(f"the host {host} has no address", hint="check how it is written")
        return ips


def is_near(address: _Ip) -> bool:
    """Whether an address is of this machine or of a private network."""
    address = _meant(address)
    return _is_in(address, _NEAR) and not _is_in(address, _OF_SERVICES)


def _meant(address: _Ip) -> _Ip:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: _Ip, blocks: Collection[IPv4Network | IPv6Network]) -> bool:
    return any(address in block for block in blocks)


def _refusal(host: str, ip: str) -> UsageError | None:
    """Why load may not go to an address of a host, where it may not."""
    address = _meant(ip_address(ip.partition("%")[0]))
    if is_near(address):
        return None
    hint = f"if it is yours, and its owner agrees, say so: --allow-host {host}"
    if address.is_unspecified:
        why = f"{ip} means all addresses of a machine, and none to connect to"
        hint = "for this machine, write 127.0.0.1 or ::1"
    elif _is_in(address, _OF_SERVICES):
        why = f"{ip} is link-local, or a cloud's: services that hand out a machine's keys answer there"
    else:
        why = f"{ip} is neither this machine nor a private network"
    return UsageError(f"abreast sends no load to {host}", why=why, hint=hint)
