"""Checks, before anything starts, that the session can start the database servers that its plan needs."""

import shlex
from collections.abc import Sequence

from engine.hosting.database_choice import database_of
from engine.plan.labels import labels_of
from engine.plan.plan import Plan
from engine.plan.targets import TargetChoice
from targets.errors import AbreastError, TargetError
from targets.runtime.containers.connection import connect
from targets.runtime.containers.database_makes import MAKES
from targets.target import ON_ROWS

ANSWERS_WITHIN_S = 5.0
"""How long to wait for the Docker Engine's first response."""


def check_servers(plan: Plan) -> None:
    """Raises TargetError if targets on this machine need database servers that the session starts, and no
    Docker Engine answers. Targets in containers fail by themselves then, and say why. Blocks."""
    if (needing := _needing(plan)) and (error := _why_no_engine()) is not None:
        raise no_servers(plan, needing, error) from error


def engine_answers() -> bool:
    """Whether a Docker Engine answers, so that database servers can be started. Blocks."""
    return _why_no_engine() is None


def _why_no_engine() -> AbreastError | None:
    try:
        connect(answers_within_s=ANSWERS_WITHIN_S).close()
    except AbreastError as error:
        return error
    return None


def _needing(plan: Plan) -> list[TargetChoice]:
    return [
        choice
        for choice in plan.targets
        if plan.workload in ON_ROWS
        and choice.custom is None
        and choice.runtime(plan.runtime) != "docker"
        and database_of(plan, choice) in MAKES
    ]


def no_servers(plan: Plan, needing: Sequence[TargetChoice], error: AbreastError) -> TargetError:
    """What to say where the servers of these targets cannot be started: why, how to get them, and what would
    run without."""
    labels = labels_of(plan.targets, plan.runtime)
    kinds = dict.fromkeys(database_of(plan, choice) for choice in needing)
    others = [choice for choice in plan.targets if choice not in needing]
    have_their_own = any(choice.options.database for choice in needing)
    hint = ["start Docker"]
    if have_their_own:
        examples = (f"{choice.use}:database=URL" for choice in needing)
        hint.append(
            f"or name servers of yours: --targets {','.join(dict.fromkeys(examples))}, where a URL is like "
            "mysql://user:password@host:3306, or an environment variable with one"
        )
    else:
        hint.append("or name a server of yours: --database mysql://user:password@host:3306")
    files = ",".join(dict.fromkeys(f"{choice.use}:database=sqlite" for choice in needing))
    if others and have_their_own:
        runs = shlex.quote(",".join(choice.public_text for choice in others))
        hint.append(f"or run only {', '.join(labels[each.name] for each in others)}: --targets {runs}")
    else:
        hint.append(
            f"or keep rows in files: {f'--targets {files}' if have_their_own else '--database sqlite'}"
        )
    return TargetError(
        f"no database server for {', '.join(labels[each.name] for each in needing)}",
        why=f"abreast starts {' and '.join(kinds)} in containers, and needs Docker for it: "
        + ": ".join(filter(None, [error.what, error.why])),
        hint="; ".join(hint),
    )
