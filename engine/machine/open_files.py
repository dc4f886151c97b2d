"""The open file limit: every virtual user needs an open file. Load workers import this module, so it imports
little."""

import resource
from collections.abc import Iterable
from contextlib import suppress

from targets.errors import UsageError

OPEN_FILES_WANTED = 65_536
"""More than the number of ports of a loopback address. Some systems allow a billion, but then a program that
loops over all possible file descriptors at its start would take minutes."""

OTHER_FILES = 32
"""The number of files that a load worker opens besides its users' connections: pipes, its log, health
probes."""


def raise_open_files_limit(wanted: int = OPEN_FILES_WANTED) -> int:
    """Raises this process's open file limit towards `wanted`, never lowers it, and returns the new limit.
    Child processes inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted if soft == unlimited else soft
    ceilings = [
        wanted if hard == unlimited else min(wanted, hard),
        10_240,
    ]  # macOS rejects more than its maximum
    for ceiling in ceilings:
        if ceiling > soft:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
                return ceiling
    return soft


def check_open_files(users: Iterable[int], *, load_workers: int, connections_a_user: int, limit: int) -> None:
    """Raises UsageError if a load worker's share of the users needs more open files than the limit allows.

    `users` has the number of users of each target that is under load at the same time.
    """
    share = sum(-(-count // load_workers) for count in users)
    needed = connections_a_user * share + OTHER_FILES
    if needed > limit:
        raise UsageError(
            f"{share} users are more than a load worker can connect",
            why=f"it needs {needed} open files, and the system allows {limit}",
            hint=f"raise the limit (ulimit -n {needed}), use more --load-workers, or fewer users",
        )
