"""What follows the figures of a result: what people changed by hand, and what to do next. Pure."""

from textwrap import wrap
from typing import NamedTuple

from engine.metrics import formatting
from engine.metrics.session_result import SessionResult
from tui.views.rows import Row, Span, plain


class NextCommand(NamedTuple):
    """A command that a person may type next."""

    purpose: str
    command: str

    @property
    def text(self) -> str:
        """The command and what it is for, in one line."""
        return f"{self.purpose}: {self.command}"


def next_commands(result: SessionResult) -> list[NextCommand]:
    """What a person may do with the session next."""
    session_id = result.session_id
    is_by_hand = result.was_steered and result.measured_s >= 1
    again = f"abreast plan save again {session_id} && abreast run again.toml"
    return [
        NextCommand("watch it", f"abreast watch {session_id}"),
        NextCommand("compare the next run with it", f"abreast compare {session_id} last"),
        NextCommand("a page to share", f"abreast report {session_id} --format html --out report.html"),
        NextCommand("repeat it", again if is_by_hand else plain(result.repeat_command)),
    ]


def by_hand_rows(result: SessionResult, wrap_at: int | None) -> list[Row]:
    """What people changed while it ran; no row if they changed nothing."""
    labels = {target.name: target.label for target in result.targets}
    changes = [
        " ".join(
            filter(
                None,
                [formatting.clock(each.t_s), plain(labels.get(each.target, each.target)), plain(each.text)],
            )
        )
        for each in result.by_hand
    ]
    return text_rows(f"steered: {' · '.join(changes)}", "accent", wrap_at) if changes else []


def text_rows(text: str, style: str, wrap_at: int | None) -> list[Row]:
    """A text in as many rows as it needs in `wrap_at` cells; in one if that is None."""
    if wrap_at is None:
        return [(Span(f" {text}", style),)]
    lines = wrap(text, max(wrap_at, 20), initial_indent=" ", subsequent_indent="   ")
    return [(Span(line, style),) for line in lines]
