"""The limit of open files: every virtual user needs one. A load worker imports this module, so it is
light."""

import resource
from collections.abc import Iterable
from contextlib import suppress

from targets.errors import UsageError

OPEN_FILES_WANTED = 65_536
"""More than a loopback address has ports. Some systems allow a billion, with which programs that walk through
all possible files at their start would take minutes."""

OTHER_FILES = 32
"""Files that a load worker has open besides its users' connections: pipes, its log, health probes."""


def raise_open_files_limit(wanted: int = OPEN_FILES_WANTED) -> int:
    """Raises this process's limit of open files towards `wanted`, never lowers it, and returns the new limit.
    Child processes inherit it."""
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


def check_open_files(users: Iterable[int], *, load_workers: int, connections_a_user: int, limit: int) -> None:
    """Raises UsageError if a load worker's share of the users needs more open files than the limit.

    `users` has the users of each target that takes load at the same time.
    """
    share = sum(-(-count // load_workers) for count in users)
    needed = connections_a_user * share + OTHER_FILES
    if needed > limit:
        raise UsageError(
            f"{share} users are more than a load worker can connect",
            why=f"it needs {needed} open files, and the system allows {limit}",
            hint=f"raise the limit (ulimit -n {needed}), use more --load-workers, or fewer users",
        )
