"""Redirects that a request follows: from one request and its response to the next request. Pure.

Rules of this file:
- the method and the body change as in a browser (WHATWG Fetch, 4.4 "HTTP-redirect fetch"; RFC 9110, 15.4):
  303 asks for the answer with a GET, and so do 301 and 302 after a POST; 307 and 308 keep method and body;
- no redirect leads to another scheme, host or port: load goes to the target only;
- a chain ends: after its limit, or where it comes back to a request that is the same to the byte, cookies
  included (a server that sets a cookie and redirects to the same path does not loop).
"""

from collections.abc import Callable
from urllib.parse import urljoin

from engine.client.template_fill import LeadsElsewhereError, authority_of, redirect_target, target_of
from engine.protocol.outcome import BAD_REDIRECT, REDIRECT_ELSEWHERE, REDIRECT_LOOP, TOO_MANY_REDIRECTS

MAX_REDIRECTS = 20
"""The most that a plan can allow: as many as browsers follow."""

CookieLine = Callable[[str], str]
"""Takes a request target; returns the value of its `Cookie` header, or nothing."""

_OF_BODY = frozenset(
    {
        b"content-encoding",
        b"content-language",
        b"content-length",
        b"content-location",
        b"content-type",
        b"transfer-encoding",
    }
)
"""Headers that go with a body."""


class RedirectError(ValueError):
    """A redirect that is not followed."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
        """The kind of the failure, of `engine.protocol.outcome`."""


class RedirectChain:
    """One request, and those that its redirects led to."""

    __slots__ = ("_limit", "_sent", "hops", "request")

    def __init__(self, request: bytes, limit: int) -> None:
        """`limit` is how many redirects may be followed."""
        self.request = request
        """The last request of the chain."""
        self.hops = 0
        """How many redirects were followed."""
        self._limit = limit
        self._sent = {hash(request)}
        """Of every request: bodies may be large."""

    def follow(
        self, status: int, location: str, *, is_secure: bool, cookies: CookieLine | None = None
    ) -> bytes:
        """The next request. `location` is the header's value, decoded as Latin-1; `cookies` is given where
        the user keeps cookies. Raises RedirectError."""
        target = _target(self.request, location, is_secure=is_secure)
        request = redirected(self.request, status, target, cookies)
        way = f"{target_of(self.request)[:80]} → {target.decode()[:80]}"
        if hash(request) in self._sent:
            raise RedirectError(REDIRECT_LOOP, way)
        if self.hops >= self._limit:
            raise RedirectError(TOO_MANY_REDIRECTS, f"{way}, after {self._limit}")
        self.hops += 1
        self._sent.add(hash(request))
        self.request = request
        return request


def method_after(status: int, method: bytes) -> bytes:
    """The method of the request that a redirect leads to."""
    becomes_get = method not in {b"GET", b"HEAD"} if status == 303 else method == b"POST"
    return b"GET" if becomes_get and status not in {307, 308} else method


def redirected(request: bytes, status: int, target: bytes, cookies: CookieLine | None = None) -> bytes:
    """The same request to another target of the same server: with the method that the status demands, without
    a body where that has none, and with the cookies of the new target."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method = line.split(b" ", 1)[0]
    new_method = method_after(status, method)
    if new_method != method:
        body = b""
        fields = [each for each in fields if _name_of(each) not in _OF_BODY]
    if cookies is not None:
        fields = [each for each in fields if _name_of(each) != b"cookie"]
        if value := cookies(target.decode()):
            fields.append(b"Cookie: " + value.encode("latin-1"))
    return b"\r\n".join([b"%s %s HTTP/1.1" % (new_method, target), *fields, b"", body])


def _target(request: bytes, location: str, *, is_secure: bool) -> bytes:
    """Where a Location leads, relative to the request that was sent (RFC 9110, 10.2.2). Raises
    RedirectError."""
    authority = authority_of(request)
    scheme = "https" if is_secure else "http"
    try:
        reference = urljoin(f"{scheme}://{authority}{target_of(request)}", location.strip())
        return redirect_target(reference, authority, is_secure=is_secure, name="its Location")
    except LeadsElsewhereError as error:
        raise RedirectError(REDIRECT_ELSEWHERE, str(error)) from error
    except ValueError as error:
        raise RedirectError(BAD_REDIRECT, f"{error} (Location {location[:80]!r})") from error


def _name_of(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
