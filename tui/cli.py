"""The command line. Imports lazily: `--help` and headless runs never load what they do not need."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets.errors import AbreastError, UsageError

if TYPE_CHECKING:
    from engine.commands import Choice
    from engine.plan import Plan

INTERRUPTED = 130
QUICK_LOOK_S = 5.0
"""How long `abreast` runs `hello` where there is no terminal."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    _fill_closed_streams()
    if argv is None:
        _hide_database()
    try:
        return _obey(argv)
    except AbreastError as error:
        with suppress(OSError):
            print(f"abreast: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `abreast presets | head -1`
        _drop_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _drop_output()
        print(f"abreast: cannot write the output: {error.strerror}", file=sys.stderr)
        return UsageError.exit_code


def _obey(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.run(arguments)
    finally:  # trouble with standard output shows here, not as the interpreter ends
        sys.stdout.flush()
    return code


_DATABASE, _OWN_DATABASE = "--database", "ABREAST_DATABASE"


def _hide_database() -> None:
    """Begins anew where the command line holds a database's password: everybody on the machine can read the
    arguments of a process, and its environment only its owner."""
    words = list(sys.orig_argv)
    for at, word in enumerate(words):
        name, equals, url = word.partition("=")
        if word == _DATABASE and at + 1 < len(words):
            place, url = at + 1, words[at + 1]
        elif name == _DATABASE and equals:
            place = at
        else:
            continue
        if "://" in url and "@" in url:
            words[place] = f"{_DATABASE}={_OWN_DATABASE}" if place == at else _OWN_DATABASE
            os.execve(sys.executable, words, os.environ | {_OWN_DATABASE: url})  # noqa: S606 - it is this very program


def _fill_closed_streams() -> None:
    """Opens /dev/null for each standard stream that the shell closed (`>&-`): the next file that is opened
    would get its number, and what is said would go there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _drop_output() -> None:
    """What is left in the buffer of standard output goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="abreast",
        description="Live side-by-side load testing of web servers, in a terminal.",
        epilog="Without a command: the lobby, where presets and targets are chosen.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument(
        "--charts", choices=("braille", "block", "ascii"), default="braille", help="how charts are drawn"
    )
    parser.set_defaults(run=_open_lobby)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_run(commands)
    for name, run, about in (
        ("presets", _presets, "list the presets"),
        ("targets", _targets, "list the targets, or say how one is started by hand"),
        ("sessions", _sessions, "list the recorded sessions"),
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
    report = commands.add_parser(
        "report", help="export a recorded session", description="Export a recorded session."
    )
    report.add_argument("session", help="an id, the beginning of one, a path, or: last")
    report.add_argument("--format", choices=("json",), default="json")
    report.add_argument("--out", type=Path, metavar="FILE", help="write to a file instead of standard output")
    report.set_defaults(run=_report)
    doctor = commands.add_parser(
        "doctor", help="what works on this machine, what does not, and how to mend it"
    )
    doctor.add_argument(
        "--calibrate", action="store_true", help="measure how much the load workers can send (15 s)"
    )
    doctor.set_defaults(run=_doctor)
    clean = commands.add_parser("clean", help="end what interrupted sessions left behind")
    clean.add_argument(
        "--database", metavar="URL", help="drop the databases that they left on this server, too"
    )
    clean.set_defaults(run=_clean)
    return parser


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser("run", help="run a preset or a plan", description="Run a preset or a plan.")
    run.add_argument("plan", metavar="PRESET|FILE", help="a preset's name, or a TOML file")
    run.add_argument(
        "--targets", metavar="A,B", help="which targets, for example fastapi,django-wsgi:threads=16"
    )
    run.add_argument(
        "--users", type=int, metavar="N", help="hold this many users each instead of the plan's stages"
    )
    run.add_argument(
        "--seconds", type=_positive_seconds, metavar="N", help="how long to measure, after warm-up"
    )
    run.add_argument(
        "--runtime", choices=("local", "docker"), help="targets as processes here, or as containers"
    )
    run.add_argument("--workload", metavar="NAME", help="what users request")
    run.add_argument("--think-time", metavar="TIME", help='for example none, "500 ms", "1 s to 2 s"')
    run.add_argument("--network-delay", metavar="TIME", help='a round trip added to the way, as in "40 ms"')
    run.add_argument("--slo", metavar="SLO", help='"p95 < 200 ms, errors < 1 %%": exit 1 where it is missed')
    run.add_argument("--client", choices=("own", "httpx"), help="httpx: a slow cross-check of our own client")
    run.add_argument(
        "--schedule", choices=("race", "solo"), help="race: all at once; solo: one target after another"
    )
    run.add_argument(
        "--load-workers",
        type=_load_workers,
        metavar="N|auto",
        help="how many processes send the load; auto: half as many as there are cores",
    )
    run.add_argument(
        "--database",
        metavar="URL",
        help="where rows are kept: mysql://…, mariadb://…, postgresql://…, or the name of a variable that "
        "holds one; without it, a SQLite file each",
    )
    run.add_argument(
        "--accept-difference",
        action="store_true",
        default=None,
        help="run though the targets do not answer or work alike",
    )
    run.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="let load go to this host though it is neither this machine nor a private network",
    )
    run.add_argument("--headless", action="store_true", help="without a screen")
    run.add_argument("--export", type=Path, metavar="FILE", help="headless: write the session JSON here")
    run.add_argument(
        "--json", action="store_true", help="headless: standard output gets the session JSON alone"
    )
    run.add_argument(
        "--strict", action="store_true", help="headless: exit 4 where the measurement cannot be trusted"
    )
    run.set_defaults(run=_run)


class _Version(argparse.Action):
    """Prints the version; reading it costs too much for every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"abreast {version('abreast')}")
        parser.exit()


def _positive_seconds(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, more than 0 and at most 86400")
    return seconds


def _load_workers(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor: auto") from None


# ---------------------------------------------------------------- runs


def _open_lobby(arguments: argparse.Namespace) -> int:
    if _is_terminal():
        return _on_screen(None, arguments)
    from tui.headless import say

    say(f"abreast: no terminal here, so the hello preset runs without a screen for {QUICK_LOOK_S:g} s")
    look = _parser().parse_args(["run", "hello", "--seconds", str(QUICK_LOOK_S)])
    return _headless(_plan(look), look)


def _run(arguments: argparse.Namespace) -> int:
    plan = _plan(arguments)
    if arguments.headless or arguments.export or arguments.json or arguments.strict:
        return _headless(plan, arguments)
    if not _is_terminal():
        from tui.headless import say

        say("abreast: no terminal here, so this runs without a screen (as with --headless)")
        return _headless(plan, arguments)
    from engine.commands import Choice

    targets = _target_texts(arguments.targets) or ()
    return _on_screen(Choice(arguments.plan, targets, arguments.users, arguments.seconds), arguments)


def _plan(arguments: argparse.Namespace) -> "Plan":
    """The plan with the command line's changes. Raises UsageError."""
    import presets
    from engine.plan import MAX_USERS

    if arguments.users is not None and not 1 <= arguments.users <= MAX_USERS:
        raise UsageError(
            f"--users cannot be {arguments.users}",
            why=f"a target gets from 1 to {MAX_USERS} virtual users",
            hint="for example --users 50",
        )
    return presets.load(arguments.plan).changed(
        targets=_target_texts(arguments.targets),
        users=arguments.users,
        seconds=arguments.seconds,
        **_overrides(arguments),
    )


def _target_texts(text: str | None) -> tuple[str, ...] | None:
    """The targets that `--targets` names; None where it was not given. Raises UsageError for none at all."""
    if text is None:
        return None
    targets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not targets:
        raise UsageError("--targets names no target", hint="for example --targets fastapi,django-wsgi")
    return targets


def _overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    wanted = (
        "workload",
        "think_time",
        "network_delay",
        "client",
        "schedule",
        "load_workers",
        "runtime",
        "slo",
        "database",
        "accept_difference",
    )
    return {name: value for name in wanted if (value := getattr(arguments, name, None)) is not None}


def _headless(plan: "Plan", arguments: argparse.Namespace) -> int:
    import anyio

    from tui import headless

    wish = headless.Wish(
        arguments.export, arguments.json, arguments.strict, tuple(getattr(arguments, "allow_host", ()))
    )
    return anyio.run(headless.run, plan, wish)


def _on_screen(choice: "Choice | None", arguments: argparse.Namespace) -> int:
    import anyio

    from tui.stage import show

    granted_hosts = tuple(getattr(arguments, "allow_host", ()))
    return anyio.run(show, choice, _overrides(arguments), arguments.charts, granted_hosts)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


# ---------------------------------------------------------------- lists


def _presets(arguments: argparse.Namespace) -> int:
    import presets

    plans = [presets.load(name) for name in presets.names()]
    rows = [
        {
            "name": plan.preset,
            "title": plan.title,
            "targets": [choice.name for choice in plan.targets],
            "workload": plan.workload,
            "seconds": plan.length_s,
        }
        for plan in plans
    ]
    _print_rows(rows, arguments.json)
    return 0


def _targets(arguments: argparse.Namespace) -> int:
    from tui import target_list

    if arguments.json:
        _print_json(target_list.by_hand(arguments.name) if arguments.name else target_list.rows())
    else:
        print(target_list.script(arguments.name) if arguments.name else target_list.listing())
    return 0


def _sessions(arguments: argparse.Namespace) -> int:
    from engine.archive import recorded

    rows = [
        {
            "id": each.id,
            "outcome": each.outcome,
            "started": each.started_at[:19].replace("T", " "),
            "targets": list(each.targets),
            "title": each.title,
        }
        for each in recorded()
    ]
    if rows or arguments.json:
        _print_rows(rows, arguments.json)
    else:
        print("no session was recorded yet; begin with: abreast run hello")
    return 0


def _print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print_json(rows)
        return
    if not rows:
        return
    texts = [[_text(value) for value in row.values()] for row in [{name: name for name in rows[0]}, *rows]]
    widths = [max(len(row[at]) for row in texts) for at in range(len(texts[0]))]
    for row in texts:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _print_json(value: object) -> None:
    import orjson

    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---------------------------------------------------------------- the rest


def _report(arguments: argparse.Namespace) -> int:
    import orjson

    from engine import archive
    from engine.export import session_document, write_json

    document = session_document(archive.find(arguments.session))
    if arguments.out:
        write_json(arguments.out, document)
        print(f"written to {arguments.out}", file=sys.stderr)
    else:
        sys.stdout.buffer.write(
            orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
    return 0


def _calibrate() -> None:
    import anyio

    from engine import calibration, ceiling

    print("measuring the load workers against a server that does nothing …", file=sys.stderr)
    ceiling.save(anyio.run(calibration.calibrate))


def _doctor(arguments: argparse.Namespace) -> int:
    if arguments.calibrate:
        _calibrate()
    from tui.doctor import findings

    found = findings()
    for finding in found:
        print(f"{finding.mark}  {finding.text}")
        if finding.hint:
            print(f"     {finding.hint}")
    return 0 if all(finding.good for finding in found) else 1


def _clean(arguments: argparse.Namespace) -> int:
    from engine.archive import clean, clean_images, drop_databases

    ended = clean()
    dropped = [*drop_databases(arguments.database or ""), *clean_images()]
    if not ended and not dropped:
        print("nothing was left behind")
    for line in dropped:
        print(line)
    for session, cleaned in ended.items():
        print(f"{session}: {cleaned}")
    return 0
