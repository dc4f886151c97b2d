"""Which sessions go to make room: the old ones, or the oldest until the rest fit. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.recording.listing import ListedSession
from targets.errors import UsageError

_AGES_S = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_FORM = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([a-zA-Z]+)")


@dataclass(frozen=True, slots=True)
class Limit:
    """What sessions may stay."""

    age_s: float | None = None
    """Those that began at most so long ago."""
    size_bytes: int | None = None
    """The newest ones that together take no more."""


def parse_limit(text: str) -> Limit:
    """`30d`, `12h`, `2w`, or `5GB`, `500MB`. Raises UsageError."""
    found = _FORM.fullmatch(text.strip())
    number, unit = (float(found[1]), found[2]) if found else (0.0, "")
    sizes = {name.lower(): size for name, size in _SIZES.items()}
    if unit.lower() in _AGES_S:
        return Limit(age_s=number * _AGES_S[unit.lower()])
    if unit.lower() in sizes:
        return Limit(size_bytes=round(number * sizes[unit.lower()]))
    raise UsageError(
        f"{text!r:.80} is neither an age nor a size",
        why=f"ages end with {', '.join(_AGES_S)}; sizes with {', '.join(_SIZES)}",
        hint="for example 30d, or 5GB",
    )


def to_prune(sessions: Iterable[ListedSession], limit: Limit, now: datetime) -> list[ListedSession]:
    """The sessions to delete, the oldest first. Those that cannot be pruned count for the size, and stay."""
    found = sorted(sessions, key=lambda each: each.started)
    if limit.age_s is not None:
        old = [each for each in found if (now - each.started).total_seconds() > limit.age_s]
        return [each for each in old if each.is_prunable]
    total = sum(each.size_bytes for each in found)
    chosen: list[ListedSession] = []
    for session in found:
        if limit.size_bytes is None or total <= limit.size_bytes:
            break
        if session.is_prunable:
            chosen.append(session)
            total -= session.size_bytes
    return chosen
