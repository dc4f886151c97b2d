"""What becomes of records that no session has: each line is whole, but the values do not go together."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targets.errors import UsageError


@contextmanager
def matching_records(journal: Path, hint: str = "it cannot be reported") -> Iterator[None]:
    """Raises UsageError if records turn out to be contradictory while the `with` block folds or evaluates
    them."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A line whose check sum matches may still hold values that no session has.
        why = f"its records do not go together: {type(error).__name__}: {error}"
        raise UsageError(f"the journal {journal} is damaged", why=why, hint=hint) from error
