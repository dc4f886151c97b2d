"""Choosing from a list by typing: which entries match, and in which order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tui.session_api import PresetInfo

Entry = TypeVar("Entry")

NOWHERE = 9
"""The rank of a word that an entry does not contain."""


def rank(word: str, name: str, others: Iterable[str] = ()) -> int:
    """How well a word matches an entry, 0 best: its whole name, the beginning of it, the beginning of a part,
    anywhere within it; then in the other texts the beginning of a word, and anywhere."""
    if name == word:
        return 0
    if name.startswith(word):
        return 1
    if any(part.startswith(word) for part in name.replace(":", "-").replace(" ", "-").split("-")):
        return 2
    if word in name:
        return 3
    found = [text for text in others if word in text]
    if not found:
        return NOWHERE
    return 4 if any(part.startswith(word) for text in found for part in text.split()) else 5


def matching(entries: Sequence[Entry], search: str, texts: Callable[[Entry], tuple[str, ...]]) -> list[Entry]:
    """The entries that contain every word of a search, the best matches first, else in their order. `texts`
    gives an entry's name and its other texts."""
    words = search.lower().split()
    ranked = []
    for at, entry in enumerate(entries):
        name, *others = (text.lower() for text in texts(entry))
        ranks = [rank(word, name, others) for word in words]
        if NOWHERE not in ranks:
            ranked.append((max(ranks, default=0), sum(ranks), at))
    return [entries[at] for _, _, at in sorted(ranked)]


def matching_presets(presets: Sequence[PresetInfo], search: str) -> list[PresetInfo]:
    """The presets that match a search: a match by name goes before one in a description."""
    return matching(presets, search, lambda each: (each.name, each.workload, each.title, each.source))
