"""Lengths of time as people write them, and as abreast prints them. Pure."""

import re

_UNIT_S = {
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    "ms": 0.001,
}
UNITS = "|".join(sorted(_UNIT_S, key=len, reverse=True))
"""The units, as a part of a regular expression."""
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PART = re.compile(rf"\s*({_NUMBER})\s*({UNITS})(?![a-z])")


def seconds_in(text: str) -> float:
    """Seconds from `500 ms`, `10s`, `2 min`, `1m30s`, `1 h 5 min`, or a plain number of seconds; a sign
    applies to all of it. Larger units come first, each once. Raises ValueError without a message."""
    text = text.strip().lower()
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    if re.fullmatch(_NUMBER, rest):
        return sign * float(rest)
    if not rest[:1].isdigit():
        raise ValueError
    total_s, last_s, at = 0.0, float("inf"), 0
    while at < len(rest):
        part = _PART.match(rest, at)
        if part is None or _UNIT_S[part[2]] >= last_s:
            raise ValueError
        last_s, at = _UNIT_S[part[2]], part.end()
        total_s += float(part[1]) * last_s
    return sign * total_s
