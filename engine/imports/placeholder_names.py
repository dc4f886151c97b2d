"""Names of placeholders for what an import found: of lists of data, and of values that steps take. Pure."""

import re
from collections.abc import Container

from engine.plan.workload import word_name

_LONGEST = 40


def free_name(wanted: str, taken: Container[str]) -> str:
    """A name like the wanted one that is neither taken nor built in."""
    word = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_").lower()[:_LONGEST].rstrip("_")
    word = word if re.match(r"[a-z_]", word) else f"value_{word}".rstrip("_")
    number, free = 1, word
    while free in taken or not _is_allowed(free):
        number += 1
        free = f"{word}_{number}"
    return free


def _is_allowed(word: str) -> bool:
    try:
        word_name(word)
    except ValueError:
        return False
    return True
