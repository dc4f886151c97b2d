"""`abreast capacity`: the most users that each target serves within an SLO."""

import argparse
from typing import TYPE_CHECKING

from targets.errors import UsageError
from tui.cli import option_rules, runs
from tui.cli.argument_kinds import amount, duration_s, whole_number
from tui.cli.common_arguments import add_place, add_result, add_sending, add_workload
from tui.cli.parser import Commands, sentence

if TYPE_CHECKING:
    from engine.plan.plan import Plan


def add_command(commands: Commands) -> None:
    """Adds the command."""
    about = "find the most users that each target serves within an SLO"
    command = commands.add_parser(
        "capacity",
        help=about,
        description=f"{sentence(about)} One target at a time gets load, in short trials: twice as many users "
        "until the SLO is missed, then in between, until the answer is known to within 10 %.",
    )
    command.add_argument("plan", metavar="PRESET|FILE", help="a preset's name, or a TOML file")
    command.add_argument(
        "--slo",
        metavar="SLO",
        help='objective, for example "p95 < 500 ms, errors < 1 %%" (default: the plan\'s)',
    )
    command.add_argument(
        "--targets", metavar="A,B", help="targets to search, for example fastapi,django-wsgi:threads=16"
    )
    command.add_argument(
        "--most-users",
        type=whole_number,
        metavar="N",
        help="try at most this many users (default: 1000); with an open model, --most-rate",
    )
    command.add_argument(
        "--most-rate",
        type=whole_number,
        metavar="N",
        help="open model: try at most this many arrivals a second",
    )
    command.add_argument(
        "--within",
        type=duration_s,
        metavar="TIME",
        help='end after this time at the latest, for example "5 m" (default: 10 m)',
    )
    command.add_argument(
        "--most-trials", type=whole_number, metavar="N", help="end after this many trials (default: 200)"
    )
    add_workload(command)
    command.add_argument(
        "--for-users", type=whole_number, metavar="N", help="also say what this many users need"
    )
    command.add_argument(
        "--price-per-core-hour",
        type=amount,
        metavar="X",
        help="also say what they cost at this price; without --for-users, what 1000 users cost",
    )
    add_place(command)
    add_sending(command)
    add_result(command, strict="a search ended before it was decided")
    command.set_defaults(run=search)


def search(arguments: argparse.Namespace) -> int:
    """`abreast capacity`."""
    plan = plan_of(arguments)
    if runs.needs_no_screen(arguments):
        return runs.run_headless(plan, arguments)
    return runs.on_screen_plan(plan, arguments)


def plan_of(arguments: argparse.Namespace) -> "Plan":
    """The plan of the preset or file, with the command line's changes. Raises UsageError."""
    import presets

    plan = presets.load(arguments.plan)
    if plan.slo is None and arguments.slo is None:
        raise UsageError(
            "capacity needs an objective",
            why=f"{arguments.plan} has no SLO",
            hint='add one: --slo "p95 < 500 ms, errors < 1 %"',
        )
    option_rules.check_before(plan, arguments)
    given = {
        "most": _most(plan, arguments),
        "within": arguments.within,
        "trials": arguments.most_trials,
        "for_users": arguments.for_users,
        "price_per_core_hour": arguments.price_per_core_hour,
    }
    bounds = plan.capacity.model_dump() if plan.capacity else {}
    found = plan.changed(
        targets=runs.target_texts(arguments.targets),
        schedule="capacity",
        capacity=bounds | {name: value for name, value in given.items() if value is not None},
        fault=(),
        claim=(),
        reported=(),
        **runs.overrides(arguments, runs.OF_ALL),
    )
    found = option_rules.checked(found, arguments, plan)
    option_rules.check_unsteered(found, arguments)
    return found


def _most(plan: "Plan", arguments: argparse.Namespace) -> int | None:
    """The largest load that may be tried, in what the plan's model counts. Raises UsageError."""
    is_open = plan.model == "open"
    wrong, right = ("most_users", "--most-rate") if is_open else ("most_rate", "--most-users")
    if getattr(arguments, wrong) is not None:
        counts = "arrivals a second" if is_open else "users"
        raise UsageError(
            f"--{wrong.replace('_', '-')} does not fit {arguments.plan}",
            why=f"its model is {plan.model}: it counts {counts}",
            hint=f"use {right}",
        )
    found: int | None = arguments.most_rate if is_open else arguments.most_users
    return found
