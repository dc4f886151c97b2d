"""The workload `io`: writes and reads a file, then creates, updates and deletes rows in eight
transactions."""

from targets.contract.shapes import Refusal, Request, Workload, wrong_method

ITEMS = 5
"""In the file."""
ROWS_A_BATCH = 5
"""Rows that each of two transactions inserts."""
ROWS_CHANGED = 5
"""Rows that are then updated, each in its own transaction; the last transaction deletes all rows."""
ROWS = 2 * ROWS_A_BATCH
"""Rows that a request creates and deletes: the table does not grow."""

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
"""The body of a 503: the database cannot be reached, or refuses. The server's log has the reason."""

COUNT_HEADER = "x-abreast-count"
"""A request with this header and the value 1 is counted; under load none has it."""
WORK_HEADER = "x-abreast-work"
"""Header of the answer to a counted request: how often each kind of work was done."""

COUNTED = ("INSERT", "UPDATE", "DELETE", "SELECT", "COMMIT", "ROLLBACK", "write", "read")
"""In the order of the header: statements by their first word, and operations on files."""

WORK_BY_ROWS = "INSERT=10;UPDATE=5;DELETE=10;COMMIT=8;write=1;read=1"
"""The work of `io` with `orm_writes=rows`, on every target."""
WORK_IN_BULK = "INSERT=10;UPDATE=1;DELETE=1;COMMIT=4;write=1;read=1"
"""The work with `orm_writes=bulk`: one statement and transaction for five updates, one for all deletes."""

REFUSALS: tuple[Refusal, ...] = (wrong_method("io takes GET alone", "POST", "/io-intensive", "GET", "io"),)
"""Its requests that are refused."""
