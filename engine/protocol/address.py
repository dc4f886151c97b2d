"""Where a target listens, and how to connect there: plain data, sent in messages. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """How a target's certificate is checked; by default against the system's authorities, and for its
    host."""

    ca_pem: str = ""
    """Authorities to trust instead of the system's, in PEM: the text itself, not a path, since a load worker
    may run where the file does not exist."""
    server_name: str = ""
    """The name to request (SNI), which the certificate must be for; empty: the address's host."""
    insecure: bool = False
    """Accepts any certificate. Only set if a person asked for it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP port of a host, or a UNIX socket, with or without TLS."""

    host: str
    """A name, or an IPv4 or IPv6 literal without brackets. With `unix_path` it is only the name for TLS."""
    port: int
    unix_path: str = ""
    tls: Tls | None = None
    ips: tuple[str, ...] = ()
    """Numeric addresses of a host that is a name, the best first: clients connect only to these, and look no
    name up."""
    proxy_port: int = 0
    """If not 0, connections go through a delay proxy at this loopback port, whose first byte says how the
    connect went (`engine.protocol.connect_verdict`)."""
