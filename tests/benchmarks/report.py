"""What goes into a section of the benchmarks and what comes out of it: options and a table."""

from dataclasses import dataclass

from tests.benchmarks.machine import Cores


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure."""

    cores: Cores
    rounds: int
    """Repetitions of each measurement; medians are shown."""
    seconds: float
    """Measured seconds of a round."""
    runs: int = 10
    """Sessions of the section `light`."""


@dataclass(frozen=True)
class Table:
    """A section's result."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    """Lines below the table: how it was measured, what was asked for, what is missing."""

    def markdown(self) -> str:
        """The table as Markdown."""
        rows = [self.head, *self.rows]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.head))]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in rows
        ]
        lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
        return "\n".join([f"## {self.title}", "", *lines, "", "  \n".join(self.notes), ""])
