"""Where abreast keeps its files: everything below one home folder."""

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from targets.errors import UsageError, reason_of

PRIVATE = 0o700


def home() -> Path:
    """`ABREAST_HOME`, or else the place the system has for a user's data. Makes it. Raises UsageError."""
    named = os.environ.get("ABREAST_HOME", "")
    try:
        if not named.isprintable():
            raise ValueError("its name has control characters")  # noqa: TRY301  told as the other reasons
        place = Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("abreast"))
    except (OSError, RuntimeError, ValueError) as error:
        raise _unusable(repr(named), reason_of(error)) from error
    return _made(place)


def sessions() -> Path:
    """The folder with a folder for each session. Makes it. Raises UsageError."""
    return _private(_made(home() / "sessions"))


def session_folder(session_id: str) -> Path:
    """One session's folder: its journal, logs and targets' working folders. Makes it. Raises UsageError."""
    if session_id in ("", ".", "..") or Path(session_id).name != session_id:
        raise UsageError(
            f"{session_id!r} is no session's name",
            why="a session's name is the name of its folder",
            hint="see: abreast sessions",
        )
    return _private(_made(sessions() / session_id))


def cache() -> Path:
    """What can be built or fetched again: calibrations, models. Makes it. Raises UsageError."""
    return _private(_made(home() / "cache"))


def _made(folder: Path) -> Path:
    """The folder, which exists now and can be written."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE, exist_ok=True)
    except FileExistsError as error:
        raise _unusable(folder, f"{error.filename or folder} is no folder") from error
    except (OSError, ValueError) as error:
        named = getattr(error, "filename", None) or folder
        why = f"{named!s:.200}: {reason_of(error)}"
        raise _unusable(folder, why) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(folder, "you may not read and write there")
    return folder


def _private(folder: Path) -> Path:
    """The folder, which nobody else may look into. The home itself may be one that others use, too."""
    with suppress(OSError):  # where the file system knows no modes, or somebody else made it
        if folder.stat().st_mode & 0o077:
            folder.chmod(PRIVATE)
    return folder


def _unusable(folder: Path | str, why: str) -> UsageError:
    return UsageError(
        f"abreast cannot keep its files in {folder!s:.200}",
        why=why,
        hint="set ABREAST_HOME to a folder that you can write",
    )
