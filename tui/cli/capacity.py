"""`abreast capacity`: the most users that each target serves within an SLO."""

import argparse
from typing import TYPE_CHECKING

from targets.errors import UsageError
from tui.cli import runs
from tui.cli.argument_kinds import duration_s, file_or_stdout, load_workers, whole_number
from tui.cli.console import no_screen, say
from tui.cli.parser import Commands, sentence

if TYPE_CHECKING:
    from engine.plan.plan import Plan

OVERRIDES = (
    "workload",
    "think_time",
    "network_delay",
    "ready_within",
    "client",
    "load_workers",
    "runtime",
    "slo",
    "database",
    "accept_difference",
)
"""Options that replace a field of the plan."""


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
    command.add_argument("--workload", metavar="NAME", help="workload whose requests users send")
    command.add_argument(
        "--think-time",
        metavar="TIME",
        help='pause between requests, for example none, "500 ms", "1 s to 2 s"',
    )
    command.add_argument(
        "--for-users", type=whole_number, metavar="N", help="also say what this many users need"
    )
    command.add_argument(
        "--price-per-core-hour", type=float, metavar="X", help="also say what they cost, at this price"
    )
    _add_environment(command)
    command.add_argument("--headless", action="store_true", help="search without the screen")
    command.add_argument(
        "--export",
        type=file_or_stdout,
        metavar="FILE",
        help="write the session JSON to FILE; - is the same as --json (implies --headless)",
    )
    command.add_argument(
        "--force", action="store_true", help="replace FILE if it exists; otherwise nothing starts"
    )
    command.add_argument(
        "--json",
        action="store_true",
        help="print only the session JSON to standard output (implies --headless)",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="exit code 4 if a search ended before it was decided (implies --headless)",
    )
    command.set_defaults(run=search)


def _add_environment(command: argparse.ArgumentParser) -> None:
    """Options of `run` that say where targets run and how load is sent."""
    command.add_argument(
        "--runtime", choices=("local", "docker"), help="run targets as local processes or in containers"
    )
    command.add_argument("--database", metavar="URL", help="database that stores rows, as for abreast run")
    command.add_argument(
        "--network-delay", metavar="TIME", help='network round-trip time to add, for example "40 ms"'
    )
    command.add_argument(
        "--ready-within",
        type=duration_s,
        metavar="TIME",
        help='how long a target may take to become healthy, for example "60 s" (default: 20 s)',
    )
    command.add_argument("--client", choices=("own", "httpx"), help="HTTP client that sends the load")
    command.add_argument(
        "--load-workers", type=load_workers, metavar="N|auto", help="processes that send the load"
    )
    command.add_argument(
        "--accept-difference",
        action="store_true",
        default=None,
        help="run even if the targets differ in their answers or their work",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="also allow load to this host, outside this machine and private networks; repeatable",
    )


def search(arguments: argparse.Namespace) -> int:
    """`abreast capacity`."""
    import anyio

    plan = plan_of(arguments)
    hosts = tuple(arguments.allow_host)
    if not (arguments.headless or arguments.export or arguments.json or arguments.strict):
        if not (why := no_screen()):
            return runs.on_screen_plan(plan, arguments)
        say(f"abreast: {why}, so this search is headless (as with --headless)")
    from tui.cli import headless

    is_printed = arguments.export == "-"
    output = headless.Output(
        export=None if is_printed else arguments.export,
        replace=arguments.force,
        as_json=is_printed or arguments.json,
        strict=arguments.strict,
    )
    return anyio.run(headless.run, plan, output, hosts)


def plan_of(arguments: argparse.Namespace) -> "Plan":
    """The plan of the preset or file, with the command line's changes. Raises UsageError."""
    import presets

    plan = presets.load(arguments.plan)
    changes = {name: value for name in OVERRIDES if (value := getattr(arguments, name, None)) is not None}
    if plan.slo is None and arguments.slo is None:
        raise UsageError(
            "capacity needs an objective",
            why=f"{arguments.plan} has no SLO",
            hint='add one: --slo "p95 < 500 ms, errors < 1 %"',
        )
    given = {
        "most": _most(plan, arguments),
        "within": arguments.within,
        "trials": arguments.most_trials,
        "for_users": arguments.for_users,
        "price_per_core_hour": arguments.price_per_core_hour,
    }
    bounds = plan.capacity.model_dump() if plan.capacity else {}
    return plan.changed(
        targets=runs.target_texts(arguments.targets),
        schedule="capacity",
        capacity=bounds | {name: value for name, value in given.items() if value is not None},
        fault=(),
        claim=(),
        reported=(),
        **changes,
    )


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
