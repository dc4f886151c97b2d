"""The plans in a folder: which of its TOML files are plans, and not the settings of another program."""

import re
import tomllib
from pathlib import Path

from engine.machine.files import UnreadableError, read_file

MAX_BYTES = 256 * 1024
"""Larger files are not looked into: this happens at every start."""
MAX_FILES = 50

_OF_PLANS = frozenset(
    {"targets", "target", "stages", "levels", "request", "step", "fault", "think_time", "warm_up"}
)
"""Keys of a plan of which a file must have one."""
_OF_OTHERS = frozenset({"project", "build-system", "tool", "package", "dependencies", "workspace"})
"""Keys that make it another program's file: a plan has none of them."""
_LINE = re.compile(rf"^\s*(?:\[\[?\s*)?(?P<key>{'|'.join(sorted(_OF_PLANS))})\s*(?:\]\]?|=)", re.MULTILINE)


def is_plan(text: str) -> bool:
    """Whether a TOML file is meant as a plan; one with a syntax error too, if a line of it looks like one."""
    try:
        keys = set(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        keys = {found["key"] for found in _LINE.finditer(text)}
        keys |= {key for key in _OF_OTHERS if re.search(rf"^\s*\[{key}\b", text, re.MULTILINE)}
    return not keys & _OF_OTHERS and bool(keys & _OF_PLANS)


def plans_in(folder: Path) -> list[str]:
    """The names of the plans in a folder, sorted; files that cannot be read are left out."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")[:MAX_FILES]
    except OSError:
        return []
    return [path.name for path in paths if is_plan(_text(path))]


def _text(path: Path) -> str:
    try:
        return read_file(path, MAX_BYTES).decode("utf-8-sig")
    except (UnreadableError, UnicodeDecodeError):
        return ""
