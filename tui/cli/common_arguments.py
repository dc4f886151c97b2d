"""Arguments that several commands have in common: those that run load, and `watch` and `serve`."""

from tui.cli.argument_kinds import (
    cluster_address,
    collector_url,
    duration_s,
    file_or_stdout,
    host,
    listen_address,
    load_workers,
)
from tui.cli.option_rules import needs, two_files
from tui.cli.parser import Parser


def add_session(command: Parser) -> None:
    """Which recorded session is shown."""
    command.add_argument(
        "session",
        nargs="?",
        default="last",
        metavar="SESSION|last|FILE|demo",
        help="a session's id or the beginning of it; last (the default); a journal's or bundle's file; demo: "
        "a session that ships with abreast",
    )


def add_place(command: Parser) -> None:
    """Where targets run, and where they keep their rows."""
    command.add_argument(
        "--runtime", choices=("local", "docker"), help="run targets as local processes or in containers"
    )
    command.add_argument(
        "--database",
        metavar="URL",
        help="database that stores rows: mysql://…, mariadb://…, postgresql://…, or the name of an "
        "environment variable with such a URL; mysql or postgresql: a database in a container; sqlite: one "
        "file for each target (default: mysql for targets in containers, else sqlite)",
    )


def add_workload(command: Parser) -> None:
    """What users send, and at what pace."""
    command.add_argument("--workload", metavar="NAME", help="workload whose requests users send")
    command.add_argument(
        "--think-time",
        metavar="TIME",
        help='pause between requests, for example none, "500 ms", "1 s to 2 s"',
    )


def add_sending(command: Parser) -> None:
    """How load is sent, and what is allowed."""
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
        "--client",
        choices=("own", "httpx"),
        help="own: abreast's HTTP client (default); httpx: a slower one, to cross-check it",
    )
    command.add_argument(
        "--http",
        choices=("1.1", "2"),
        help="2: users share connections of HTTP/2, to servers that speak it (default: 1.1)",
    )
    command.add_argument(
        "--load-workers",
        type=load_workers,
        metavar="N|auto|max",
        help="processes that send the load; auto: one for every two CPU cores; max: one for each; with "
        "--cluster, of its free processors: half, or all",
    )
    command.add_argument(
        "--cluster",
        type=cluster_address,
        metavar="local|auto|ray://HOST:PORT",
        help="run the load workers on a Ray cluster: one that abreast starts here, the one that this machine "
        "is a node of, or the one at this address (needs the extra abreast[cluster])",
    )
    command.add_argument(
        "--accept-difference",
        action="store_true",
        default=None,
        help="run even if the targets differ in their answers or their work",
    )
    command.add_argument(
        "--allow-host",
        type=host,
        action="append",
        default=[],
        metavar="HOST",
        help="also allow load to this host, outside this machine and private networks; repeatable",
    )


def add_log(command: Parser) -> None:
    """A log for programs."""
    command.add_argument(
        "--log-file",
        metavar="FILE",
        help="append what happens to this file, one JSON object a line; at 16 MB it becomes FILE.1",
    )
    command.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        help="the least important lines of --log-file (default: info; debug: also every second's figures)",
    )
    needs(command, "--log-level", lambda given: given.log_file, what="a log", hint="add --log-file FILE")


def add_live_metrics(command: Parser) -> None:
    """Where figures go while a session runs."""
    command.add_argument(
        "--prometheus",
        type=listen_address,
        metavar="PORT",
        help="serve live figures for Prometheus on this port of 127.0.0.1 (0: a free one); 0.0.0.0:PORT lets "
        "other machines read them",
    )
    command.add_argument(
        "--otlp",
        type=collector_url,
        metavar="URL",
        help="send live figures to an OpenTelemetry collector at this URL, wherever it is, for example "
        "http://127.0.0.1:4318 (needs the extra abreast[opentelemetry])",
    )


def add_result(command: Parser, *, strict: str) -> None:
    """Whether there is a screen, and what to do with the result. `strict` says what makes `--strict` fail, as
    the end of "exit code 4 if …"."""
    command.add_argument("--headless", action="store_true", help="run without the screen")
    command.add_argument(
        "--plain",
        action="store_true",
        help="say what happens in sentences instead of a screen, for screen readers and logs (by itself "
        "where TERM is dumb; implies --headless)",
    )
    command.add_argument(
        "--export",
        type=file_or_stdout,
        metavar="FILE",
        help="write the session JSON to FILE; - is the same as --json (implies --headless)",
    )
    command.add_argument(
        "--force",
        action="store_true",
        help="with --export: replace FILE if it exists (without it, the run does not start)",
    )
    needs(
        command,
        "--force",
        lambda given: given.export not in (None, "-"),
        what="a file to replace",
        hint="add --export FILE",
    )
    command.add_argument(
        "--json",
        action="store_true",
        help="print only the session JSON to standard output (implies --headless)",
    )
    command.add_argument(
        "--strict", action="store_true", help=f"exit code 4 if {strict} (implies --headless)"
    )
    add_log(command)
    two_files(command, "export", "log_file")
    add_live_metrics(command)
