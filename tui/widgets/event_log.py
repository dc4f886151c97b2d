"""The event log, the newest event at the bottom, below what the figures suggest."""

from engine.answers.hints import hints_of
from engine.metrics.snapshot import Snapshot
from tui.views.hints import log_rows
from tui.widgets.panel import Panel


class EventLog(Panel):
    """Hints, and as many of the newest events as fit; on a low terminal one line, without a border."""

    def draw(self, snapshot: Snapshot) -> None:
        """Shows the hints and the newest events; beside the results, which list hints, only on a low
        terminal, where they may be cut off there."""
        hints = () if snapshot.phase == "ended" and self.size.height > 1 else hints_of(snapshot)
        self.set_titles("hints and events" if hints else "events")
        self.show(log_rows(snapshot, hints, self.size.width, self.size.height))
