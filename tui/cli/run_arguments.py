"""The arguments of `abreast run` and `abreast attach`."""

from tui.cli import runs
from tui.cli.argument_kinds import (
    duration_s,
    file_or_stdout,
    listen_address,
    load_workers,
    positive_seconds,
    whole_number,
)
from tui.cli.parser import Commands, Parser, sentence


def add_commands(commands: Commands) -> None:
    """Adds both commands."""
    _add_run(commands)
    _add_attach(commands)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="run a preset or a plan", description="Run a preset or a plan.")
    run.add_argument("plan", metavar="PRESET|FILE", help="a preset's name, or a TOML file")
    run.add_argument(
        "--targets", metavar="A,B", help="targets to compare, for example fastapi,django-wsgi:threads=16"
    )
    run.add_argument(
        "--runtime", choices=("local", "docker"), help="run targets as local processes or in containers"
    )
    run.add_argument(
        "--database",
        metavar="URL",
        help="database that stores rows: mysql://…, mariadb://…, postgresql://…, or the name of an "
        "environment variable with such a URL; mysql or postgresql: a database in a container; sqlite: one "
        "file for each target (default: mysql for targets in containers, else sqlite)",
    )
    run.add_argument(
        "--revisions",
        metavar="A,B",
        help="run the plan's own target once for each git revision, for example main,HEAD,work-tree",
    )
    run.add_argument(
        "--quick",
        action="store_true",
        default=None,
        help="shorten all times for a demonstration of about a minute: not the published method",
    )
    _add_load(run)
    _add_outcome(run)
    run.set_defaults(run=runs.run)


def _add_attach(commands: Commands) -> None:
    about = "load-test servers that already run: at a URL, in a container, in a compose project"
    attach = commands.add_parser(
        "attach", help=about, description=f"{sentence(about)} abreast never stops or changes them."
    )
    attach.add_argument(
        "words",
        nargs="*",
        metavar="URL|CONTAINER|PROJECT",
        help="http://host:port; a container's name or id (web:8080 selects a port in it); a compose project",
    )
    attach.add_argument("--path", default="", metavar="PATH", help="path that users request (default: /)")
    attach.add_argument(
        "--health",
        default="",
        metavar="PATH",
        help="path of their health check (default: detected)",
    )
    attach.add_argument(
        "--targets", metavar="A,B", help="which of these servers to test, for example web,api"
    )
    _add_load(attach)
    _add_outcome(attach)
    attach.set_defaults(run=runs.attach)


def _add_load(command: Parser) -> None:
    """The load, and how it is sent."""
    command.add_argument(
        "--users",
        type=whole_number,
        metavar="N",
        help="hold this many users on each target instead of running the plan's stages",
    )
    command.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="how long to measure after warm-up"
    )
    command.add_argument("--workload", metavar="NAME", help="workload whose requests users send")
    command.add_argument(
        "--think-time",
        metavar="TIME",
        help='pause between requests, for example none, "500 ms", "1 s to 2 s"',
    )
    command.add_argument(
        "--network-delay", metavar="TIME", help='network round-trip time to add, for example "40 ms"'
    )
    command.add_argument(
        "--ready-within",
        type=duration_s,
        metavar="TIME",
        help='how long a target may take to become healthy, for example "60 s" (default: 20 s)',
    )
    command.add_argument(
        "--slo",
        metavar="SLO",
        help='objective, for example "p95 < 200 ms, errors < 1 %%"; exit code 1 if a target misses it',
    )
    command.add_argument(
        "--profile",
        metavar="TIME",
        help="sample what targets' Python code does for so long with py-spy, for example 5s (needs the extra "
        "abreast[profile])",
    )
    command.add_argument(
        "--profile-at",
        metavar="TIME",
        help="when to begin that, counted from the end of warm-up (default: after as much time as it takes)",
    )
    command.add_argument(
        "--client",
        choices=("own", "httpx"),
        help="own: abreast's HTTP client (default); httpx: a slower one, to cross-check it",
    )
    command.add_argument(
        "--schedule",
        choices=("race", "solo", "turns", "duel"),
        help="race: load all targets at once; solo: one after another; turns: round by round in "
        "short turns, for a verdict; duel: all at once on one core, for a verdict on CPU time",
    )
    command.add_argument(
        "--rounds",
        metavar="N|auto",
        help="with turns or a duel: how many rounds; auto: as many as the verdicts need (default)",
    )
    command.add_argument(
        "--turn", metavar="TIME", help='with turns: how long each turn is measured (default: "0.6 s")'
    )
    command.add_argument(
        "--within",
        metavar="TIME",
        help='with turns or a duel: the limit of all rounds (default: "3 m")',
    )
    command.add_argument(
        "--load-workers",
        type=load_workers,
        metavar="N|auto",
        help="processes that send the load; auto: half the number of CPU cores",
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


def _add_outcome(command: Parser) -> None:
    """What to do with the result."""
    command.add_argument("--headless", action="store_true", help="run without the screen")
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
        help="exit code 4 if the measurement cannot be trusted (implies --headless)",
    )
    command.add_argument(
        "--prometheus",
        type=listen_address,
        metavar="PORT",
        help="serve live figures for Prometheus on this port of 127.0.0.1 (0: a free one); 0.0.0.0:PORT lets "
        "other machines read them",
    )
