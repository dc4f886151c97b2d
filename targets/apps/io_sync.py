"""`io` through SQLAlchemy, for targets on threads whose framework has no ORM: `io_async` for these.

The library is loaded with the first request of `io`, or with the app if that is the session's workload.
"""

from targets.apps.io_work import is_counted
from targets.apps.settings import settings
from targets.apps.work import Answer

if settings().workload == "io":
    import targets.apps.records.sql_rows  # noqa: F401 - before the first request, not with it


def io(count: str | None) -> Answer:
    """All of `io`; `count` is the header that asks to count its work. Blocks."""
    from targets.apps.records import sql_rows

    return sql_rows.io_here(is_counted=is_counted(count))
