"""Tables and sections of a report, as plain text: what every section is made of. Pure."""

from dataclasses import dataclass

from engine.answers.capacity.result import TargetCapacity
from engine.metrics.palette import marker, slot_style
from engine.metrics.session_result import SessionResult, TargetResult
from targets.plain_text import one_line


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row. The first cell is its head."""

    cells: tuple[str, ...]
    style: str = ""
    """The name of the target's colour; empty if the row is not about one target."""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. After its first columns, cells are figures and aligned to the right."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    texts: int = 1
    """How many columns are text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table."""

    name: str
    title: str
    table: Table
    note: str = ""


def label_of(result: SessionResult, name: str) -> str:
    """A target's label; its name if it is not among the results."""
    target = result.target(name)
    return one_line(target.label if target else name)


def target_row(target: TargetResult | TargetCapacity, *cells: str) -> Row:
    """A row about one target, in its colour; its label is the first cell."""
    return Row((one_line(target.label), *cells), slot_style(target.slot), marker(target.slot))
