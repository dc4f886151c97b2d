"""What screens that export recorded sessions share. Reports are written in a thread, which only posts
messages."""

from pathlib import Path

from textual import on, work
from textual.message import Message

from engine.plan.commands import Notice
from targets.errors import AbreastError
from tui.screens.export_prompt import ExportPrompt
from tui.screens.page import Page


class ExportsRecorded(Page):
    """A screen of recorded sessions."""

    class Exported(Message):
        """Reports were written, or why not."""

        def __init__(self, notice: Notice) -> None:
            super().__init__()
            self.notice = notice

    def export(self, recording: Path) -> None:
        """Asks for formats, and exports a session to the current folder. `recording` is its journal or
        bundle."""

        def answered(formats: tuple[str, ...] | None) -> None:
            if formats:
                self._write_reports(recording, formats)

        self.app.push_screen(ExportPrompt(), self.unless_leaving(answered))

    @work(thread=True, group="export")
    def _write_reports(self, recording: Path, formats: tuple[str, ...]) -> None:
        from engine.export.formats import find
        from engine.export.loaded import load
        from engine.export.writing import write_beside
        from engine.recording import bundle
        from engine.session.export_notice import export_notice

        try:
            journal = bundle.unpacked(recording) if bundle.is_bundle(recording) else recording
            notice = export_notice(write_beside(load(journal), find(formats), Path.cwd()))
        except AbreastError as error:
            notice = Notice("error", error.what, error.hint or error.why)
        self.post_message(self.Exported(notice))

    @on(Exported)
    def _show_exported(self, exported: Exported) -> None:
        self.show_notice(exported.notice)
