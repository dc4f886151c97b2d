"""The screen over a scripted session: `python -m tests.demo_screen [targets] [braille|block|ascii]`."""

import sys
import time
from dataclasses import dataclass, field, replace
from typing import cast

from engine.metrics.snapshot import Snapshot
from engine.plan import commands
from engine.plan.commands import Choice, Command, Notice
from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.scripted_figures import CAST
from tui.app import AbreastApp
from tui.views.raster import DOTS, Mode


@dataclass
class DemoSession(FakeSessionApi):
    """A fake session that moves with the clock and answers the simplest commands."""

    count: int = 3
    began: float = 0.0
    linked: bool = True
    ended: bool = False
    died: dict[str, str] = field(default_factory=dict)

    def start(self, choice: Choice) -> None:
        """Starts the clock."""
        super().start(choice)
        self.began = time.monotonic()

    def snapshot(self) -> Snapshot | None:
        """A new snapshot five times a second."""
        if not self.began:
            return None
        elapsed = time.monotonic() - self.began
        picture = replace(snapshot(int(elapsed), self.count), now_s=elapsed, linked=self.linked)
        for name, text in self.died.items():
            picture = with_target(picture, name, state="died", trouble=text)
        return replace(picture, phase="ended", outcome="completed") if self.ended else picture

    def send(self, command: Command) -> None:
        """Does what a demo needs, and shows the other commands."""
        super().send(command)
        if isinstance(command, commands.SetLinked):
            self.linked = command.linked
        elif isinstance(command, commands.InjectFault):
            self.died[command.target] = "exit code -9: killed\nINFO: Application startup complete."
        elif isinstance(command, commands.RestartTarget):
            self.died.pop(command.target, None)
        elif isinstance(command, commands.Note) and command.text == "end":
            self.ended = True
        else:
            self.waiting_notices.append(Notice("information", type(command).__name__, repr(command)))


def main() -> None:
    """Runs the app over the demo session."""
    words = sys.argv[1:]
    mode = next((word for word in words if word in DOTS), "braille")
    count = next((int(word) for word in words if word.isdecimal()), 3)
    AbreastApp(DemoSession(count=min(count, len(CAST))), charts=cast("Mode", mode)).run()


if __name__ == "__main__":
    main()
