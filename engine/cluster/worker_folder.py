"""The folder of a load worker on a node. It goes with its actor; after a kill, the next actor removes it.

Rules of this file:
- an actor locks a file in its folder for as long as it lives: the kernel unlocks it however the actor ends.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "abreast-worker-"
LOCK = "lock"
"""The file that is locked; it has this name only once it is."""


class WorkerFolder:
    """A new folder, among the temporary ones."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        unlocked = self.path / f"new-{LOCK}"
        self._lock = unlocked.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.rename(self.path / LOCK)

    def remove(self) -> None:
        """Removes it, and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def remove_left() -> None:
    """Removes such folders of this user whose actor has ended without removing them."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError), lock.open("rb") as file:
            if lock.parent.lstat().st_uid == os.getuid():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises OSError while its actor lives
                shutil.rmtree(lock.parent)
