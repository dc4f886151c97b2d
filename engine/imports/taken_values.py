"""Values that steps of an imported journey take from each other, where some steps are off. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.imports.marked_text import placeholders_of
from engine.imports.texts import texts_of
from engine.imports.traffic import ImportedRequest


def filled_in(value: Any) -> set[str]:
    """The names of all placeholders in a request, or in any part of it."""
    return {name for text in texts_of(value) for name in placeholders_of(text)}


@dataclass(slots=True)
class TakenValues:
    """What has been taken at a step of a journey."""

    all: frozenset[str]
    """Names that any step takes, whether it is sent or not."""
    _there: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, requests: Iterable[ImportedRequest]) -> "TakenValues":
        """Those of a journey, before its first step."""
        return cls(frozenset(name for request in requests for name in request.takes))

    def missing(self, *parts: Any) -> list[str]:
        """Names that a step needs, and that no earlier step which is sent has taken."""
        return sorted((filled_in(parts) & self.all) - self._there)

    def send(self, request: ImportedRequest) -> None:
        """A step is sent, and takes its values."""
        self._there |= request.takes.keys()
