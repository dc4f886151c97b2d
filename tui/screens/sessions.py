"""The screen of recorded sessions: what can be done with them.

Files are read and written in threads, which only post messages.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual import on, work
from textual.message import Message

from engine.plan.commands import Notice
from engine.recording import about, journal, trash
from engine.recording.listing import ListedSession
from targets.errors import AbreastError, UsageError
from targets.plain_text import one_line
from tui.recorded_host import RecordedHost
from tui.screens.compare import CompareScreen
from tui.screens.prompts import PromptScreen
from tui.screens.recorded_export import ExportsRecorded
from tui.screens.session_list import SessionListScreen
from tui.screens.watch import WatchScreen

TO_THE_RESULTS_S = 10**9
"""Later than any session's end."""
COMPARED = 2


class SessionsScreen(ExportsRecorded, SessionListScreen):
    """The list of sessions, with all its commands."""

    class Done(Message):
        """Something was done to sessions, or refused: the list may be another one."""

        def __init__(self, notice: Notice, *, can_undo: bool | None = None) -> None:
            super().__init__()
            self.notice = notice
            self.can_undo = can_undo

    # ------------------------------------------------------------ looking at sessions

    def action_watch(self) -> None:
        """Plays the selected session; follows it if it runs."""
        self._watch(None)

    def action_results(self) -> None:
        """Shows the selected session at its end."""
        self._watch(TO_THE_RESULTS_S)

    def _watch(self, at: int | None) -> None:
        if session := self.session:
            self._play(session.recorded.journal, at)

    @work(exclusive=True, group="watch")
    async def _play(self, path: Path, at: int | None) -> None:
        try:
            with journal.opened(path) as file:
                async with RecordedHost.opened(file, path, at) as host:
                    await self.app.push_screen_wait(WatchScreen(host, self.mode))
        except AbreastError as error:
            self.post_message(self.Done(Notice("error", "it cannot be shown", str(error))))

    def action_mark(self) -> None:
        """Marks the selected session, or no longer; of more than two the first is unmarked."""
        if key := self.selected:
            others = tuple(each for each in self.marked if each != key)
            self.marked = others if key in self.marked else (*others, key)[-COMPARED:]
            self.redraw()

    def action_compare(self) -> None:
        """Compares the two marked sessions, or the marked one with the selected one."""
        first, *rest = self.marked
        self.app.push_screen(CompareScreen(first, rest[0] if rest else self.selected, self.mode))

    # ------------------------------------------------------------ changing sessions

    def action_rename(self) -> None:
        """Asks for a title."""
        if session := self.session:
            value = session.recorded.title if session.recorded.is_renamed else ""
            self._ask("title", about.checked_title, "empty: the plan's title", value, session, "title")

    def action_note(self) -> None:
        """Asks for a note."""
        if session := self.session:
            value = one_line(session.recorded.note)
            self._ask("note", about.checked_note, "empty: no note", value, session, "note")

    def _ask(
        self, title: str, make: Callable[[str], str], hint: str, value: str, session: ListedSession, part: str
    ) -> None:
        prompt: PromptScreen[str] = PromptScreen(title, make, hint=hint, value=value)

        def answered(text: str | None) -> None:
            if text is not None and text != value:
                self._write(session.folder, part, text)

        self.app.push_screen(prompt, self.unless_leaving(answered))

    @work(thread=True, group="files")
    def _write(self, folder: Path, part: str, text: str) -> None:
        try:
            about.save(folder, replace(about.load(folder), **{part: text}))
        except UsageError as error:
            self.post_message(self.Done(Notice("error", "not written", str(error))))
        else:
            self.post_message(self.Done(Notice("information", "written", f"{part} of {folder.name}")))

    def action_export(self) -> None:
        """Asks for formats, and exports the selected session."""
        if session := self.session:
            self.export(session.recorded.journal)

    def action_delete(self) -> None:
        """Deletes the selected session; `undo` brings it back."""
        if session := self.session:
            self._delete(session.folder)

    @work(thread=True, group="files")
    def _delete(self, folder: Path) -> None:
        try:
            result = trash.delete([folder])
        except AbreastError as error:
            self.post_message(self.Done(Notice("error", "not deleted", str(error))))
            return
        if why := result.refused.get(folder.name):
            self.post_message(self.Done(Notice("warning", f"{folder.name} is not deleted", why)))
        else:
            text = f"{folder.name}; u brings it back, for {trash.KEPT_DAYS} days"
            self.post_message(self.Done(Notice("information", "deleted", text), can_undo=True))

    def action_undo(self) -> None:
        """Brings back what was deleted last."""
        self._undo()

    @work(thread=True, group="files")
    def _undo(self) -> None:
        try:
            result = trash.undo()
        except AbreastError as error:
            notice = Notice("error", "nothing is brought back", str(error))
            self.post_message(self.Done(notice, can_undo=False))
            return
        for key, why in result.refused.items():
            self.post_message(self.Done(Notice("warning", f"{key} is not brought back", why)))
        if result.done:
            notice = Notice("information", "brought back", ", ".join(result.done))
            self.post_message(self.Done(notice, can_undo=False))

    @on(Done)
    def _done(self, done: Done) -> None:
        if done.can_undo is not None:
            self.deleted = max(self.deleted + (1 if done.can_undo else -1), 0)
        self.show_notice(done.notice)
        self.read_again()
