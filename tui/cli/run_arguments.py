"""The arguments of `abreast run` and `abreast attach`."""

from tui.cli import runs
from tui.cli.argument_kinds import positive_seconds, whole_number
from tui.cli.common_arguments import add_place, add_result, add_sending, add_workload
from tui.cli.option_rules import excludes, one_of
from tui.cli.parser import Commands, Parser, sentence

UNTRUSTED = "the measurement cannot be trusted"


def add_commands(commands: Commands) -> None:
    """Adds both commands."""
    _add_run(commands)
    _add_attach(commands)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="run a preset or a plan")
    run.add_argument("plan", nargs="?", metavar="PRESET|FILE", help="a preset's name, or a TOML file")
    run.add_argument(
        "--curl",
        metavar="COMMAND",
        help='run what this curl command sends instead, for example what a browser copies "as cURL"; '
        "abreast import makes a plan of it",
    )
    run.add_argument(
        "--targets", metavar="A,B", help="targets to compare, for example fastapi,django-wsgi:threads=16"
    )
    add_place(run)
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
    add_result(run, strict=UNTRUSTED)
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
        "--openapi",
        nargs="?",
        const="",
        metavar="PATH",
        help="request the operations that the server's OpenAPI document describes (default path: detected)",
    )
    attach.add_argument(
        "--operation",
        action="append",
        default=[],
        metavar="OPERATION",
        help="with --openapi: an operation to request, such as 'GET /items' or its operationId; repeatable "
        "(default: all that change nothing; in a terminal, abreast asks)",
    )
    attach.add_argument(
        "--list", action="store_true", help="with --openapi: list the operations and exit, without load"
    )
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
    add_result(attach, strict=UNTRUSTED)
    excludes(
        attach,
        lambda given: "--list" if given.list else "",
        why="it lists operations, and sends no load",
        but=(
            *("URL|CONTAINER|PROJECT", "--openapi", "--path", "--workload", "--health", "--targets"),
            *("--ready-within", "--allow-host", "--json"),
        ),
    )
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
        "--seconds",
        "--duration",
        type=positive_seconds,
        metavar="TIME",
        help="how long to measure after warm-up: seconds, or a time such as 1m30s",
    )
    add_workload(command)
    command.add_argument(
        "--slo",
        metavar="SLO",
        help='objective, for example "p95 < 200 ms, errors < 1 %%"; exit code 1 if a target misses it',
    )
    command.add_argument(
        "--profile",
        metavar="TIME",
        help="sample the targets' Python code with py-spy for this long, for example 5s (needs the extra "
        "abreast[profile])",
    )
    command.add_argument(
        "--profile-at",
        metavar="TIME",
        help="when to start sampling, from the end of warm-up (default: after as much time as it takes)",
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
    one_of(command, "seconds", "within", why="both say how long turns or a duel may take")
    add_sending(command)
