"""What abreast keeps is its owner's alone; what people asked for is written as all their other files are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_OTHERS = 0o077
_usual: int | None = None
"""The person's own mask; None while it holds."""


@contextmanager
def private_files() -> Iterator[None]:
    """While the block lasts, this process and those it starts make files of mode 600 and folders of 700."""
    global _usual
    before, outer = os.umask(_OTHERS), _usual
    _usual = before if outer is None else outer
    try:
        yield
    finally:
        _usual = outer
        os.umask(before)


def usual_umask() -> int:
    """The person's own mask: for what is theirs; -1 (as for subprocesses: no other) where it holds."""
    return -1 if _usual is None else _usual
