"""A form for a target's options: each with its value and what it may be. Nothing is restarted unless one
changes."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from targets.errors import AbreastError
from targets.plain_text import one_line, visible
from tui.screens.dialog import Dialog
from tui.views.option_form import OptionRow, next_word, row_cells, typed_options
from tui.widgets.choices import Choices

Answer = TypeVar("Answer")


class Value(Input):
    """The value of one option. A space goes to the next word where it is one of a few."""

    has_words = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is text."""
        return not (self.has_words and key == "space") and super().check_consume_key(key, character)


class OptionsForm(Dialog, ModalScreen[Answer | None], Generic[Answer]):
    """Asks for options; None if the person cancels or changes none."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("up", "go(-1)", "previous option", priority=True),
        Binding("down", "go(1)", "next option", priority=True),
        Binding("space", "next_word", "next of the words", priority=True),
    ]

    def __init__(self, title: str, rows: Sequence[OptionRow], make: Callable[[str], Answer]) -> None:
        """`make` turns options, as `split_options` reads them, into an answer; it raises AbreastError or
        ValueError if they are wrong."""
        super().__init__()
        self._title = title
        self._rows = rows
        self._make = make
        self._typed: dict[str, str] = {}
        """What was typed, by the option's name."""
        self._at = 0

    def compose(self) -> ComposeResult:
        """An input for the value of the highlighted option, and all options."""
        with Vertical(classes="dialog page") as dialog:
            dialog.border_title = Content(one_line(self._title))
            dialog.border_subtitle = self.keys_line(answer="⏎ restart with these", dismiss="esc cancel")
            yield Value(compact=True)
            yield Choices(*(Option(self._line(row)) for row in self._rows), compact=True)
            yield Static("", classes="hint", markup=False)
            yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        """Goes to the first option; the first key replaces its value."""
        choices = self.query_one(Choices)
        choices.can_focus = False
        choices.highlighted = 0
        self.set_focus(self.query_one(Value))
        self._show()

    @property
    def _row(self) -> OptionRow:
        return self._rows[self._at]

    def _text(self, row: OptionRow) -> str:
        return self._typed.get(row.name, row.value)

    def _line(self, row: OptionRow) -> Content:
        name, value, allowed = row_cells(row, self._text(row))
        style = "bold $abreast-focus" if self._text(row).strip() != row.value else "bold"
        return Content.assemble(name, (value, style), (allowed, "$abreast-dim"))

    def _show(self) -> None:
        """Shows the highlighted option's value in the input, to be typed over."""
        row, field = self._row, self.query_one(Value)
        field.has_words = bool(row.words)
        field.value = self._text(row)
        field.action_select_all()
        words = " · space: the next one" if row.words else ""
        self.query_one(".hint", Static).update(visible(f"{row.name}: {row.about}{words}"))

    def _keep(self) -> None:
        """Keeps what is in the input as the value of its option."""
        text = self.query_one(Value).value
        if text != self._text(self._row):
            self._typed[self._row.name] = text
            self.query_one(Choices).replace_option_prompt_at_index(self._at, self._line(self._row))

    @on(Input.Changed)
    def _changed(self) -> None:
        self._keep()
        self._show_error("")

    @on(OptionList.OptionHighlighted)
    def _go_to_highlighted(self) -> None:
        at = self.query_one(Choices).highlighted
        if at is not None and at != self._at:
            self._keep()
            self._at = at
            self._show()

    def action_go(self, step: int) -> None:
        """Goes to the previous or next option."""
        self.query_one(Choices).highlighted = (self._at + step) % len(self._rows)
        self._go_to_highlighted()

    def action_next_word(self) -> None:
        """Takes the next of the words that the option may be."""
        if self._row.words:
            field = self.query_one(Value)
            field.value = next_word(self._row, field.value)

    @on(Input.Submitted)
    @on(Choices.DoubleClicked)
    def action_answer(self) -> None:
        """Answers with the options; with none if nothing was changed."""
        self._keep()
        options = typed_options(self._rows, self._typed)
        if options == typed_options(self._rows, {}):
            self.dismiss(None)
            return
        try:
            answer = self._make(options)
        except (AbreastError, ValueError) as error:
            self._show_error(str(error))
        else:
            self.dismiss(answer)

    def _show_error(self, text: str) -> None:
        self.query_one(".error", Static).update(visible(text))
        self.query_one(".dialog").set_class(bool(text), "-wrong")
