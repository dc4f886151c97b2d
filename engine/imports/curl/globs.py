"""URLs with sets and ranges, as curl expands them: `/{a,b}/[1-3]`. Pure.

Source: the manual of curl 8, URL globbing.
"""

import re
from itertools import islice, product

MAX_URLS = 100
"""Of one URL: each is a request of the plan."""

_GLOB = re.compile(
    r"(?<!\\)(?:\{(?P<set>[^{}\[\]]*,[^{}\[\]]*)\}"
    r"|\[(?P<low>\d{1,9}|[A-Za-z])-(?P<high>\d{1,9}|[A-Za-z])(?::(?P<step>\d{1,9}))?\])"
)
_ESCAPED = re.compile(r"\\([{}\[\]])")


def expanded(url: str) -> tuple[list[str], int]:
    """The URLs, and how many more there would be."""
    parts: list[list[str]] = []
    done, count = 0, 1
    for found in _GLOB.finditer(url):
        values = found["set"].split(",") if found["set"] is not None else _range(found)
        parts += [[url[done : found.start()]], values or [found[0]]]
        count *= max(len(values), 1)
        done = found.end()
    parts.append([url[done:]])
    urls = [_ESCAPED.sub(r"\1", "".join(each)) for each in islice(product(*parts), MAX_URLS)]
    return urls, count - len(urls)


def _range(found: re.Match[str]) -> list[str]:
    """The values of a range; empty if it is none."""
    low, high, step = found["low"], found["high"], int(found["step"] or 1)
    if low.isdigit() != high.isdigit() or not step:
        return []
    if not low.isdigit():
        return [chr(code) for code in range(ord(low), ord(high) + 1, step)]
    width = len(low) if low.startswith("0") else 0
    numbers = range(int(low), int(high) + 1, step)
    return [str(number).zfill(width) for number in numbers[: 10 * MAX_URLS]]
