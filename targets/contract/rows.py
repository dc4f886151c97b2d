"""The workload `io`: a file is written and read, then rows come and go in eight transactions."""

from targets.contract.shapes import Refusal, Request, Workload, wrong_method

ITEMS = 5
"""In the file."""
ROWS_A_BATCH = 5
"""Rows that one transaction inserts; there are two of those."""
ROWS_CHANGED = 5
"""Rows that are then updated, each in a transaction of its own; all are deleted in the last one."""
ROWS = 2 * ROWS_A_BATCH
"""That a request makes, and deletes again: its table does not grow."""

IO = Workload(
    "io",
    "write and read a file, then eight transactions on a database",
    (
        Request(
            "io",
            "GET",
            "/io-intensive",
            answer=f'{{"items":{ITEMS},"created":{ROWS},"updated":{ROWS_CHANGED},"deleted":{ROWS}}}'.encode(),
        ),
    ),
)

DATABASE_DOWN = b'{"error":"database unavailable"}'
"""The body of a 503: the database cannot be reached, or refuses. The server's log says how."""

COUNT_HEADER = "x-abreast-count"
"""A request that carries it with the value 1 is counted; under load none does."""
WORK_HEADER = "x-abreast-work"
"""Of the answer to a counted request: how often each kind of work was done."""

COUNTED = ("INSERT", "UPDATE", "DELETE", "SELECT", "COMMIT", "ROLLBACK", "write", "read")
"""In the order of the header: statements by their first word, and operations on files."""

WORK_BY_ROWS = "INSERT=10;UPDATE=5;DELETE=10;COMMIT=8;write=1;read=1"
"""What `io` does with `orm_writes=rows`, on every target."""
WORK_IN_BULK = "INSERT=10;UPDATE=1;DELETE=1;COMMIT=4;write=1;read=1"
"""With `orm_writes=bulk`: five updates become one statement in one transaction, all deletes one statement."""

REFUSALS: tuple[Refusal, ...] = (wrong_method("io takes GET alone", "POST", "/io-intensive", "GET", "io"),)
"""What is refused of it."""
