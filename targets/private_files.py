"""File modes: what abreast stores is private to its owner; what people ask for has their default mode."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_OTHERS = 0o077
_default: int | None = None
"""The person's umask while `private_files` replaces it; None while it is in effect."""


@contextmanager
def private_files() -> Iterator[None]:
    """While the block lasts, this process and its children create files of mode 600 and folders of mode
    700."""
    global _default
    before, outer = os.umask(_OTHERS), _default
    _default = before if outer is None else outer
    try:
        yield
    finally:
        _default = outer
        os.umask(before)


def default_umask() -> int:
    """The person's umask, for files that they asked for; -1 (subprocess: no change) while it is in effect."""
    return -1 if _default is None else _default
