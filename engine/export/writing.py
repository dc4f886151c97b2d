"""Writes exports: a file is complete or does not exist, and none is replaced unless that was asked for.

Rules of this file:
- content goes to a hidden temporary file in the same folder, which is then linked or renamed: neither a full
  disk nor a killed process leaves half a file under the name;
- a device or pipe is written directly, and so is what a shell or program has open (`/dev/stdout`, `>(…)`);
- every failure is a UsageError with the path, the reason and what to do.
"""

import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from engine.export.formats import ExportFile, Format
from engine.export.loaded import LoadedSession
from engine.machine.files import is_device, is_open_already
from targets.errors import UsageError, reason_of
from targets.private_files import default_umask

AGAIN = "what the journal holds can be exported again: abreast report last --out FILE"


def write(
    path: Path,
    chunks: Iterable[bytes],
    *,
    replace: bool = False,
    private: bool = False,
    hint: str = "name another file",
) -> None:
    """Writes a file whole or not at all; an existing file only with `replace`. A private one is of abreast's
    own, and only its owner's. Raises UsageError, with the hint where the system does not let it write."""
    check_writable(path, replace=replace)
    try:
        if is_device(path):
            with path.open("ab") as device:
                device.writelines(chunks)
            return
        _write(path.resolve(), chunks, replace=replace, private=private)
    except FileExistsError as error:
        raise _exists(path) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _cannot_write(path, reason_of(error), hint) from error


def write_files(files: Iterable[tuple[Path, Iterable[bytes]]], *, replace: bool = False) -> list[Path]:
    """Writes several files, and returns their paths. Checks all paths before it writes the first one. Raises
    UsageError."""
    found = list(files)
    for path, _ in found:
        check_writable(path, replace=replace)
    for path, chunks in found:
        write(path, chunks, replace=replace, hint=AGAIN)
    return [path for path, _ in found]


def check_writable(path: Path, *, replace: bool = True) -> None:
    """Raises UsageError if an export to this path is bound to fail; called both before and after a run."""
    try:
        if not replace and path.is_file() and not is_open_already(path):
            raise _exists(path)
        why = _why_not(path)
    except OSError as error:
        why = reason_of(error)
    if why:
        raise _cannot_write(path, why, "name another file")


def make_folder(folder: Path) -> None:
    """Makes a folder for exports, unless it exists. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _cannot_write(folder, reason_of(error), "name another folder") from error


def files_of(session: LoadedSession, formats: Sequence[Format]) -> list[ExportFile]:
    """The files of these formats, each once. Their content is made when it is iterated over."""
    return list({file.suffix: file for each in formats for file in each.files(session)}.values())


def named(stem: Path, files: Iterable[ExportFile]) -> list[tuple[Path, Iterable[bytes]]]:
    """The files next to each other: the names begin like `stem` and end with their suffixes."""
    return [(stem.with_name(f"{stem.name}{file.suffix}"), file.chunks) for file in files]


def write_beside(session: LoadedSession, formats: Sequence[Format], folder: Path) -> list[Path]:
    """Writes `abreast-PRESET-DATE` with each format's suffix to a folder, and returns the paths. Another file
    of these names stays, and the new ones get a number. Raises UsageError."""
    preset = session.header.plan["preset"] or "session"
    beginning = f"abreast-{preset}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (people read local time)
    files = files_of(session, formats)
    stem, number = folder / beginning, 1
    while any(os.path.lexists(path) for path, _ in named(stem, files)):
        number += 1
        stem = folder / f"{beginning}-{number}"
    return write_files(named(stem, files))


def _write(path: Path, chunks: Iterable[bytes], *, replace: bool, private: bool) -> None:
    beside = path.with_name(f".abreast-{os.getpid()}-{secrets.token_hex(4)}.part")
    mode = 0o600 if private else 0o666
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            if (mask := default_umask()) >= 0:
                os.fchmod(fd, mode & ~mask)
            file.writelines(chunks)
            file.flush()
            os.fsync(fd)  # some file systems report a full disk only now
        _put_in_place(beside, path, replace=replace)
    finally:
        beside.unlink(missing_ok=True)


def _put_in_place(beside: Path, path: Path, *, replace: bool) -> None:
    """Gives the complete file its name. Raises FileExistsError if another process has taken that name since
    it was checked."""
    if not replace:
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                raise FileExistsError(path) from None
        else:
            return
    beside.replace(path)


def _why_not(path: Path) -> str:
    """Why a file cannot be written there; empty if it can. Raises OSError if the check itself fails."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        if path.parent.exists():
            return f"{path.parent} is not a folder"
        return f"the folder {path.parent} does not exist"
    if is_device(path):
        return "" if os.access(path, os.W_OK) else "you may not write it"
    return "" if os.access(path.parent, os.W_OK) else f"you may not write in {path.parent}"


def _exists(path: Path) -> UsageError:
    return UsageError(f"{path} exists already", hint="name another file, or replace it with --force")


def _cannot_write(path: Path, why: str, hint: str) -> UsageError:
    return UsageError(f"cannot write {path}", why=why, hint=hint)
