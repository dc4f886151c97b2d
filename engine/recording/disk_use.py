"""How much room files take."""

import os
from contextlib import suppress
from pathlib import Path


def of(folder: Path) -> int:
    """The bytes of all files in a folder and its subfolders, without following links; what cannot be read
    counts as nothing."""
    total, folders = 0, [os.fspath(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
    return total
