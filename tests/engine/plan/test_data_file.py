"""What a plan can say of a data file."""

from typing import Any

import pytest
from pydantic import ValidationError

from engine.plan.data_file import DataFile, DataRows
from engine.protocol.rows import Table


@pytest.mark.parametrize(
    ("said", "content", "columns"),
    [
        ({"file": "a.csv"}, b"x,y\n1,2", {"x": ("1",)}),
        ({"file": "a.TSV"}, b"x\ty\n1,0\t2", {"x": ("1,0",)}),
        ({"file": "a.tsv", "delimiter": ","}, b"x,y\n1,2", {"x": ("1",)}),
        ({"file": "a.txt", "delimiter": ";"}, b"x;y\n1;2", {"x": ("1",)}),
        ({"file": "a.csv", "columns": ["x", "y"]}, b"1,2", {"x": ("1",)}),
        ({"file": "a.ndjson"}, b'{"x": 1}', {"x": ("1",)}),
        ({"file": "a", "format": "jsonl"}, b'{"x": 1}', {"x": ("1",)}),
        ({"file": "a.jsonl", "format": "csv"}, b"x\n1", {"x": ("1",)}),
    ],
)
def test_how_it_is_read(said: dict[str, Any], content: bytes, columns: dict[str, tuple[str, ...]]) -> None:
    assert DataFile.model_validate(said).parse(content, {"x"}).columns == columns


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"file": "a.xls"}, "does not say its format"),
        ({"file": ""}, "at least 1 character"),
        ({"file": "a.csv", "delimiter": ""}, "cannot separate values"),
        ({"file": "a.csv", "delimiter": "x"}, "cannot separate values"),
        ({"file": "a.csv", "delimiter": '"'}, "cannot separate values"),
        ({"file": "a.jsonl", "delimiter": ";"}, "columns and delimiter are for CSV files"),
        ({"file": "a.csv", "columns": ["x", "x"]}, "two columns have the same name"),
        ({"file": "a.csv", "columns": ["a:b"]}, "cannot be a column's name"),
        ({"file": "a.csv", "columns": ["x"] * 501}, "at most 500"),
        ({"file": "a.csv", "sha256": "A" * 64}, "sha256"),
        ({"file": "a.csv", "order": "shuffled"}, "order"),
    ],
)
def test_what_makes_no_sense(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DataFile.model_validate(said)
    assert why in str(caught.value)


def test_what_is_recorded_of_its_rows() -> None:
    table = Table("users", "unique", {"name": ("ann",)}, 1)
    data = DataRows(table, ("name", "pin"), "abc", 20)
    assert data.recorded == {"rows": 1, "column_names": ["name", "pin"], "sha256": "abc"}
    assert "ann" not in repr(data)
