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
from tui.screens.dialog import Dialog
from tui.views.choices import matching
from tui.widgets.choices import Choices

Answer = TypeVar("Answer")


class Suggestion(NamedTuple):
    """A suggested value, and what it is."""

    value: str
    about: str = ""


class PromptScreen(Dialog, ModalScreen[Answer | None], Generic[Answer]):
    """Asks for a text and turns it into an answer; None if the person cancels. Suggestions are those that
    match what was typed; Enter completes a text that has only one of them and is no answer itself."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("up", "pick(-1)", "previous suggestion", priority=True),
        Binding("down", "pick(1)", "next suggestion", priority=True),
        Binding("tab", "complete", "complete the text", priority=True),
    ]

    def __init__(
        self,
        title: str,
        make: Callable[[str], Answer],
        *,
        hint: str = "",
        value: str = "",
        suggestions: Sequence[Suggestion] = (),
        continued: Callable[[str], Sequence[Suggestion]] = lambda _: (),
    ) -> None:
        """`make` turns the text into an answer; it raises AbreastError or ValueError if the text is wrong.
        `continued` gives suggestions that go on from what was typed."""
        super().__init__()
        self._title = title
        self._make = make
        self._hint = hint
        self._taken: str | None = value
        """A text that was not typed: it filters nothing."""
        self._suggestions = suggestions
        self._continued = continued
        self._offered: Sequence[Suggestion] = suggestions
        """Those that match what was typed."""

    def compose(self) -> ComposeResult:
        """An input, suggestions, a hint, and room for an error."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(one_line(self._title))
            complete = {"complete": "tab complete"} if self._suggestions else {}
            dialog.border_subtitle = self.keys_line(answer="⏎ ok", **complete, dismiss="esc cancel")
            yield Input(self._taken or "", compact=True)
            if self._suggestions:
                yield Choices(compact=True)
            yield Static(visible(self._hint), classes="hint", markup=False)
            yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        """Focuses the input; the first key replaces its text."""
        for choices in self.query(Choices):
            choices.can_focus = False
        self._offer(self._suggestions)
        self.set_focus(self.query_one(Input))

    def _offer(self, suggestions: Sequence[Suggestion]) -> None:
        self._offered = suggestions
        values = [each.value for each in suggestions]
        width = max(14, *(len(value) for value in values)) if values else 0
        for choices in self.query(Choices):
            choices.set_options(Option(_line(each, width)) for each in suggestions)
            choices.highlighted = values.index(self._taken) if self._taken in values else None
            choices.display = bool(suggestions)

    def action_pick(self, step: int) -> None:
        """Copies the previous or next suggestion into the input."""
        for choices in self.query(Choices):
            if self._offered:
                before = choices.highlighted
                at = (0 if step > 0 else -1) if before is None else before + step
                choices.highlighted = at % len(self._offered)
                self._take(self._offered[choices.highlighted])

    def action_complete(self) -> None:
        """Takes the best suggestion, and offers what goes on from it."""
        at = next((choices.highlighted for choices in self.query(Choices)), None)
        if self._offered:
            best = self._offered[at or 0]
            self._take(best)
            self._offer(self._continued(best.value) or self._offered)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(self._offered[event.option_index])

    @on(Input.Changed)
    def _changed(self) -> None:
        text = self.query_one(Input).value
        self._show_error("")
        if text != self._taken:
            self._taken = None
            found = matching(self._suggestions, text, lambda each: (each.value, each.about))
            self._offer([*found, *self._continued(text)])

    @on(Input.Submitted)
    @on(Choices.DoubleClicked)
    def action_answer(self) -> None:
        """Answers with the text, or with what it is the beginning of."""
        text = self.query_one(Input).value.strip()
        ends = [each.value for each in self._offered if text and each.value.startswith(text)]
        try:
            try:
                answer = self._make(text)
            except (AbreastError, ValueError):
                if len(ends) != 1:
                    raise
                answer = self._make(ends[0])
        except (AbreastError, ValueError) as error:
            self._show_error(str(error))
        else:
            self.dismiss(answer)

    def _take(self, suggestion: Suggestion) -> None:
        field = self.query_one(Input)
        self._taken = field.value = suggestion.value
        field.cursor_position = len(field.value)

    def _show_error(self, text: str) -> None:
        self.query_one(".error", Static).update(visible(text))
        self.query_one(".dialog").set_class(bool(text), "-wrong")


class ConfirmScreen(Dialog, ModalScreen[bool]):
    """Asks yes or no before something that cannot be undone. Enter is no answer: it may have been meant for
    the prompt before."""

    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
    ]
    ANSWERS: ClassVar = {"answer(True)": "y yes", "answer(False)": "n no"}

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        """The question, and what happens on yes."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(one_line(self._question))
            dialog.border_subtitle = self.keys_line(**self.ANSWERS)
            yield Static(visible(self._consequence), markup=False)

    def action_answer(self, answer: bool) -> None:
        """Closes with the answer."""
        self.dismiss(answer)


def _line(suggestion: Suggestion, width: int) -> Content:
    value, about = one_line(suggestion.value), one_line(suggestion.about)
    return Content.assemble((f"{value:<{width}} ", "bold"), (about, "$abreast-dim"))
