"""TLS as a client: what is checked, and what a failure is called.

Everything that uses TLS with a target (load of either client, WebSockets, health probes, parity and readiness
checks, the first probe of an attached target) does so with a context made here, from the same `Tls`, and with
the same variables of the environment (`SSL_CERT_FILE`, `OPENSSL_CONF` …), which `targets.runtime.child_env`
passes on to load workers. So a target that is ready can be loaded.
"""

import os
import ssl
from pathlib import Path

from engine.protocol.address import Tls
from engine.protocol.outcome import TLS_CERTIFICATE, TLS_HANDSHAKE
from targets.errors import UsageError, reason_of

HTTP_1, HTTP_2 = "http/1.1", "h2"
"""Names of protocols in a handshake (ALPN)."""
FILE_HINT = "use a PEM file with one or more CA certificates"
MAX_CHARACTERS = 4_000_000
"""The maximum size of a CA file; the largest bundles in use have a tenth of it."""


def client_context(tls: Tls, alpn: str = HTTP_1) -> ssl.SSLContext:
    """The context for handshakes; only one protocol is offered (ALPN).

    Raises ssl.SSLError if `ca_pem` holds no certificates: `read_authorities` rejects those earlier.
    """
    context = ssl.create_default_context(cadata=tls.ca_pem or None)
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    return context


def handshake_failure(error: OSError | ValueError) -> str:
    """The failure kind of a handshake: the certificate was not accepted, or any other reason."""
    return TLS_CERTIFICATE if isinstance(error, ssl.SSLCertVerificationError) else TLS_HANDSHAKE


def check_default_authorities() -> None:
    """Raises UsageError if the environment names authorities that cannot be used: OpenSSL would trust no
    certificate, without an error."""
    if name := os.environ.get("SSL_CERT_FILE"):
        what = f"SSL_CERT_FILE={name} cannot be used"
        _text_of(Path(name), what)
        _loaded(what, file=name)  # as OpenSSL reads it, which takes more than PEM texts from Python
    folders = [part for part in os.environ.get("SSL_CERT_DIR", "").split(os.pathsep) if part]
    if folders and not any(os.path.isdir(part) for part in folders):  # noqa: PTH112  (Path raises for odd names)
        raise UsageError(
            f"SSL_CERT_DIR={os.environ['SSL_CERT_DIR']} cannot be used",
            why="it is not a folder",
            hint="name a folder of certificates (openssl rehash), or leave it unset",
        )


def check_key_log() -> None:
    """Raises UsageError if the environment names a log of TLS keys that cannot be written: no context could
    be made."""
    if name := os.environ.get("SSLKEYLOGFILE"):
        try:
            Path(name).open("ab").close()
        except (OSError, ValueError) as error:
            raise UsageError(
                f"SSLKEYLOGFILE={name} cannot be used",
                why=reason_of(error),
                hint="name a file that can be written, or leave it unset",
            ) from error


def read_authorities(path: Path) -> str:
    """The text of a CA file, checked, for `Tls.ca_pem`. Raises UsageError if it cannot be used."""
    what = f"the CA file {path} cannot be used"
    pem = _text_of(path, what)
    if not _loaded(what, text=pem).cert_store_stats()["x509_ca"]:
        raise UsageError(what, why="none of its certificates is for an authority", hint=FILE_HINT)
    return pem


def _text_of(path: Path, what: str) -> str:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(what, why="it is not a file", hint=FILE_HINT)
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_CHARACTERS + 1)
        text = text.encode("ascii", "replace").decode()  # names in comments; OpenSSL accepts only ASCII
    except (OSError, ValueError) as error:
        raise UsageError(what, why=reason_of(error), hint=FILE_HINT) from error
    if len(text) > MAX_CHARACTERS:
        raise UsageError(what, why=f"it is larger than {MAX_CHARACTERS // 1_000_000} MB", hint=FILE_HINT)
    return text


def _loaded(what: str, *, file: str | None = None, text: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=file, cadata=text)
    except (OSError, ValueError) as error:
        raise UsageError(what, why=reason_of(error), hint=FILE_HINT) from error
    return context
