"""One user's cookies: what a response sets, and what is sent with the next request. Pure, apart from the
clock.

The rules are those of RFC 6265, chapter 5, and the name prefixes of its successor (RFC 6265bis, 4.1.3).
Invalid cookies are ignored, as in a browser.
"""

import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf

MAX_COOKIES = 50
"""Per user (6.1 demands at least 50); a server that keeps setting more must not grow memory."""
MAX_COOKIE_CHARACTERS = 4096
"""Of name and value together (6.1)."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})(?:\D.*)?", re.ASCII)
_YEAR = re.compile(r"(\d{2,4})(?:\D.*)?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(slots=True)
class _Cookie:
    name: str
    value: str
    domain: str
    host_only: bool
    """Sent only to the host that set it, not to its subdomains."""
    path: str
    secure: bool
    expires_s: float
    """On the wall clock; infinite if it lasts as long as its user."""


class CookieJar:
    """One user's cookies."""

    __slots__ = ("_clock_s", "_cookies", "_newest")

    def __init__(self, clock_s: Callable[[], float] = time.time) -> None:
        """`clock_s` returns the wall clock's time, in seconds since 1970."""
        self._clock_s = clock_s
        self._cookies: dict[tuple[str, str, str], _Cookie] = {}
        """By name, domain and path, in the order in which they were first set."""
        self._newest: dict[str, tuple[str, str, str]] = {}
        """By name: the key of the cookie that was set last."""

    def __len__(self) -> int:
        return len(self._cookies)

    def take(
        self, headers: Iterable[tuple[bytes, bytes]], *, host: str, target: str, is_secure: bool
    ) -> None:
        """Stores what a response sets (5.3); `host` and `target` (the path, with or without a query) are
        those of its request."""
        for key, line in headers:
            if key.lower() != b"set-cookie" or len(line) > 2 * MAX_COOKIE_CHARACTERS:
                continue
            cookie = _parsed(line.decode("latin-1"), host.lower(), _path_of(target), self._clock_s())
            if cookie is not None and (is_secure or not cookie.secure):
                self._store(cookie)

    def line(self, *, host: str, target: str, is_secure: bool) -> str:
        """The value of a request's `Cookie` header (5.4): longer paths first, then those set first; empty if
        no cookie is sent."""
        if not self._cookies:
            return ""
        host, path, now_s = host.lower(), _path_of(target), self._clock_s()
        sent = [
            each
            for each in self._cookies.values()
            if each.expires_s > now_s
            and (is_secure or not each.secure)
            and (each.domain == host if each.host_only else domain_matches(host, each.domain))
            and path_matches(path, each.path)
        ]
        sent.sort(key=lambda each: -len(each.path))
        return "; ".join(f"{each.name}={each.value}" if each.name else each.value for each in sent)

    def value(self, name: str) -> str | None:
        """The newest value of a name, for whatever path; None if there is none."""
        now_s = self._clock_s()
        newest = self._cookies.get(self._newest.get(name, ("", "", "")))
        candidates = [*reversed(self._cookies.values())] if newest is None else [newest]
        found = (each.value for each in candidates if each.name == name and each.expires_s > now_s)
        return next(found, None)

    def _store(self, cookie: _Cookie) -> None:
        key = (cookie.name, cookie.domain, cookie.path)
        if cookie.expires_s <= self._clock_s():
            self._cookies.pop(key, None)
            return
        if key not in self._cookies and len(self._cookies) >= MAX_COOKIES:
            now_s = self._clock_s()
            self._cookies = {at: each for at, each in self._cookies.items() if each.expires_s > now_s}
            if len(self._cookies) >= MAX_COOKIES:
                return
        self._cookies[key] = cookie
        self._newest[cookie.name] = key


def domain_matches(host: str, domain: str) -> bool:
    """Whether a host belongs to a domain (5.1.3): it is the same, or a name below it; never an address."""
    return host == domain or (host.endswith(f".{domain}") and not _is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether a cookie of one path is sent with a request for another (5.1.4)."""
    if not path.startswith(cookie_path):
        return False
    return len(path) == len(cookie_path) or cookie_path.endswith("/") or path[len(cookie_path)] == "/"


def expiry_s(text: str) -> float | None:
    """A cookie's date in any of the allowed formats (5.1.1), in seconds since 1970; None if it is not a
    date."""
    time_of_day = day = month = year = None
    for token in _DELIMITERS.split(text):
        if time_of_day is None and (found := _TIME.fullmatch(token)):
            time_of_day = tuple(map(int, found.groups()))
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
    if time_of_day is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    hour, minute, second = time_of_day
    if not 1 <= day <= _days_in(month, year) or year < 1601 or hour > 23 or minute > 59 or second > 59:
        return None
    return float(timegm((year, month, day, hour, minute, second)))


def _days_in(month: int, year: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def _parsed(line: str, host: str, path: str, now_s: float) -> _Cookie | None:
    """One `Set-Cookie` line (5.2 and 5.3); None if it sets nothing."""
    if _CONTROL.search(line):
        return None
    pair, *rest = line.split(";")
    name, equals, value = (part.strip(" \t") for part in pair.partition("="))
    if not equals or not name or len(name) + len(value) > MAX_COOKIE_CHARACTERS:
        return None
    attributes = {}
    for part in rest:
        key, _, value_text = (each.strip(" \t") for each in part.partition("="))
        attributes[key.lower()] = value_text
    domain = attributes.get("domain", "").removeprefix(".").lower()
    if domain and not domain_matches(host, domain):
        return None
    given_path = attributes.get("path", "")
    cookie = _Cookie(
        name,
        value,
        domain or host,
        host_only=not domain,
        path=given_path if given_path.startswith("/") else _default_path(path),
        secure="secure" in attributes,
        expires_s=_expires_s(attributes, now_s),
    )
    return cookie if _fits_its_prefix(cookie, given_path) else None


def _fits_its_prefix(cookie: _Cookie, given_path: str) -> bool:
    name = cookie.name.lower()
    if name.startswith("__host-"):
        return cookie.secure and cookie.host_only and given_path == "/"
    return cookie.secure or not name.startswith("__secure-")


def _expires_s(attributes: dict[str, str], now_s: float) -> float:
    """`Max-Age` precedes `Expires`; without a valid one, the cookie lasts."""
    age = attributes.get("max-age", "")
    if _DIGITS.fullmatch(age):
        seconds = int(age[:20])
        return now_s + seconds if seconds > 0 else -inf
    found = expiry_s(attributes["expires"]) if "expires" in attributes else None
    return inf if found is None else found


def _path_of(target: str) -> str:
    path = target.partition("?")[0]
    return path if path.startswith("/") else "/"


def _default_path(path: str) -> str:
    """The path of a cookie without one: its request's, up to the last slash (5.1.4)."""
    return path[: path.rindex("/")] or "/"


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
