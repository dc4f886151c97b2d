"""The small page that asks for export formats."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from engine.export.formats import DEFAULT_FORMATS, FORMATS
from targets.plain_text import visible
from tui.lifetime import DropsLateCalls

NAME_CELLS = max(map(len, FORMATS)) + 1


class ExportPrompt(DropsLateCalls, ModalScreen[tuple[str, ...] | None]):
    """Asks which formats to write; None if the user cancels."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("enter", "export", "export", priority=True),
    ]

    def compose(self) -> ComposeResult:
        """A checkbox for each format, and where the files go."""
        with Vertical(classes="dialog page") as dialog:
            dialog.border_title = "export as"
            dialog.border_subtitle = "space choose · ⏎ export · esc cancel"
            yield SelectionList[str](
                *(
                    Selection(_line(each.name, each.about), each.name, each.name in DEFAULT_FORMATS)
                    for each in FORMATS.values()
                    if each.is_prompted
                ),
                compact=True,
            )
            yield Static(visible(f"in {Path.cwd()}"), classes="hint", markup=False)
            yield Static("choose at least one format", classes="error", markup=False)

    def on_mount(self) -> None:
        """Focuses the list."""
        self.set_focus(self.query_one(SelectionList))

    def action_export(self) -> None:
        """Answers with the chosen formats, in the order of the table."""
        chosen = set(self.query_one(SelectionList).selected)
        if chosen:
            self.dismiss(tuple(name for name in FORMATS if name in chosen))
        else:
            self.query_one(".dialog").add_class("-wrong")

    @on(SelectionList.SelectedChanged)
    def _changed(self) -> None:
        self.query_one(".dialog").remove_class("-wrong")


def _line(name: str, about: str) -> Content:
    return Content.assemble((f"{name:<{NAME_CELLS}}", "bold"), (about, "$abreast-dim"))
