"""Determines which database a plan uses, and checks that its targets can reach it, before anything starts."""

import os

from engine.plan.plan import Plan
from targets import database
from targets.database import Database
from targets.errors import UsageError
from targets.runtime.containers.database_server import MAKES, image_of
from targets.target import ON_ROWS

SQLITE = "sqlite"
DEFAULT_SERVER = "mysql"
"""The default database server for targets in containers."""


def resolved(said: str) -> str:
    """Returns a database URL unchanged, or reads it from the environment variable that `said` names. Raises
    UsageError if that variable is not set."""
    if not said or "://" in said:
        return said
    url = os.environ.get(said, "")
    if not url:
        raise UsageError(
            f"the plan takes its database from the variable {said}, which is not set",
            hint=f"export {said}=mysql://user:password@host:3306, or use --database",
        )
    return url


def session_database_kind(plan: Plan) -> str:
    """Returns the kind of database server that the session starts itself; empty if it starts none."""
    if plan.database in MAKES:
        return plan.database
    has_containers = plan.runtime == "docker" and any(
        choice.runtime(plan.runtime) == "docker" for choice in plan.targets
    )
    return DEFAULT_SERVER if has_containers and not plan.database else ""


def chosen(said: str) -> Database:
    """Returns the database that the user chose, SQLite by default, and checks that its drivers are installed.
    Raises UsageError if the database is invalid or a driver is missing."""
    found = database.parse("" if said == SQLITE else resolved(said))
    database.check_drivers(found)
    return found


def check(plan: Plan) -> None:
    """Checks the plan's database. Raises UsageError if the database is invalid, lacks drivers or cannot be
    reached from a target, or if the plan would stop a server that the session did not start."""
    kind = session_database_kind(plan)
    if not kind and any(spec.fault.kind == "stop-database" for spec in plan.fault):
        raise UsageError(
            "the plan stops a database that abreast does not start",
            why="its targets keep their rows in files, or on a server that runs outside abreast",
            hint="--runtime docker --database mysql starts one for the session; or remove the fault",
        )
    if not kind:
        server = chosen(plan.database)
        if any(choice.runtime(plan.runtime) == "docker" for choice in plan.targets):
            check_inside(server)
    elif plan.workload in ON_ROWS and any(
        choice.custom is None and choice.runtime(plan.runtime) != "docker" for choice in plan.targets
    ):
        database.check_drivers(Database(kind))


def check_inside(server: Database) -> None:
    """Raises UsageError if containers cannot reach a server because it is on this machine's loopback: each
    container has its own."""
    if server.host == "localhost" or server.host.startswith("127.") or server.host == "::1":
        raise UsageError(
            f"containers cannot reach a database at {server.place}",
            why="the address is this machine's loopback, and each container has its own",
            hint="use an address of this machine that the database listens on; or omit --database, and "
            "abreast starts one in a container; or use --database sqlite",
        )


def shown(plan: Plan) -> str:
    """Returns the name of the database that stores the rows, as shown to users."""
    kind = session_database_kind(plan)
    if kind and (plan.database or plan.workload in ON_ROWS):
        return f"{image_of(kind)} in a container"
    return "sqlite" if kind else chosen(plan.database).shown
