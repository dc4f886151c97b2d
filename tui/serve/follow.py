"""Follows a recorded session for the site: publishes what it shows, and makes its report at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import anyio
from anyio import to_thread

from engine.machine.environment import available_cores, plan_cores
from engine.metrics.records import Header
from engine.playback.journal_follower import JournalFollower
from targets.errors import AbreastError, UsageError, in_a_line
from tui.recorded_host import RecordedHost
from tui.serve.feed import Feed
from tui.serve.public_text import what_happened
from tui.serve.view import Source

PULL_S = 0.2
"""How often it looks for a newer snapshot; a session has one a second."""


@asynccontextmanager
async def followed(
    file: IO[bytes], path: Path, feed: Feed, *, reports: bool, is_open: bool = False
) -> AsyncIterator[RecordedHost]:
    """Publishes the newest second of a session while the block lasts, and of one that is over its results.
    `reports`: the page may offer a report. `is_open`: other machines can read it (`Source.is_open`). Raises
    UsageError if the journal cannot be read."""
    async with RecordedHost.opened(file, path) as host:
        player = host.playback().player
        host.play(player.jump_to(player.newest))
        async with anyio.create_task_group() as group:
            group.start_soon(_publish, host, feed, reports, is_open)
            try:
                yield host
            finally:
                group.cancel_scope.cancel()


async def _publish(host: RecordedHost, feed: Feed, reports: bool, is_open: bool) -> None:
    while True:
        playback = host.playback()
        trouble = in_a_line(host.error) if host.error else playback.state.trouble
        if is_open:
            trouble = what_happened(trouble)
        is_shown = playback.is_over and playback.is_shown and playback.player.is_at_end
        has_report = reports and is_shown and not feed.lacks_report
        feed.publish(host.snapshot(), Source(is_shown, trouble, has_report, is_open))
        await anyio.sleep(PULL_S)


@dataclass(slots=True)
class Reporter:
    """Makes the HTML report of a session once, when it is first asked for and the session is over."""

    path: Path
    """Of its journal."""
    host: RecordedHost
    feed: Feed
    """It stops offering a report that cannot be made, as on a full disk, until one can."""
    _made: bytes | None = None
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def report(self) -> bytes | None:
        """The report; None while the session runs, or if it cannot be made."""
        if not self.host.playback().is_over:
            return None
        async with self._lock:
            if self._made is None:
                self._made = await to_thread.run_sync(_report_of, self.path)
                self.feed.lacks_report = self._made is None
        return self._made


def spare_cores(file: IO[bytes], path: Path) -> tuple[int, ...]:
    """The cores that the load workers of a session on this machine leave free; empty if the system does not
    pin processes, or the session has none. `path` is for messages. Raises UsageError if it cannot be read."""
    header = next(JournalFollower(file, path).records(), None)
    count = header.environment.get("load_workers", 1) if isinstance(header, Header) else 1
    if isinstance(header, Header) and header.environment.get("nodes"):
        return ()  # load workers are on a cluster
    return plan_cores(available_cores(), count if isinstance(count, int) else 1).targets


def can_report() -> bool:
    """Whether the extra that draws reports is installed."""
    from engine.export.drawing import check_installed

    try:
        check_installed()
    except UsageError:
        return False
    return True


def _report_of(path: Path) -> bytes | None:
    """None if it cannot be made."""
    from engine.export.html import page
    from engine.export.loaded import load
    from engine.recording import archive

    try:
        return page(load(archive.find(str(path)))).encode()  # a bundle is unpacked
    except (AbreastError, OSError):
        return None
