"""Who may read the page of a session. Pure.

Rules of this file:
- on loopback the request must name this machine (`Host`), so that no other name can be made to lead here;
- on any other address, and wherever it is asked for, the path must begin with the token, which is compared in
  constant time;
- what a page of another origin asks for is refused: only links may come from elsewhere.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TOKEN_BYTES = 16
"""As random as a key of 128 bits."""


def new_token() -> str:
    """A token that cannot be guessed: letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own: `localhost`, `127.0.0.1`, `::1`."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must have."""

    token: str = ""
    """How its path must begin; empty if none is needed."""
    is_open: bool = False
    """Other machines can connect. Then it has a token, and may name this machine in any way."""

    @property
    def root(self) -> str:
        """The path of the page: `/`, or `/TOKEN/`."""
        return f"/{self.token}/" if self.token else "/"

    def within(self, path: str) -> str | None:
        """What follows the token in a path, without its first slash; None without the right token. The path
        `/TOKEN` itself has nothing after it, not even a slash: its `within` is `..`."""
        if not self.token:
            return path.removeprefix("/")
        first, slash, rest = path.removeprefix("/").partition("/")
        if not hmac.compare_digest(first.encode(), self.token.encode()):
            return None
        return rest if slash else ".."

    def is_named_here(self, headers: Mapping[str, str]) -> bool:
        """Whether the request names a host that may lead here."""
        return self.is_open or is_loopback(_host_of(headers.get("host", "")))


def is_own_origin(headers: Mapping[str, str]) -> bool:
    """Whether no other site's page sent a request: `Origin` is the host that it names, or there is none."""
    origin = headers.get("origin")
    return origin is None or _netloc_of(origin) == headers.get("host", "").lower()


def is_own_page(headers: Mapping[str, str]) -> bool:
    """The same for what only our own page asks for, which browsers report in `Sec-Fetch-Site` too."""
    return is_own_origin(headers) and headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def _netloc_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _host_of(netloc: str) -> str:
    """The host without its port: `[::1]:80` → `::1`."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""
