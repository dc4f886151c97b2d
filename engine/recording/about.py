"""The title and the note that a person gave a recorded session: a file beside its journal, which itself is
never changed."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.machine.files import UnreadableError, read_file, write_whole
from targets.errors import UsageError, reason_of
from targets.plain_text import one_line, visible

FILE_NAME = "about.json"
LONGEST_TITLE = 200
LONGEST_NOTE = 4000
"""Characters."""

_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class About:
    """What a person wrote about a session."""

    title: str = ""
    """Replaces the plan's title; empty: that one."""
    note: str = ""


NOTHING = About()


def load(folder: Path) -> About:
    """What was written about the session in this folder; nothing if the file is missing or damaged."""
    try:
        fields = orjson.loads(read_file(folder / FILE_NAME, _LIMIT_BYTES))
        title, note = fields.get("title", ""), fields.get("note", "")
    except (AttributeError, UnreadableError, ValueError):
        return NOTHING
    if not (isinstance(title, str) and isinstance(note, str)):
        return NOTHING
    return About(one_line(title)[:LONGEST_TITLE], visible(note)[:LONGEST_NOTE])


def save(folder: Path, about: About) -> None:
    """Writes it whole, or not at all. Raises UsageError."""
    try:
        write_whole(folder / FILE_NAME, orjson.dumps(about, option=orjson.OPT_INDENT_2))
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder.name} is not there any more",
            why="it was deleted meanwhile",
            hint="see: abreast sessions",
        ) from error
    except OSError as error:
        raise UsageError(
            f"cannot write to {folder / FILE_NAME}",
            why=reason_of(error),
            hint="free some space there, or change the folder's permissions",
        ) from error


def checked_title(text: str) -> str:
    """A title in one line. Raises UsageError if it is too long."""
    return _checked("a title", one_line(text), LONGEST_TITLE)


def checked_note(text: str) -> str:
    """A note, which may have several lines. Raises UsageError if it is too long."""
    return _checked("a note", visible(text).strip(), LONGEST_NOTE)


def _checked(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise UsageError(f"{what} of {len(text)} characters is too long", why=f"{limit} are the most")
    return text
