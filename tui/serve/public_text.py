"""Messages of a session without what only the person at the terminal should see. Pure.

Messages for the person at the terminal name folders of this machine, and end with what servers logged last.
Visitors get only what happened, and of a path only its last name.
"""

import re
from pathlib import PurePosixPath

_PATH = re.compile(r"(?<![\w:/.\-])~?/[^\s/,;:'\"()]+(?:/[^\s/,;:'\"()]+)+/?")
"""Of at least two names, so that paths of URLs such as `/health` stay."""


def what_happened(text: str) -> str:
    """The first statement of a message: without the reason, which may quote a log, and without folders."""
    line = text.strip().partition("\n")[0]
    return without_folders(line.partition(": ")[0].partition("; ")[0])


def without_folders(text: str) -> str:
    """A text with only the last name of each path."""
    return _PATH.sub(lambda found: PurePosixPath(found[0]).name, text)
