"""Cookies that a user already has."""

from engine.client.cookies import CookieJar


def jar(**cookies: str) -> CookieJar:
    """A jar with these cookies, which go with every request to 127.0.0.1."""
    made = CookieJar()
    lines = [(b"set-cookie", f"{name}={value}; Path=/".encode()) for name, value in cookies.items()]
    made.take(lines, host="127.0.0.1", target="/", is_secure=False)
    return made
