"""The rows of `io` through Django's ORM, in a thread or awaited.

Awaited, each call of the ORM switches to the request's thread and back, as Django's async methods do. There
are no async transactions (`atomic` is only sync); their begin and end run in the same thread, since Django
gives every request one thread for everything that is thread-sensitive. See docs/decisions.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, connection, transaction

from targets.apps import counting, io_files, io_work
from targets.apps.counting import Counter
from targets.apps.io_work import Done
from targets.apps.records.models import Record
from targets.apps.records.table import CHANGED, names
from targets.apps.settings import settings
from targets.apps.work import Answer
from targets.contract.rows import ROWS, ROWS_A_BATCH, ROWS_CHANGED

_DOWN = (DatabaseError, InterfaceError, OSError)


# ---------------------------------------------------------------- in a thread


def io_here(*, is_counted: bool) -> Answer:
    """All of `io`. Blocks."""
    with counting.counted(wanted=is_counted) as counter:
        items = io_files.write_and_read()
        try:
            with _listening(counter):
                done = _bulk_here() if settings().orm_writes == "bulk" else _rows_here()
        except _DOWN as error:
            return io_work.unavailable(error)
        return io_work.answer(items, done, counter)


def _rows_here() -> Done:
    records = _created_here()
    for record in records[:ROWS_CHANGED]:
        with transaction.atomic():
            record.value = CHANGED
            record.save()
    with transaction.atomic():
        deleted = sum(record.delete()[0] for record in records)
    return Done(len(records), ROWS_CHANGED, deleted)


def _bulk_here() -> Done:
    ids = [record.pk for record in _created_here()]
    with transaction.atomic():
        updated = Record.objects.filter(pk__in=ids[:ROWS_CHANGED]).update(value=CHANGED)
    with transaction.atomic():
        deleted = Record.objects.filter(pk__in=ids).delete()[0]
    return Done(len(ids), updated, deleted)


def _created_here() -> list[Record]:
    records: list[Record] = []
    for first in range(0, ROWS, ROWS_A_BATCH):
        with transaction.atomic():
            records += [
                Record.objects.create(name=name, value=value) for name, value in names(first, ROWS_A_BATCH)
            ]
    return records


# ---------------------------------------------------------------- awaited


async def io(*, is_counted: bool) -> Answer:
    """All of `io`."""
    with counting.counted(wanted=is_counted) as counter:
        items = await sync_to_async(io_files.write_and_read, thread_sensitive=False)()
        try:
            done = await _counted_rows(counter) if counter else await _done()
        except _DOWN as error:
            return io_work.unavailable(error)
        return io_work.answer(items, done, counter)


async def _done() -> Done:
    return await (_bulk() if settings().orm_writes == "bulk" else _rows())


async def _counted_rows(counter: Counter) -> Done:
    listening = _listening(counter)
    await sync_to_async(listening.__enter__)()
    try:
        return await _done()
    finally:
        await sync_to_async(listening.__exit__)(None, None, None)


async def _rows() -> Done:
    records = await _created()
    for record in records[:ROWS_CHANGED]:
        async with _atomic():
            record.value = CHANGED
            await record.asave()
    async with _atomic():
        deleted = sum([(await record.adelete())[0] for record in records])
    return Done(len(records), ROWS_CHANGED, deleted)


async def _bulk() -> Done:
    ids = [record.pk for record in await _created()]
    async with _atomic():
        updated = await Record.objects.filter(pk__in=ids[:ROWS_CHANGED]).aupdate(value=CHANGED)
    async with _atomic():
        deleted = (await Record.objects.filter(pk__in=ids).adelete())[0]
    return Done(len(ids), updated, deleted)


async def _created() -> list[Record]:
    records: list[Record] = []
    for first in range(0, ROWS, ROWS_A_BATCH):
        async with _atomic():
            records += [
                await Record.objects.acreate(name=name, value=value)
                for name, value in names(first, ROWS_A_BATCH)
            ]
    return records


@asynccontextmanager
async def _atomic() -> AsyncIterator[None]:
    """A transaction in the request's thread."""
    atomic = transaction.atomic()
    await sync_to_async(atomic.__enter__)()
    try:
        yield
    except BaseException as error:
        await sync_to_async(atomic.__exit__)(type(error), error, error.__traceback__)
        raise
    await sync_to_async(atomic.__exit__)(None, None, None)


# ---------------------------------------------------------------- counting


@contextmanager
def _listening(counter: Counter | None) -> Iterator[None]:
    """Lets Django log what this thread's connection sends, COMMIT included, and counts it."""
    if counter is None:
        yield
        return
    connection.ensure_connection()  # statements of connecting are not part of the request's work
    before, connection.force_debug_cursor = connection.force_debug_cursor, True
    connection.queries_log.clear()
    try:
        yield
    finally:
        connection.force_debug_cursor = before
        for query in connection.queries_log:
            counter.statement(query["sql"])
        connection.queries_log.clear()
