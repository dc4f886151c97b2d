"""The folders where abreast stores its files, all in one home folder."""

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from targets.errors import UsageError, reason_of

PRIVATE = 0o700


def home() -> Path:
    """Returns `ABREAST_HOME`, or the system's folder for user data if it is not set. Creates the folder.
    Raises UsageError if it cannot be used."""
    return _made(home_path())


def home_path() -> Path:
    """Returns the same folder, which may not exist yet. Raises UsageError if no folder can have that name."""
    named = os.environ.get("ABREAST_HOME", "")
    try:
        if not named.isprintable():
            raise ValueError("its name has control characters, or bytes that are not UTF-8")  # noqa: TRY301
        return Path(named).expanduser().absolute() if named else default_home()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unusable(repr(named), reason_of(error)) from error


def default_home() -> Path:
    """Returns the home folder where `ABREAST_HOME` is not set. It may not exist."""
    return Path(platformdirs.user_data_dir("abreast"))


def sessions() -> Path:
    """Returns the folder that contains a folder for each session. Creates it. Raises UsageError."""
    return _private(_made(home() / "sessions"))


def session_folder(session_id: str) -> Path:
    """Returns a session's folder, which contains its journal, logs and the targets' working folders. Creates
    it. Raises UsageError."""
    if session_id in ("", ".", "..") or Path(session_id).name != session_id:
        raise UsageError(
            f"{session_id!r} is not the name of a session",
            why="a session's name is the name of its folder",
            hint="see: abreast sessions",
        )
    return _private(_made(sessions() / session_id))


def target_folder(session: Path, target: str) -> Path:
    """Returns a target's folder within its session's: for its log, and as its process's working folder.
    Raises UsageError for a name, from another machine's recording, that would lead elsewhere."""
    name = target.replace("#", "-")
    if name in ("", ".", "..") or Path(name).name != name:
        raise UsageError(f"{target!r} is not the name of a target", why="its folder would be elsewhere")
    return session / "targets" / name


def baselines() -> Path:
    """Returns the folder that contains saved baselines. Creates it. Raises UsageError."""
    return _private(_made(home() / "baselines"))


def trash() -> Path:
    """Returns the folder of deleted sessions, from which they can be brought back. Creates it. Raises
    UsageError."""
    return _private(_made(home() / "trash"))


def cache() -> Path:
    """Returns the folder for data that can be recreated: calibrations, models. Creates it. Raises
    UsageError."""
    return _private(_made(home() / "cache"))


def _made(folder: Path) -> Path:
    """Creates a folder and checks that abreast can read and write it. Raises UsageError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE, exist_ok=True)
    except FileExistsError as error:
        raise _unusable(folder, f"{error.filename or folder} is not a folder") from error
    except (OSError, ValueError) as error:
        named = getattr(error, "filename", None) or folder
        why = f"{named!s:.200}: {reason_of(error)}"
        raise _unusable(folder, why) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(folder, "you have no permission to read and write there")
    return folder


def _private(folder: Path) -> Path:
    """Makes a folder accessible to its owner only. The home folder itself may be shared with other users."""
    with suppress(OSError):  # the file system does not support modes, or another user owns it
        if folder.stat().st_mode & 0o077:
            folder.chmod(PRIVATE)
    return folder


def _unusable(folder: Path | str, why: str) -> UsageError:
    return UsageError(
        f"abreast cannot store its files in {folder!s:.200}",
        why=why,
        hint="set ABREAST_HOME to a folder that you can write to",
    )
