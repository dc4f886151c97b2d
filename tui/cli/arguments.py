"""The command line's grammar: commands, their arguments, and what does each.

Rules of this file: it imports what a command needs only where that command runs; what is written wrongly is a
`UsageError`, as everything that is said wrongly.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn

from targets.errors import UsageError
from targets.exit_codes import exit_codes_text
from tui.cli import console, lists, runs


class Parser(argparse.ArgumentParser):
    """The same, with errors of abreast's own form, and options by their whole names alone: one that is cut
    short would not be known where a password is to be hidden (`tui.cli.main`)."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError: what is wrong, and, where an argument is, what it says of it; no password."""
        from targets.secrets import masked_text

        message = masked_text(message)
        which, colon, why = message.partition(": ")
        is_of_one = which.startswith("argument ") and colon
        raise UsageError(
            f"{which} is not right" if is_of_one else message,
            why=why if is_of_one else "",
            hint=f"{self.prog} --help says what there is",
        )

    def _print_message(self, message: str, file: object = None) -> None:
        """Help goes where all output goes; errors are raised."""
        console.out(message.rstrip("\n"))


def understood(argv: Sequence[str] | None) -> argparse.Namespace:
    """What a command line asks for, and in `run` what does it. Raises UsageError."""
    arguments = parser().parse_args(argv)
    for name, said in vars(arguments).items():
        if name not in _PATHS:
            _check_text(name, said)
    return arguments


_PATHS = {"export", "out", "session"}
"""Arguments that may be bytes of any encoding: they name files, and are recorded nowhere."""


def _check_text(name: str, said: object) -> None:
    """Raises UsageError for bytes that are no UTF-8, which Python holds as surrogates."""
    for text in said if isinstance(said, list) else [said]:
        if isinstance(text, str) and not text.isprintable():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(
                    f"{name.replace('_', '-')} is no text: {text!a:.80}",
                    why="it holds bytes that are not UTF-8",
                    hint="write it in UTF-8; a path of a request percent-encoded, as in /gr%FC",
                ) from None


def parser() -> Parser:
    """All that can be said."""
    top = Parser(
        prog="abreast",
        description="Live side-by-side load testing of web servers, in a terminal.",
        epilog=f"Without a command: the lobby, where presets and targets are chosen. {exit_codes_text()}.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    top.add_argument(
        "--charts",
        choices=("braille", "block", "ascii"),
        help="how charts are drawn; braille where the terminal has it, else ascii",
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
        "--targets", metavar="A,B", help="which targets, for example fastapi,django-wsgi:threads=16"
    )
    run.add_argument(
        "--runtime", choices=("local", "docker"), help="targets as processes here, or as containers"
    )
    run.add_argument(
        "--database",
        metavar="URL",
        help="where rows are kept: mysql://…, mariadb://…, postgresql://…, or the name of a variable that "
        "holds one; mysql or postgresql: a server in a container; sqlite: a file each. Without it, mysql for "
        "targets in containers, sqlite for others",
    )
    _add_load(run)
    _add_outcome(run)
    run.set_defaults(run=runs.run)


def _add_attach(commands: "argparse._SubParsersAction[Parser]") -> None:
    about = "load servers that run already: at a URL, in a container, in a compose project"
    attach = commands.add_parser(
        "attach", help=about, description=f"{about.capitalize()}. None of them is stopped or changed."
    )
    attach.add_argument(
        "words",
        nargs="*",
        metavar="URL|CONTAINER|PROJECT",
        help="http://host:port; a container's name or id (web, or web:8080 for a port inside); a project",
    )
    attach.add_argument("--path", default="", metavar="PATH", help="what users request; / unless said")
    attach.add_argument(
        "--health",
        default="",
        metavar="PATH",
        help="where they say that they are well; found out unless said",
    )
    attach.add_argument("--targets", metavar="A,B", help="which of those found, for example web,api")
    _add_load(attach)
    _add_outcome(attach)
    attach.set_defaults(run=runs.attach)


def _add_load(command: Parser) -> None:
    """What load there is, and how it is sent."""
    command.add_argument(
        "--users",
        type=_whole_number,
        metavar="N",
        help="hold this many users each instead of the plan's stages",
    )
    command.add_argument(
        "--seconds", type=_positive_seconds, metavar="N", help="how long to measure, after warm-up"
    )
    command.add_argument("--workload", metavar="NAME", help="what users request")
    command.add_argument("--think-time", metavar="TIME", help='for example none, "500 ms", "1 s to 2 s"')
    command.add_argument(
        "--network-delay", metavar="TIME", help='a round trip added to the way, as in "40 ms"'
    )
    command.add_argument(
        "--ready-within",
        type=_seconds_of,
        metavar="TIME",
        help='how long a target may take to answer before load begins, as in "60 s"; 20 s unless said',
    )
    command.add_argument(
        "--slo", metavar="SLO", help='"p95 < 200 ms, errors < 1 %%": exit 1 where it is missed'
    )
    command.add_argument(
        "--client", choices=("own", "httpx"), help="httpx: a slow cross-check of our own client"
    )
    command.add_argument(
        "--schedule", choices=("race", "solo"), help="race: all at once; solo: one target after another"
    )
    command.add_argument(
        "--load-workers",
        type=_load_workers,
        metavar="N|auto",
        help="how many processes send the load; auto: half as many as there are cores",
    )
    command.add_argument(
        "--accept-difference",
        action="store_true",
        default=None,
        help="run though the targets do not answer or work alike",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="let load go to this host though it is neither this machine nor a private network",
    )


def _add_outcome(command: Parser) -> None:
    """What becomes of the result."""
    command.add_argument("--headless", action="store_true", help="without a screen")
    command.add_argument(
        "--export", type=_file, metavar="FILE", help="headless: write the session JSON here; -: as --json"
    )
    command.add_argument(
        "--json", action="store_true", help="headless: standard output gets the session JSON alone"
    )
    command.add_argument(
        "--strict", action="store_true", help="headless: exit 4 where the measurement cannot be trusted"
    )


def _add_lists(commands: "argparse._SubParsersAction[Parser]") -> None:
    for name, run, about in (
        ("presets", lists.list_presets, "list the presets"),
        ("targets", lists.list_targets, "list the targets, or say how one is started by hand"),
        ("sessions", lists.list_sessions, "list the recorded sessions"),
    ):
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("--json", action="store_true", help="for machines")
        command.set_defaults(run=run)
        if name == "targets":
            command.add_argument(
                "name",
                nargs="?",
                metavar="NAME[:OPTION=VALUE]",
                help="the command of this one, to start by hand",
            )


def _add_report(commands: "argparse._SubParsersAction[Parser]") -> None:
    report = commands.add_parser(
        "report", help="export a recorded session", description="Export a recorded session."
    )
    report.add_argument("session", help="an id, the beginning of one, a path, or: last")
    report.add_argument(
        "--format",
        choices=("json", "text"),
        default="json",
        help="json: the session JSON (default); text: the results as a headless run prints them",
    )
    report.add_argument("--out", type=_file, metavar="FILE", help="write to a file, not to standard output")
    report.set_defaults(run=lists.report)


def _add_upkeep(commands: "argparse._SubParsersAction[Parser]") -> None:
    doctor = commands.add_parser(
        "doctor", help="what works on this machine, what does not, and how to mend it"
    )
    doctor.add_argument(
        "--calibrate", action="store_true", help="measure how much the load workers can send (15 s)"
    )
    doctor.set_defaults(run=lists.doctor)
    clean = commands.add_parser("clean", help="end what interrupted sessions left behind")
    clean.add_argument(
        "--database", metavar="URL", help="drop the databases that they left on this server, too"
    )
    clean.set_defaults(run=lists.clean)


class _Version(argparse.Action):
    """Prints the version; reading it costs too much for every start."""

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
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, more than 0 and at most 86400")
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
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def _load_workers(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor: auto") from None
