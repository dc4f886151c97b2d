"""A widget that draws the rows it is given, and redraws only those that changed."""

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.lifetime import DropsLateCalls
from tui.themes import ATTRIBUTES, style_named
from tui.views.raster import Mode
from tui.views.rows import Row

if TYPE_CHECKING:
    from collections.abc import Mapping


class Panel(DropsLateCalls, Widget):
    """Rows of styled text. A row's strip is kept until the row or the style changes."""

    ALLOW_SELECT = False

    class Resized(Message):
        """Its size changed: its rows must be made again."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  so named in Textual
        super().__init__(id=id, classes=classes)
        self.rows: tuple[Row, ...] = ()
        """The rows that are drawn."""
        self._strips: dict[int, Strip] = {}
        self._base: Style | None = None
        """What rows are drawn on; looked up only for another theme or class, since every row needs it."""
        self._title = ""
        self._subtitle = ""
        self._variables: Mapping[str, str] = {}
        self._own_variables: tuple[tuple[str, str], ...] = ()

    def show(self, rows: tuple[Row, ...]) -> None:
        """Draws these rows from now on."""
        if rows == self.rows:
            return
        longest = max(len(rows), len(self.rows))
        changed = [y for y in range(longest) if rows[y : y + 1] != self.rows[y : y + 1]]
        self.rows = rows
        for y in changed:
            self._strips.pop(y, None)
        self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def set_titles(self, title: str | Content, subtitle: str | Content = "") -> None:
        """Sets the border's texts, if they changed."""
        if isinstance(title, Content):
            self._title, self.border_title = title.plain, title
        elif title != self._title:
            self._title = title
            self.border_title = Content(title)
        if isinstance(subtitle, Content):
            self.border_subtitle = subtitle
        elif subtitle != self._subtitle:
            self._subtitle = subtitle
            self.border_subtitle = Content(subtitle)

    def draw_charts(self, mode: Mode) -> None:
        """Charts are drawn in this way from now on; for panels that have one."""

    def on_resize(self) -> None:
        """Asks for rows of the new size."""
        self.post_message(self.Resized())

    def render(self) -> RenderResult:
        """Not used: `render_line` draws."""
        return ""

    def render_line(self, y: int) -> Strip:
        """One row as a strip."""
        if y >= len(self.rows):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(self.rows[y])
        return strip

    def notify_style_update(self) -> None:
        """The theme or a class changed: the kept strips have the wrong colours."""
        self._strips.clear()
        self._base = None
        super().notify_style_update()

    def _strip(self, row: Row) -> Strip:
        if self._base is None:
            self._base = self.rich_style
        base, variables = self._base, self._colours()
        return Strip([Segment(span.text, _style(span.style, variables, base)) for span in row])

    def _colours(self) -> tuple[tuple[str, str], ...]:
        """abreast's variables of the theme; looked up only for another theme, since every row needs them."""
        variables = self.app.theme_variables
        if variables is not self._variables:
            own = {name: value for name, value in variables.items() if name.startswith("abreast-")}
            self._variables, self._own_variables = variables, tuple(sorted(own.items()))
        return self._own_variables


def content_of(row: Row) -> Content:
    """A row as a border's text."""
    return Content.assemble(*((span.text, _content_style(span.style)) for span in row))


def _content_style(name: str) -> str:
    words = [word if word in ATTRIBUTES else f"$abreast-{word}" for word in name.split()]
    return " ".join(words).replace("$abreast-accent", "$abreast-focus")


@lru_cache(512)
def _style(name: str, variables: tuple[tuple[str, str], ...], base: Style) -> Style:
    return style_named(name, dict(variables), base)
