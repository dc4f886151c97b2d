"""Where a target listens, and how it is spoken to there: plain data, which travels in messages. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """How a target's certificate is checked; by default by the system's authorities, and for its host."""

    ca_pem: str = ""
    """Authorities to trust instead of the system's, in PEM: the text itself, not a path, since a load worker
    may run where the file does not exist."""
    server_name: str = ""
    """The name that is asked for (SNI) and that the certificate must be for; empty: the address's host."""
    insecure: bool = False
    """Accepts any certificate. Never set unless a person asked for it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP port of a host, or a UNIX socket; with TLS or without."""

    host: str
    """A name, or an IPv4 or IPv6 literal without brackets. With `unix_path` it is only a name for TLS."""
    port: int
    unix_path: str = ""
    tls: Tls | None = None
    ips: tuple[str, ...] = ()
    """Numeric addresses of a host that is a name, the best first: connections are made to these alone, and no
    client looks a name up."""
    proxy_port: int = 0
    """Where it is not 0, connections go through a delay proxy at this port of loopback, whose first byte says
    how the connect went (`engine.protocol.connect_verdict`)."""
