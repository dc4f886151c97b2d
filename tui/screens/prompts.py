"""Small pages that ask for a value, or yes or no. They show what is wrong, and keep what was typed."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

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
from tui.lifetime import DropsLateCalls

Answer = TypeVar("Answer")


class Suggestion(NamedTuple):
    """A suggested value, and what it is."""

    value: str
    about: str = ""


class PromptScreen(DropsLateCalls, ModalScreen[Answer | None], Generic[Answer]):
    """Asks for a text and turns it into an answer; None if the person cancels."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("up", "pick(-1)", "previous suggestion", priority=True),
        Binding("down", "pick(1)", "next suggestion", priority=True),
    ]

    def __init__(
        self,
        title: str,
        make: Callable[[str], Answer],
        *,
        hint: str = "",
        value: str = "",
        suggestions: Sequence[Suggestion] = (),
    ) -> None:
        """`make` turns the text into an answer; it raises AbreastError or ValueError if the text is wrong."""
        super().__init__()
        self._title = title
        self._make = make
        self._hint = hint
        self._value = value
        self._suggestions = suggestions

    def compose(self) -> ComposeResult:
        """An input, suggestions, a hint, and room for an error."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(one_line(self._title))
            dialog.border_subtitle = "⏎ ok · esc cancel"
            yield Input(self._value, compact=True)
            if self._suggestions:
                width = max(14, *(len(each.value) for each in self._suggestions))
                yield OptionList(*(Option(_line(each, width)) for each in self._suggestions), compact=True)
            yield Static(visible(self._hint), classes="hint", markup=False)
            yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        """Focuses the input; the first key replaces its text."""
        values = [each.value for each in self._suggestions]
        for suggestions in self.query(OptionList):
            suggestions.can_focus = False
            suggestions.highlighted = values.index(self._value) if self._value in values else None
        self.set_focus(self.query_one(Input))

    def action_pick(self, step: int) -> None:
        """Copies the previous or next suggestion into the input."""
        for suggestions in self.query(OptionList):
            before = suggestions.highlighted
            at = (0 if step > 0 else -1) if before is None else before + step
            suggestions.highlighted = at % len(self._suggestions)
            self._take(suggestions.highlighted)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_index)
        self._answer()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show_error("")

    @on(Input.Submitted)
    def _answer(self) -> None:
        try:
            answer = self._make(self.query_one(Input).value.strip())
        except (AbreastError, ValueError) as error:
            self._show_error(str(error))
        else:
            self.dismiss(answer)

    def _take(self, at: int) -> None:
        field = self.query_one(Input)
        field.value = self._suggestions[at].value
        field.cursor_position = len(field.value)

    def _show_error(self, text: str) -> None:
        self.query_one(".error", Static).update(visible(text))
        self.query_one(".dialog").set_class(bool(text), "-wrong")


class ConfirmScreen(DropsLateCalls, ModalScreen[bool]):
    """Asks yes or no before something that cannot be undone."""

    BINDINGS: ClassVar = [
        Binding("y,enter", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
    ]

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        """The question, and what happens on yes."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(one_line(self._question))
            dialog.border_subtitle = "y yes · n no"
            yield Static(visible(self._consequence), markup=False)

    def action_answer(self, answer: bool) -> None:
        """Closes with the answer."""
        self.dismiss(answer)


def _line(suggestion: Suggestion, width: int) -> Content:
    value, about = one_line(suggestion.value), one_line(suggestion.about)
    return Content.assemble((f"{value:<{width}} ", "bold"), (about, "$abreast-dim"))
