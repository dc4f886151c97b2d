"""The folder of a Ray that abreast starts on this machine: made, noted, and removed also after a kill.

It is not in the session's folder because Ray's sockets are in it, and the path of a socket has about a
hundred characters at most.
"""

import shutil
import tempfile
from pathlib import Path

NOTE = "ray-folder"
"""The file in a session's folder that names it."""
PREFIX = "abreast-ray-"
SHORT = Path("/tmp")  # noqa: S108 - a folder of its own is made in it
"""Where it is, if there is such a folder: elsewhere temporary folders may have long names."""


def make(session_folder: Path) -> Path:
    """A new folder, noted in the session's."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=SHORT if SHORT.is_dir() else None))
    (session_folder / NOTE).write_text(str(folder))
    return folder


def remove_noted(session_folder: Path) -> bool:
    """Removes the folder that is noted in the session's, and the note; False if there is none, or if it
    cannot be removed now."""
    note = session_folder / NOTE
    try:
        folder = Path(note.read_text())
    except (OSError, UnicodeError):
        return False
    if not folder.name.startswith(PREFIX) or folder.is_symlink():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return False
    note.unlink(missing_ok=True)
    return True
