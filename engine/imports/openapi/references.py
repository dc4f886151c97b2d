"""References (`$ref`) of an OpenAPI document: local ones are followed, with cycles detected. Pure.

Rules of this file: nothing outside the document is read or fetched; a reference that cannot be followed is an
`UnresolvedError`, whose text is the reason that a note gives.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from engine.imports.clean import MAX_SHOWN, clean

MAX_CHAIN = 50
"""References that lead to references."""


def shown(text: str, longest: int = MAX_SHOWN) -> str:
    """A name of the document in a sentence: cleaned, and visible if it is empty."""
    return clean(text, longest) or "''"


class UnresolvedError(Exception):
    """A reference leads nowhere, or not where abreast looks; the text says which and why."""


class References:
    """Looks up the references of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._known: dict[str, Any] = {}

    def resolve(self, node: Any) -> Any:
        """What a node stands for: itself, or what its reference leads to. Raises UnresolvedError."""
        return self.followed(node)[0]

    def followed(self, node: Any) -> tuple[Any, tuple[str, ...]]:
        """The same, and the references on the way. Raises UnresolvedError."""
        chain: list[str] = []
        while (reference := reference_of(node)) is not None:
            if reference in chain:
                raise UnresolvedError(f"{shown(reference)} refers back to itself")
            if len(chain) >= MAX_CHAIN:
                raise UnresolvedError(f"{shown(reference)} is behind more than {MAX_CHAIN} references")
            chain.append(reference)
            node = self._target(reference)
        return node, tuple(chain)

    def table(self, node: Any) -> Mapping[str, Any]:
        """The table that a node stands for; an empty one if it is something else. Raises UnresolvedError."""
        found = self.resolve(node)
        return found if isinstance(found, Mapping) else {}

    def _target(self, reference: str) -> Any:
        if reference not in self._known:
            self._known[reference] = self._found(reference)
        return self._known[reference]

    def _found(self, reference: str) -> Any:
        place, mark, pointer = reference.partition("#")
        if place:
            raise UnresolvedError(f"{shown(reference)} is in another document, which is not fetched")
        if not mark or (pointer and not pointer.startswith("/")):
            raise UnresolvedError(f"{shown(reference)} is not a JSON pointer into the document")
        node: Any = self._document
        for part in pointer.split("/")[1:]:
            node = _child(node, unquote(part).replace("~1", "/").replace("~0", "~"))
            if node is _MISSING:
                raise UnresolvedError(f"{shown(reference)} is not in the document")
        return node


_MISSING = object()


def reference_of(node: Any) -> str | None:
    """The reference that a node is; None if it is none."""
    reference = node.get("$ref") if isinstance(node, Mapping) else None
    return reference if isinstance(reference, str) else None


def _child(node: Any, name: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(name, _MISSING)
    if isinstance(node, list) and name.isdecimal() and name.isascii() and len(name) < 10:
        return node[int(name)] if int(name) < len(node) else _MISSING
    return _MISSING
