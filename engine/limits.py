"""The limit of open files: every virtual user needs one. Light, since a load worker imports it."""

import resource
from contextlib import suppress

OPEN_FILES_WANTED = 65_536
"""More than a loopback address has ports. Some systems allow a thousand million, and programs that walk
through all possible files at their start would take minutes then."""


def raise_open_files_limit(wanted: int = OPEN_FILES_WANTED) -> int:
    """Lifts this process's limit of open files towards `wanted`, never lowering it; children inherit it. The
    limit that holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted if soft == unlimited else soft
    ceilings = [
        wanted if hard == unlimited else min(wanted, hard),
        10_240,
    ]  # macOS refuses more than it has in all
    for ceiling in ceilings:
        if ceiling > soft:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
                return ceiling
    return soft
