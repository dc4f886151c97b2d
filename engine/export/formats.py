"""The export formats: one table, in which every format is a row.

Rules of this file:
- a format turns a `LoadedSession` into one or more files, lazily: names are known before content is made;
- a format computes no figures (`engine.metrics`), reads no other source, and writes nothing itself
  (`engine.export.writing`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from engine.export.loaded import LoadedSession
from engine.export.session_json import session_json
from targets.errors import unknown


class ExportFile(NamedTuple):
    """One file of a format."""

    suffix: str
    """The end of its name, after the session's: `.json`, `-levels.csv`."""
    chunks: Iterable[bytes]
    """Its content, made while it is iterated over."""


FilesOf: TypeAlias = Callable[[LoadedSession], Iterable[ExportFile]]


@dataclass(frozen=True, slots=True)
class Format:
    """One export format."""

    name: str
    about: str
    """What it contains, as the end of a sentence: shown by `--help` and by the prompt on screen."""
    media_type: str
    files: FilesOf
    is_single: bool = True
    """Whether it is always exactly one file, which can also be written to standard output."""

    @property
    def is_text(self) -> bool:
        """Whether a terminal can show it."""
        return self.media_type.startswith("text/") or self.media_type in TEXT_TYPES


TEXT_TYPES = frozenset({"application/json", "application/xml", "image/svg+xml"})
"""Media types of text that do not begin with `text/`."""


def single(
    suffix: str, chunks: Callable[[LoadedSession], Iterable[bytes]]
) -> Callable[[LoadedSession], Iterable[ExportFile]]:
    """The `files` of a format that is always one file."""
    return lambda session: (ExportFile(suffix, chunks(session)),)


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            "json",
            "the session JSON, with every second and every histogram",
            "application/json",
            single(".json", session_json),
        ),
    )
}
"""By name, in the order in which they are listed."""


def find(names: Iterable[str], known: dict[str, Format] = FORMATS) -> list[Format]:
    """The formats of these names, each once. Raises UsageError for an unknown one."""
    found = {}
    for name in names:
        if name not in known:
            raise unknown("format", name, list(known))
        found[name] = known[name]
    return list(found.values())
