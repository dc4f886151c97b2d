"""What people take from a session's screen at a key: a picture of it, and the summary as text.

Files are written to the current folder, in a thread, which only posts messages.
"""

import re
from datetime import datetime
from pathlib import Path

from textual import on, work
from textual.message import Message

from engine.answers.hints import hints_of
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.plan.commands import Notice
from targets.errors import AbreastError
from tui.screens.page import Page
from tui.views.picture import without_fonts
from tui.views.results import result_lines

SUMMARY_CELLS = 110
"""Columns of the summary as text."""


class TakingAwayScreen(Page):
    """A session's screen whose picture and summary can be taken away."""

    class Taken(Message):
        """A file was written, or why not."""

        def __init__(self, notice: Notice) -> None:
            super().__init__()
            self.notice = notice

    def newest(self) -> Snapshot | None:
        """The newest snapshot."""
        raise NotImplementedError

    def shown(self) -> Snapshot | None:
        """The snapshot that is on the screen."""
        raise NotImplementedError

    def action_picture(self) -> None:
        """Writes the screen as it is now as an SVG file."""
        snapshot = self.shown()
        name = "" if snapshot is None else snapshot.preset
        svg = without_fonts(self.app.export_screenshot(title=f"abreast {name}".strip()))
        self._write_file(file_stem(name), ".svg", svg, "picture", "")

    def action_copy(self) -> None:
        """Copies the summary to the clipboard, and writes it to a file: not every terminal has a
        clipboard."""
        if (snapshot := self.shown()) is None:
            return
        result = session_result(snapshot, unfinished="running")
        text = "\n".join(result_lines(result, SUMMARY_CELLS, hints_of(snapshot))) + "\n"
        self._write_file(file_stem(snapshot.preset), ".txt", text, "summary", text)

    @work(thread=True, group="taking-away")
    def _write_file(self, stem: str, suffix: str, text: str, what: str, copied: str) -> None:
        try:
            path = write_new(Path.cwd(), stem, suffix, text)
        except AbreastError as error:
            notice = Notice("error", error.what, error.hint or error.why, copied=copied)
        except OSError as error:  # the current folder is gone
            notice = Notice(
                "error", f"the {what} was not written", str(error.strerror or error), copied=copied
            )
        else:
            also = "copied to the clipboard if the terminal has one, and " if copied else ""
            notice = Notice("information", what, f"{also}written to {path}", copied=copied)
        self.post_message(self.Taken(notice))

    @on(Taken)
    def _show_taken(self, taken: Taken) -> None:
        self.show_notice(taken.notice)


def file_stem(preset: str) -> str:
    """How the name of a file begins, in local time: `abreast-ramp-20250101-120000`."""
    name = re.sub(r"[^\w.-]+", "-", Path(preset).stem).strip("-.") or "session"
    return f"abreast-{name}-{datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005  (people read local time)


def write_new(folder: Path, stem: str, suffix: str, text: str) -> Path:
    """Writes a new file, numbered if one of that name exists, and returns its path. Raises UsageError."""
    from engine.export.writing import write

    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    write(path, [text.encode()])
    return path
