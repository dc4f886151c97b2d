"""TLS as a client: what is checked, and what a failure is called."""

import ssl
from pathlib import Path

from engine.client.address import Tls
from engine.client.outcome import TLS_CERTIFICATE, TLS_HANDSHAKE
from targets.errors import UsageError

FILE_HINT = "give a PEM file that holds one or more certificates of authorities"


def client_context(tls: Tls) -> ssl.SSLContext:
    """What a handshake needs; HTTP/1.1 is all that is offered (ALPN).

    Raises ssl.SSLError where `ca_pem` holds no certificates: `read_authorities` refuses those earlier.
    """
    context = ssl.create_default_context(cadata=tls.ca_pem or None)
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def handshake_failure(error: OSError | ValueError) -> str:
    """The kind of a handshake that failed: the certificate was not accepted, or there was none to judge."""
    return TLS_CERTIFICATE if isinstance(error, ssl.SSLCertVerificationError) else TLS_HANDSHAKE


def read_authorities(path: Path) -> str:
    """The text of a CA file, checked, for `Tls.ca_pem`. Raises UsageError where it cannot be used."""
    what = f"the CA file {path} cannot be used"
    try:
        pem = path.read_text()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem)
    except (OSError, ValueError) as error:
        raise UsageError(what, why=str(error), hint=FILE_HINT) from error
    if not context.cert_store_stats()["x509_ca"]:
        raise UsageError(what, why="none of its certificates is an authority's", hint=FILE_HINT)
    return pem
