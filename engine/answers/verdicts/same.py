"""An object as a key by what it is, not by its value."""

from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Same(Generic[Kept]):
    """Equal only to itself: rounds are judged again and again, and earlier ones stay the same objects."""

    __slots__ = ("it",)

    def __init__(self, it: Kept) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)
