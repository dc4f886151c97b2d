"""Saved baselines: a file each, in abreast's home folder or wherever a path says."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.comparison.baseline_file import LARGEST_BYTES, SUFFIX, Baseline, decoded, encoded
from engine.comparison.subjects import Run
from engine.export.writing import write
from engine.machine import paths
from targets.errors import UsageError, reason_of, unknown

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}", re.ASCII)
_RESERVED = {"last"}


@dataclass(frozen=True, slots=True)
class SavedBaseline:
    """A baseline as a list shows it."""

    name: str
    path: Path
    size_bytes: int
    baseline: Baseline | None
    trouble: str = ""
    """Why it cannot be read; empty if it can."""


def save(name: str, run: Run, saved_at: str, *, replace_it: bool = False) -> Path:
    """Saves a run under a name, or in a file if the name is a path; returns the file. Another baseline of
    this name is kept unless `replace_it`. Raises UsageError."""
    path = path_of(name)
    stem = path.name.removesuffix(SUFFIX)
    content = encoded(Baseline(saved_at, replace(run, baseline=stem)))
    write(path, (content,), replace=replace_it, private=not is_path(name))
    return path


def read(path: Path) -> Run:
    """The run in a baseline's file. Raises UsageError."""
    return _read(path).run


def find(name: str) -> Path | None:
    """The file of the saved baseline of this name; None if there is none. Raises UsageError if abreast's
    folder cannot be used."""
    path = _folder() / f"{name}{SUFFIX}"
    return path if _is_name(name) and path.is_file() else None


def names() -> list[str]:
    """The names of all saved baselines."""
    return sorted(path.name.removesuffix(SUFFIX) for path in _files())


def saved() -> list[SavedBaseline]:
    """All saved baselines, by name."""
    return [_listed(path) for path in sorted(_files())]


def delete(name: str) -> Path:
    """Deletes a saved baseline; returns the file. Raises UsageError."""
    path = find(name)
    if path is None:
        raise unknown("baseline", name, names() or ["none"], hint="see: abreast baseline list")
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"cannot delete {path}", why=reason_of(error), hint="delete the file") from error
    return path


def path_of(name: str) -> Path:
    """The file of a baseline: a path as it is, a name in abreast's folder. Raises UsageError for a name that
    cannot be one."""
    if is_path(name):
        return Path(name)
    if not _is_name(name):
        raise UsageError(
            f"{name!r} cannot be the name of a baseline",
            why="`last` is the last session"
            if name in _RESERVED
            else "a name has up to 64 letters, digits, and . + - _, and begins with a letter or a digit",
            hint="name it main, or give a file: ./main.json",
        )
    return _folder() / f"{name}{SUFFIX}"


def is_path(name: str) -> bool:
    """Whether a word is the path of a baseline's file, not the name of a saved one."""
    return "/" in name or name.endswith(SUFFIX)


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in _RESERVED


def _folder() -> Path:
    return paths.baselines()


def _files() -> Iterator[Path]:
    return (path for path in _folder().glob(f"*{SUFFIX}") if _is_name(path.name.removesuffix(SUFFIX)))


def _read(path: Path) -> Baseline:
    try:
        if not path.is_file():
            raise OSError(None, "it does not exist" if not path.exists() else "it is not a file")  # noqa: TRY301
        if path.stat().st_size > LARGEST_BYTES:
            raise OSError(None, "it is far too large for a baseline")  # noqa: TRY301
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {path}", why=why, hint="see: abreast baseline list") from error
    return decoded(content, str(path))


def _listed(path: Path) -> SavedBaseline:
    name, size = path.name.removesuffix(SUFFIX), 0
    with suppress(OSError):
        size = path.stat().st_size
    try:
        return SavedBaseline(name, path, size, _read(path))
    except UsageError as error:
        return SavedBaseline(name, path, size, None, f"{error.what}: {error.why}")
