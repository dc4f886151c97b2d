"""What a plan says of a data file (`[data.users]`), and what was read of it. Frozen, validated, pure."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from engine.plan.data_rows import MAX_COLUMNS, Rows, check_name, parse_csv, parse_jsonl
from engine.plan.values import Frozen
from engine.protocol.rows import RowOrder, Table

_FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Checks the names of columns. Raises ValueError."""
    for name in names:
        check_name(name)
    if len(set(names)) < len(names):
        raise ValueError("two columns have the same name")
    return names


def one_sign(text: str) -> str:
    """Checks what separates the values of a CSV file. Raises ValueError."""
    if len(text) != 1 or text.isalnum() or text in '"\r\n':
        raise ValueError(f'{text!r} cannot separate values; write one character such as ",", ";" or "\\t"')
    return text


class DataFile(Frozen):
    """A file with rows of values: `[data.users]`."""

    file: Annotated[str, Field(min_length=1)]
    """Its path, relative to the plan's folder, and within it: CSV or JSONL."""
    order: RowOrder = "in-order"
    """Which row a request (in a journey: all its steps) gets: the next one, over and over; any one, drawn at
    random; or the one that belongs to its user (`"unique"`), so that no two users have the same."""
    format: Literal["", "csv", "jsonl"] = ""
    """By default as its name says: `.csv`, `.tsv`, `.jsonl`, `.ndjson`."""
    delimiter: Annotated[str, AfterValidator(one_sign)] | None = None
    """CSV: what separates values; by default a comma, in a `.tsv` file a tab."""
    columns: Annotated[tuple[str, ...], Field(max_length=MAX_COLUMNS), AfterValidator(distinct_names)] = ()
    """CSV: the names of the columns, if the file's first row does not have them."""
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    """The file's hash when the plan was saved from a session: a run says if the file is another."""

    @property
    def kind(self) -> str:
        """Its format: `csv` or `jsonl`; empty if its name does not say."""
        return self.format or _FORMATS.get(Path(self.file).suffix.lower(), "")

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        if not self.kind:
            raise ValueError(f'the name {self.file!r} does not say its format: add format = "csv" or "jsonl"')
        if self.kind != "csv" and (self.columns or self.delimiter is not None):
            raise ValueError("columns and delimiter are for CSV files")
        return self

    def parse(self, content: bytes, used: set[str]) -> Rows:
        """The rows in the file's content, with the columns that are used. Raises DataError."""
        if self.kind == "jsonl":
            return parse_jsonl(content, used)
        default = "\t" if self.file.lower().endswith(".tsv") else ","
        return parse_csv(content, used, delimiter=self.delimiter or default, names=self.columns)


@dataclass(frozen=True, slots=True)
class DataRows:
    """What was read of a data file."""

    table: Table = field(repr=False)
    """Its rows, with the columns that requests use."""
    names: tuple[str, ...]
    """Of all its columns."""
    sha256: str
    size_bytes: int

    @property
    def recorded(self) -> dict[str, Any]:
        """What is recorded of it: its rows are not."""
        return {"rows": self.table.rows, "column_names": list(self.names), "sha256": self.sha256}
