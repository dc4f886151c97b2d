"""Certificates made for one test run, and contexts of servers that present them."""

import ssl
from datetime import UTC, datetime, timedelta

import trustme

from engine.protocol.address import Tls

AUTHORITY = trustme.CA()
TRUSTED = Tls(ca_pem=AUTHORITY.cert_pem.bytes().decode())


def server_context(*names: str, authority: trustme.CA = AUTHORITY, expired: bool = False) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for these names."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificate = authority.issue_cert(
        *names,
        not_before=yesterday - timedelta(days=1) if expired else None,
        not_after=yesterday if expired else None,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
