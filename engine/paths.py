"""Where abreast keeps its files: everything below one home folder."""

import os
from pathlib import Path

import platformdirs

from targets.errors import UsageError, reason_of


def home() -> Path:
    """`ABREAST_HOME`, or else the place the system has for a user's data. Makes it. Raises UsageError."""
    named = os.environ.get("ABREAST_HOME")
    return _made(
        Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("abreast"))
    )


def sessions() -> Path:
    """The folder with a folder for each session. Makes it. Raises UsageError."""
    return _made(home() / "sessions")


def session_folder(session_id: str) -> Path:
    """One session's folder: its journal, logs and targets' working folders. Makes it. Raises UsageError."""
    if session_id in ("", ".", "..") or Path(session_id).name != session_id:
        raise UsageError(
            f"{session_id!r} is no session's name",
            why="a session's name is the name of its folder",
            hint="see: abreast sessions",
        )
    return _made(sessions() / session_id)


def cache() -> Path:
    """What can be built or fetched again: calibrations, models. Makes it. Raises UsageError."""
    return _made(home() / "cache")


def _made(folder: Path) -> Path:
    """The folder, which exists now and can be written."""
    why = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{error.filename or folder}: {reason_of(error)}"
    else:
        if not os.access(folder, os.W_OK | os.X_OK):
            why = "you may not write there"
    if why:
        raise UsageError(
            f"abreast cannot keep its files in {folder}",
            why=why,
            hint="set ABREAST_HOME to a folder that you can write",
        )
    return folder
