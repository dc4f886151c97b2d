"""All targets in one table."""

from engine.metrics.snapshot import Snapshot
from tui.views.tables import scoreboard_rows
from tui.widgets.panel import Panel


class Scoreboard(Panel):
    """The targets' figures side by side. Replaces the lanes if there is no room for them."""

    def draw(self, snapshot: Snapshot, selected: str, *, steady: bool) -> None:
        """Shows the live window, or with `steady` the time since the last change of load."""
        window = "since the last change of load" if steady else f"last {snapshot.window_asked_s:.0f} s"
        self.set_titles(f"scoreboard · {window}")
        self.show(scoreboard_rows(snapshot, selected, self.size.width, steady=steady))
