"""`io` through an async ORM, for targets whose framework has none.

The ORM is loaded with the first request of `io`, or with the app if that is the session's workload: it takes
half a second, and no other workload needs it.
"""

import sys

from targets.apps.io_work import is_counted
from targets.apps.settings import settings
from targets.apps.work import Answer

if settings().workload == "io":
    import targets.apps.records.tortoise_rows  # noqa: F401 - before the first request, not with it


async def io(count: str | None) -> Answer:
    """All of `io`; `count` is the header that asks to count its work."""
    from targets.apps.records import tortoise_rows

    return await tortoise_rows.io(is_counted=is_counted(count))


async def close() -> None:
    """Closes the database connections, if there are any."""
    rows = sys.modules.get("targets.apps.records.tortoise_rows")
    if rows is not None:
        await rows.close()
