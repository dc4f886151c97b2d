"""The file of `io`: written as JSON, then read.

Every request in progress has its own file, so none reads what another writes; files are reused, so there are
never more than requests at the same time.
"""

import json
import os
from collections import deque
from itertools import count
from pathlib import Path
from typing import Any

from targets.apps import counting
from targets.apps.settings import settings
from targets.contract.rows import ITEMS

CONTENT: dict[str, Any] = {
    "items": [
        {"id": number, "name": f"Item {number}", "tags": ["a", "b", "c"], "price": number * 1.25}
        for number in range(1, ITEMS + 1)
    ]
}

_free: deque[Path] = deque()
_numbers = count()


def write_and_read() -> int:
    """Writes the file, reads it, and returns the number of items in it. Blocks. Raises OSError."""
    try:
        path = _free.pop()
    except IndexError:
        path = settings().folder / f"io-{os.getpid()}-{next(_numbers)}.json"
    try:
        path.write_text(json.dumps(CONTENT))
        counting.add("write")
        items = json.loads(path.read_text())["items"]
        counting.add("read")
    finally:
        _free.append(path)
    return len(items)
