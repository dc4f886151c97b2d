"""Arguments that several commands have in common: `run`, `attach` and `capacity`; `watch` and `serve`."""

from tui.cli.argument_kinds import duration_s, file_or_stdout, load_workers
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
        "--force", action="store_true", help="replace FILE if it exists; otherwise nothing starts"
    )
    command.add_argument(
        "--json",
        action="store_true",
        help="print only the session JSON to standard output (implies --headless)",
    )
    command.add_argument(
        "--strict", action="store_true", help=f"exit code 4 if {strict} (implies --headless)"
    )
