"""The notice after an export: which files were written, and where."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from engine.plan.commands import Notice


def export_notice(paths: Sequence[Path], *, is_running: bool = False) -> Notice:
    """Names the files, which are in one folder; their paths can be pasted into a shell."""
    return Notice(
        "information",
        "exported",
        f"to {files_text(paths)}{'; the run continues' * is_running}",
        copied=shlex.join(map(str, paths)),
    )


def files_text(paths: Sequence[Path]) -> str:
    """The path of one file; of several their names and their folder."""
    if len(paths) == 1:
        return str(paths[0])
    *names, last = (path.name for path in paths)
    return f"{', '.join(names)} and {last} in {paths[0].parent}"
