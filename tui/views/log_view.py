"""Which part of a log is shown, and what is searched for in it. Pure."""

from dataclasses import dataclass, replace
from functools import cached_property

from tui.views.log_rows import matching
from tui.views.rows import plain


@dataclass(frozen=True)
class LogView:
    """A log as it is looked at. Immutable."""

    lines: tuple[str, ...] = ()
    search: str = ""
    last: int | None = None
    """The last line that is shown, from 0; None while it follows."""
    dropped: int = 0
    """How many lines before these were left out since the log was opened."""

    @cached_property
    def found(self) -> list[int]:
        """The numbers of the lines that contain what is searched for."""
        return matching(self.lines, self.search)

    @property
    def shown_last(self) -> int:
        """The last line that is shown; -1 of an empty log."""
        newest = len(self.lines) - 1
        return newest if self.last is None else min(self.last, newest)

    def with_lines(self, lines: tuple[str, ...], dropped: int = 0) -> "LogView":
        """The same after it was read again: the same line stays last, or the oldest if it was left out."""
        last = None if self.last is None else max(self.last - (dropped - self.dropped), 0)
        return replace(self, lines=lines, last=last, dropped=dropped)

    def scrolled(self, rows: int) -> "LogView":
        """Further down or up; at its end it follows again."""
        newest = len(self.lines) - 1
        last = min(max(self.shown_last + rows, 0), newest)
        return replace(self, last=None if last >= newest else last)

    def searched(self, search: str) -> "LogView":
        """Looks for another text: at the newest line that contains it, if one does."""
        made = replace(self, search=search)
        return replace(made, last=made.found[-1]) if made.found else made

    def next_match(self) -> "LogView":
        """At the next line that was found; after the last comes the first."""
        later = (line for line in self.found if line > self.shown_last)
        return replace(self, last=next(later, self.found[0])) if self.found else self

    def previous_match(self) -> "LogView":
        """At the line that was found before; before the first comes the last."""
        earlier = (line for line in reversed(self.found) if line < self.shown_last)
        return replace(self, last=next(earlier, self.found[-1])) if self.found else self

    @property
    def text(self) -> str:
        """Where it is, in words."""
        parts = []
        if self.search:
            at = sum(line <= self.shown_last for line in self.found)
            found = f"{at} of {len(self.found)} lines" if self.found else "not found"
            parts.append(f"“{plain(self.search)}”: {found}")
        if self.lines:
            is_there = self.last is None
            parts.append("follows" if is_there else f"line {self.shown_last + 1} of {len(self.lines)}")
        return " · ".join(parts)
