"""The small page that asks for export formats."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.export.formats import DEFAULT_FORMATS, FORMATS, Format
from targets.plain_text import visible
from tui.screens.dialog import Dialog
from tui.widgets.choices import Choices

NAME_CELLS = max(len(each.name) for each in FORMATS.values() if each.is_prompted)


class ExportPrompt(Dialog, ModalScreen[tuple[str, ...] | None]):
    """Asks which formats to write; None if the user cancels."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("space", "check", "choose", priority=True),
        Binding("enter", "export", "export", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._listed = [each for each in FORMATS.values() if each.is_prompted]
        self.chosen = {each.name for each in self._listed if each.name in DEFAULT_FORMATS}

    def compose(self) -> ComposeResult:
        """A box for each format, and where the files go."""
        with Vertical(classes="dialog page") as dialog:
            dialog.border_title = "export as"
            dialog.border_subtitle = self.keys_line(
                check="space choose", export="⏎ export", dismiss="esc cancel"
            )
            yield Choices(*(Option(self._line(each)) for each in self._listed), compact=True)
            yield Static(visible(f"in {Path.cwd()}"), classes="hint", markup=False)
            yield Static("choose at least one format", classes="error", markup=False)

    def on_mount(self) -> None:
        """Focuses the list."""
        formats = self.query_one(OptionList)
        formats.highlighted = 0
        self.set_focus(formats)

    def action_check(self) -> None:
        """Chooses the highlighted format, or no longer."""
        formats = self.query_one(OptionList)
        if (at := formats.highlighted) is not None:
            self.chosen ^= {self._listed[at].name}
            formats.replace_option_prompt_at_index(at, self._line(self._listed[at]))
            self.query_one(".dialog").remove_class("-wrong")

    def action_export(self) -> None:
        """Answers with the chosen formats, in the order of the table."""
        if self.chosen:
            self.dismiss(tuple(each.name for each in self._listed if each.name in self.chosen))
        else:
            self.query_one(".dialog").add_class("-wrong")

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        """A click highlights a format and chooses it; Enter and Space do not come here."""
        self.action_check()

    def _line(self, each: Format) -> Content:
        box = ("[x] ", "bold $abreast-good") if each.name in self.chosen else ("[ ] ", "$abreast-dim")
        return Content.assemble(box, (f"{each.name:<{NAME_CELLS}} ", "bold"), (each.about, "$abreast-dim"))
