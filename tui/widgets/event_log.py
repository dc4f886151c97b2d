"""The event log, the newest event at the bottom, below what the figures suggest."""

from collections.abc import Sequence

from engine.answers.hints import Hint
from engine.answers.moments import Moment
from engine.metrics.snapshot import Snapshot
from tui.views.hints import log_rows, moment_row
from tui.widgets.panel import Panel


class EventLog(Panel):
    """Hints, and as many of the newest events as fit; on a low terminal one line, without a border."""

    def draw(self, snapshot: Snapshot, hints: Sequence[Hint], moment: Moment | None = None) -> None:
        """Shows the hints and the newest events; beside the results, which list hints, only on a low
        terminal, where they may be cut off there. There `moment`, what just happened, comes before both; None
        if it is above the lanes."""
        if snapshot.phase == "ended" and self.size.height > 1:
            hints = ()
        self.set_titles("hints and events" if hints else "events")
        if moment is not None and self.size.height == 1:
            self.show((moment_row(moment, self.size.width),))
            return
        self.show(log_rows(snapshot, hints, self.size.width, self.size.height))
