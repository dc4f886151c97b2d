"""URLs of curl commands, as curl completes them. Pure."""

import re
from urllib.parse import quote

from engine.imports.marked_text import with_encoded_literals

_SEPARATORS = re.compile(r"[/\\]")


def absolute(url: str) -> str:
    """curl takes a URL without a scheme for one of HTTP."""
    url = url.strip()
    if "://" not in url.partition("?")[0] and not url.startswith("/"):
        url = f"http://{url}"
    return url


def with_query(url: str, query: str) -> str:
    """The URL with more in its query."""
    before, mark, fragment = url.partition("#")
    joint = "&" if "?" in before else "?"
    return f"{before}{joint}{query}{mark}{fragment}"


def with_file_name(url: str, path: str) -> str:
    """The URL that a file is uploaded to: one that ends with a slash gets the file's name, unless it has a
    query. A backslash separates names too, on every system."""
    before, mark, fragment = url.partition("#")
    if "?" in before:
        return url
    if "/" not in before.partition("://")[2]:
        before += "/"
    name = _SEPARATORS.split(path)[-1] if before.endswith("/") else ""
    name = with_encoded_literals(name, lambda each: quote(each, safe=""))
    return f"{before}{name}{mark}{fragment}"
