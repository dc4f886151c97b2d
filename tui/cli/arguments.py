"""The command line: commands, their arguments, and the function that runs each.

Rules of this file: it imports what a command needs only when that command runs; a wrong argument is a
`UsageError`, as any other wrong usage.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn

from targets.errors import UsageError
from targets.exit_codes import exit_codes_text
from tui.cli import console, lists, runs


class Parser(argparse.ArgumentParser):
    """A parser that raises abreast's errors, and accepts options only by their full names: an abbreviated one
    would go unnoticed where a password must be hidden (`tui.cli.main`)."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError: what is wrong, for one argument why, and never a password."""
        from targets.secrets import masked_text

        message = masked_text(message)
        which, colon, why = message.partition(": ")
        is_of_one_argument = which.startswith("argument ") and colon
        raise UsageError(
            f"invalid {which}" if is_of_one_argument else message,
            why=why if is_of_one_argument else "",
            hint=f"see: {self.prog} --help",
        )

    def _print_message(self, message: str, file: object = None) -> None:
        """Help goes where all output goes; errors are raised."""
        console.out(message.rstrip("\n"))


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a command line; `run` is the function that runs the command. Raises UsageError."""
    arguments = parser().parse_args(argv)
    for name, value in vars(arguments).items():
        if name not in _PATHS:
            _check_text(name, value)
    return arguments


_PATHS = {"export", "out", "session"}
"""Arguments that may hold bytes of any encoding: they name files, and are not recorded."""


def _check_text(name: str, value: object) -> None:
    """Raises UsageError for bytes that are not UTF-8, which Python keeps as surrogates."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and not text.isprintable():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(
                    f"{name.replace('_', '-')} is not valid text: {text!a:.80}",
                    why="it contains bytes that are not UTF-8",
                    hint="use UTF-8; percent-encode other bytes in a request path, as in /gr%FC",
                ) from None


def parser() -> Parser:
    """All commands and their arguments."""
    top = Parser(
        prog="abreast",
        description="Live side-by-side load testing of web servers, in a terminal.",
        epilog="Without a command, abreast opens the lobby, where you choose presets and targets. "
        f"{exit_codes_text()}.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    top.add_argument(
        "--charts",
        choices=("braille", "block", "ascii"),
        help="how to draw charts (default: braille if the terminal can show it, else ascii)",
    )
    top.set_defaults(run=runs.open_lobby)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    _add_run(commands)
    _add_attach(commands)
    _add_lists(commands)
    _add_report(commands)
    _add_upkeep(commands)
    return top


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
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
    _add_load(run)
    _add_outcome(run)
    run.set_defaults(run=runs.run)


def _add_attach(commands: "argparse._SubParsersAction[Parser]") -> None:
    about = "load-test servers that already run: at a URL, in a container, in a compose project"
    attach = commands.add_parser(
        "attach", help=about, description=f"{_sentence(about)} abreast never stops or changes them."
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
        type=_whole_number,
        metavar="N",
        help="hold this many users on each target instead of running the plan's stages",
    )
    command.add_argument(
        "--seconds", type=_positive_seconds, metavar="N", help="how long to measure after warm-up"
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
        type=_seconds_of,
        metavar="TIME",
        help='how long a target may take to become healthy, for example "60 s" (default: 20 s)',
    )
    command.add_argument(
        "--slo",
        metavar="SLO",
        help='objective, for example "p95 < 200 ms, errors < 1 %%"; exit code 1 if a target misses it',
    )
    command.add_argument(
        "--client",
        choices=("own", "httpx"),
        help="own: abreast's HTTP client (default); httpx: a slower one, to cross-check it",
    )
    command.add_argument(
        "--schedule", choices=("race", "solo"), help="race: load all targets at once; solo: one after another"
    )
    command.add_argument(
        "--load-workers",
        type=_load_workers,
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
        type=_file,
        metavar="FILE",
        help="write the session JSON to FILE; - is the same as --json (implies --headless)",
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


def _add_lists(commands: "argparse._SubParsersAction[Parser]") -> None:
    for name, run, about in (
        ("presets", lists.list_presets, "list the presets"),
        ("targets", lists.list_targets, "list the targets, or print the command that starts one"),
        ("sessions", lists.list_sessions, "list the recorded sessions"),
    ):
        command = commands.add_parser(name, help=about, description=_sentence(about))
        command.add_argument("--json", action="store_true", help="print JSON")
        command.set_defaults(run=run)
        if name == "targets":
            command.add_argument(
                "name",
                nargs="?",
                metavar="NAME[:OPTION=VALUE]",
                help="print the command that starts this target",
            )


def _add_report(commands: "argparse._SubParsersAction[Parser]") -> None:
    report = commands.add_parser(
        "report",
        help="print or export a recorded session",
        description="Print a recorded session, or export it to a file.",
    )
    report.add_argument("session", help="a session's id or the beginning of it, a journal's path, or last")
    report.add_argument(
        "--format",
        choices=("json", "text"),
        default="json",
        help="json: the session JSON (default); text: the results as a headless run prints them",
    )
    report.add_argument(
        "--out", type=_file, metavar="FILE", help="write the JSON to FILE (default: standard output)"
    )
    report.set_defaults(run=lists.report)


def _add_upkeep(commands: "argparse._SubParsersAction[Parser]") -> None:
    about = "check this machine: what works, what does not, and how to fix it"
    doctor = commands.add_parser("doctor", help=about, description=_sentence(about))
    doctor.add_argument(
        "--calibrate",
        action="store_true",
        help="measure how many requests the load workers can send (takes 15 s)",
    )
    doctor.set_defaults(run=lists.doctor)
    about = "stop and remove what interrupted sessions left behind"
    clean = commands.add_parser("clean", help=about, description=_sentence(about))
    clean.add_argument(
        "--database", metavar="URL", help="also drop the databases that they left on this server"
    )
    clean.set_defaults(run=lists.clean)


def _sentence(about: str) -> str:
    """A command's help as its description."""
    return f"{about[0].upper()}{about[1:]}."


class _Version(argparse.Action):
    """Prints the version; looking it up would slow down every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        console.out(f"abreast {version('abreast')}")
        parser.exit()


def _positive_seconds(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: give seconds, above 0 and at most 86400")
    return seconds


def _seconds_of(text: str) -> float:
    from engine.plan.values import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _file(text: str) -> Path | Literal["-"]:
    """A path, or `-` for standard output; a file of that name is `./-`."""
    return "-" if text == "-" else Path(text)


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _load_workers(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor auto") from None
