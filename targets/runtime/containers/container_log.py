"""The log of a target in a container: a file that each of its containers is appended to.

It is fetched from the engine, once for each run: following it would need a thread.
"""

from contextlib import suppress
from pathlib import Path

from targets.errors import TargetError, reason_of
from targets.runtime.containers.engine import Engine, Run
from targets.runtime.log_file import LogFile

LOG_LINES = 5000
"""The most that are fetched of one run."""


class ContainerLog:
    """One target's log."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._file = LogFile(path)
        self._engine = engine

    def begin(self, doing: str) -> None:
        """Prepares the file for another start. Raises TargetError, which says that `doing` failed."""
        try:
            self._file.open().close()
        except OSError as error:
            raise TargetError(
                doing, why=f"{error.filename}: {reason_of(error)}", hint="set ABREAST_HOME to another folder"
            ) from error

    async def save(self, run: Run) -> None:
        """Appends what a container wrote, unless it was done already. Never raises."""
        if run.is_logged:
            return
        run.is_logged = True
        with suppress(TargetError, OSError):
            text = await self._engine.call(
                "", lambda client: client.logs(run.container, tail=LOG_LINES, stdout=True, stderr=True)
            )
            with self._file.path.open("ab") as log:
                log.write(text)

    def tail(self, lines: int) -> list[str]:
        """The last lines written since the last start, as far as they were fetched."""
        return self._file.tail(lines)
