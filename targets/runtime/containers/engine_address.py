"""Which Docker Engine to use. Determined once, it stays the same even if variables and contexts change.

Rules of this file:
- the engine is the one that the user's `docker` command would use: DOCKER_HOST, then DOCKER_CONTEXT, then the
  current context;
- contexts are read from the files of the `docker` command: the docker package treats an unknown context as
  this machine's engine, and finds no contexts without a config.json next to them;
- nothing here connects to an engine.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from targets.errors import TargetError

INSTEAD = "or use no containers: --runtime local"
"""The end of hints on what to do about an engine: to do without."""

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
DEFAULT_CONTEXT = "default"
"""The context that always exists, and means the default address."""

NEAR = "127.0.0.1"
"""The host of an engine whose ports are this machine's."""
_HERE = {None, "localhost", "::1", NEAR}


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """One engine and how to connect to it. Plain values, so that a note can store them."""

    address: str
    """As in DOCKER_HOST."""
    certificate: str = ""
    """The path of the client certificate for TLS; empty: none."""
    key: str = ""
    authorities: str = ""
    """The path of the CA certificates that verify the engine's certificate."""
    verifies: bool = False
    """Whether to verify the engine's certificate."""

    @property
    def has_tls(self) -> bool:
        """Whether the connection uses TLS."""
        return bool(self.certificate or self.authorities)

    @property
    def host(self) -> str:
        """The host on which it publishes ports."""
        return host_of(self.address)


def selected_engine(environment: Mapping[str, str] = os.environ) -> EngineAddress:
    """The engine that the environment selects. Reads files. Raises TargetError for an unknown context,
    and for an address that is none."""
    folder = _folder(environment)
    if address := environment.get("DOCKER_HOST"):
        return _of_variables(address, environment, folder)
    name = environment.get("DOCKER_CONTEXT") or _current_context(folder)
    return (
        EngineAddress(DEFAULT_ADDRESS) if name == DEFAULT_CONTEXT else _of_context(name, folder / "contexts")
    )


def host_of(address: str) -> str:
    """The host on which an engine with this address publishes ports."""
    parts = urlsplit(address)
    is_far = parts.scheme in {"tcp", "http", "https", "ssh"} and parts.hostname not in _HERE
    return parts.hostname or NEAR if is_far else NEAR


def _folder(environment: Mapping[str, str]) -> Path:
    """The folder of the user's `docker` configuration. Absolute, because the guard runs in another folder."""
    said = environment.get("DOCKER_CONFIG")
    return Path(said).absolute() if said else Path(environment.get("HOME") or Path.home()) / ".docker"


def _of_variables(address: str, environment: Mapping[str, str], folder: Path) -> EngineAddress:
    verifies = bool(environment.get("DOCKER_TLS_VERIFY"))
    try:
        urlsplit(address)
    except ValueError as error:
        raise TargetError(
            "DOCKER_HOST is not the address of an engine",
            why=str(error),
            hint=f"write it like tcp://127.0.0.1:2375; {INSTEAD}",
        ) from error
    said = environment.get("DOCKER_CERT_PATH")
    if not said and not verifies:
        return EngineAddress(address)
    kept = Path(said).absolute() if said else folder
    return EngineAddress(
        address, str(kept / "cert.pem"), str(kept / "key.pem"), str(kept / "ca.pem"), verifies=verifies
    )


def _current_context(folder: Path) -> str:
    """The current context; the default one if the file cannot be read, as `docker` does."""
    try:
        return json.loads((folder / "config.json").read_bytes()).get("currentContext") or DEFAULT_CONTEXT
    except (OSError, ValueError, AttributeError):
        return DEFAULT_CONTEXT


def _of_context(name: str, folder: Path) -> EngineAddress:
    kept = hashlib.sha256(name.encode()).hexdigest()
    path = folder / "meta" / kept / "meta.json"
    try:
        endpoint: dict[str, Any] = json.loads(path.read_bytes())["Endpoints"]["docker"]
        address = str(endpoint.get("Host") or DEFAULT_ADDRESS).removeprefix(
            "http+"
        )  # as the package writes it
        urlsplit(address)  # ValueError if it is none
        skips = bool(endpoint.get("SkipTLSVerify"))
    except FileNotFoundError:
        raise TargetError(
            f"unknown Docker context {name!r}",
            why=f"there is none of that name in {folder}",
            hint="docker context ls lists them; docker context use NAME, or DOCKER_CONTEXT=NAME, "
            f"chooses one; {INSTEAD}",
        ) from None
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise TargetError(
            f"the Docker context {name!r} cannot be read",
            why=f"{path}: {error}",
            hint=f"docker context inspect {name} shows more",
        ) from error
    secrets = folder / "tls" / kept / "docker"
    certificate, key, authorities = (_kept(secrets, each) for each in ("cert", "key", "ca"))
    return EngineAddress(address, certificate, key, authorities, verifies=bool(authorities) and not skips)


def _kept(folder: Path, kind: str) -> str:
    """The path of a context's TLS file of a kind, such as `ca.pem` for `ca`; empty if there is none."""
    found = sorted(folder.glob(f"{kind}*"))
    return str(found[0]) if found else ""
