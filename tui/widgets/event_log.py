"""The event log, the newest event at the bottom."""

from engine.metrics.snapshot import Snapshot
from tui.views.rows import event_rows
from tui.widgets.panel import Panel


class EventLog(Panel):
    """As many of the newest events as fit; on a low terminal one, without a border."""

    def draw(self, snapshot: Snapshot) -> None:
        """Shows the newest events."""
        self.set_titles("events")
        self.show(event_rows(snapshot, self.size.width, self.size.height))
