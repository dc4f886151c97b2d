"""Determines where each target of a plan keeps its rows, and checks that it can, before anything starts."""

import os

from engine.plan.plan import Plan
from engine.plan.published import database_kind
from engine.plan.targets import TargetChoice
from targets import database
from targets.database import SQLITE, Database
from targets.errors import UsageError
from targets.runtime.containers.database_makes import MAKES, image_of
from targets.target import ON_ROWS

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
            f"the environment variable {said} is not set",
            why="the URL of a database is read from it",
            hint=f"export {said}=mysql://user:password@host:3306, or name another database",
        )
    return url


def default_of(plan: Plan) -> str:
    """Returns the database of targets that name none: the plan's, or the default for its runtime."""
    has_containers = plan.runtime == "docker" and any(
        choice.runtime(plan.runtime) == "docker" for choice in plan.targets
    )
    return plan.database or (DEFAULT_SERVER if has_containers else SQLITE)


def database_of(plan: Plan, choice: TargetChoice) -> str:
    """Returns a target's database as the target, or else the plan, names it: a URL, a variable with one, or a
    kind. A kind other than `sqlite` is a server that the session starts itself."""
    return choice.options.database or default_of(plan)


def published_kind(plan: Plan) -> str:
    """Returns the kind of server that the plan's source used, if the session could start one but targets keep
    their rows in files; empty if they do not, or if a database was chosen."""
    kind = database_kind(plan.published.database) if plan.published else ""
    is_chosen = plan.database or any(choice.options.database for choice in plan.targets)
    keeps_rows = plan.workload in ON_ROWS and bool(_ours(plan))
    return kind if keeps_rows and not is_chosen and kind in MAKES and default_of(plan) == SQLITE else ""


def offer_text(kind: str) -> str:
    """What to say where targets keep rows in files, and the source's kind of server could be started."""
    name = database.NAMES[kind]
    how = f"--database {kind} starts {name} in a container"
    return f"published with {name}, and rows are in SQLite files here: {how}"


def kinds_to_start(plan: Plan) -> set[str]:
    """Returns the kinds of database servers that the session starts itself, once they are needed."""
    return {said for choice in _ours(plan) if (said := database_of(plan, choice)) in MAKES}


def chosen(said: str) -> Database:
    """Returns the database that was named, SQLite by default, and checks that its drivers are installed.
    Raises UsageError if the database is invalid or a driver is missing."""
    found = database.parse("" if said == SQLITE else resolved(said))
    database.check_drivers(found)
    return found


def check(plan: Plan) -> None:
    """Checks the databases of a plan. Raises UsageError if one is invalid, lacks drivers or cannot be reached
    from a target, or if the plan would stop a server that the session did not start."""
    if not kinds_to_start(plan) and any(spec.fault.kind == "stop-database" for spec in plan.fault):
        raise UsageError(
            "the plan stops a database that abreast does not start",
            why="its targets keep their rows in files, or on a server that runs outside abreast",
            hint="--runtime docker --database mysql starts one for the session; or remove the fault",
        )
    if not _ours(plan):
        chosen("" if plan.database in MAKES else plan.database)
    for choice in _ours(plan):
        check_target(plan, choice, plan.workload)


def check_target(plan: Plan, choice: TargetChoice, workload: str) -> None:
    """Raises UsageError if a target's database is invalid, or the target lacks drivers for it or cannot reach
    it. `workload` is the one that it is started for."""
    said, is_inside = database_of(plan, choice), choice.runtime(plan.runtime) == "docker"
    if choice.custom is not None:
        return
    if said not in MAKES:
        server = chosen(said)
        if is_inside:
            check_inside(server)
    elif workload in ON_ROWS and not is_inside:
        database.check_drivers(Database(said))


def check_inside(server: Database) -> None:
    """Raises UsageError if containers cannot reach a server because it is on this machine's loopback: each
    container has its own."""
    if database.is_loopback(server.host):
        raise UsageError(
            f"containers cannot reach a database at {server.place}",
            why="the address is this machine's loopback, and each container has its own",
            hint="use an address of this machine that the database listens on; or omit --database, and "
            "abreast starts one in a container; or use --database sqlite",
        )


def shown_of(plan: Plan, choice: TargetChoice) -> str:
    """Returns the name of the database that a target keeps its rows in, as shown to users."""
    said = database_of(plan, choice)
    return _in_container(said) if said in MAKES else chosen(said).shown


def shown(plan: Plan) -> str:
    """Returns the names of all databases that a plan's targets keep rows in, as shown to users; without such
    targets, that of the plan's database."""
    ours = [choice for choice in _ours(plan) if plan.workload in ON_ROWS or choice.options.database]
    if ours:
        return "; ".join(dict.fromkeys(shown_of(plan, choice) for choice in ours))
    return _in_container(plan.database) if plan.database in MAKES else chosen(plan.database).shown


def _in_container(kind: str) -> str:
    return f"{kind} in a container ({image_of(kind)})"


def _ours(plan: Plan) -> list[TargetChoice]:
    """The targets that abreast gives a database: those of the catalogue."""
    return [choice for choice in plan.targets if choice.custom is None]
