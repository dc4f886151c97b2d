"""What all ORMs share about the table of `io`. Standard library only."""

TABLE = "abreast_record"
NAME_LENGTH = 100
CHANGED = 1000
"""The value of an updated row."""


def names(first: int, count: int) -> list[tuple[str, int]]:
    """Name and value of rows to insert."""
    return [(f"Record {number}", number) for number in range(first, first + count)]
