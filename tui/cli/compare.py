"""`abreast compare` and `abreast baseline`. Imports lazily."""

import argparse
from typing import TYPE_CHECKING

from targets.exit_codes import ExitCode
from tui.cli import console
from tui.cli.argument_kinds import file_or_stdout
from tui.cli.console import out, out_json, say
from tui.cli.option_rules import force_needs_out
from tui.cli.parser import Commands, sentence
from tui.cli.screen_app import look_of, run_app
from tui.cli.variables import json_or_format

if TYPE_CHECKING:
    from engine.comparison.comparison import Comparison
    from tui.look import Look

EXAMPLES = """examples:
  abreast compare 20250101-120000 last
  abreast compare last:fastapi last:django-wsgi
  abreast compare main last --format md
  abreast compare ./baseline.json last --fail-if "p95 > +10 %, goodput < -5 %\""""

SOURCES = (
    "a session's id or the beginning of it, last, a saved baseline's name, or a path of a journal, bundle or "
    "baseline; :TARGET selects one of its targets"
)


def add_commands(commands: Commands) -> None:
    """Adds `compare` and `baseline`."""
    about = "compare two sessions, targets or baselines"
    compare = commands.add_parser(
        "compare",
        help=about,
        description=f"{sentence(about)} In a terminal it opens a screen; elsewhere it prints.",
        epilog=EXAMPLES,
    )
    compare.add_argument("a", metavar="A", help=SOURCES)
    compare.add_argument("b", metavar="B", help="the same, compared with A")
    compare.add_argument(
        "--fail-if",
        metavar="CONDITIONS",
        help='exit code 1 if a difference is certain and beyond a limit, for example "p95 > +10 %%, goodput '
        '< -5 %%, errors > +0.5 points"; metrics: goodput, rps, p50, p95, p99, errors, cpu, memory',
    )
    compare.add_argument(
        "--format",
        choices=("text", "md", "html", "json", "junit"),
        help="print in this format (default: the screen, or text); junit: a test case per condition",
    )
    compare.add_argument("--json", action="store_true", help="the same as --format json")
    compare.add_argument(
        "--out", type=file_or_stdout, metavar="FILE", help="write to this file; - for standard output"
    )
    compare.add_argument("--force", action="store_true", help="with --out: replace a file that exists")
    force_needs_out(compare)
    compare.set_defaults(run=compare_runs)
    _add_baseline(commands)


def _add_baseline(commands: Commands) -> None:
    baseline = commands.add_parser(
        "baseline", help="save a session to compare later ones with, or list or delete what was saved"
    )
    actions = baseline.add_subparsers(title="actions", metavar="ACTION", required=True)
    save = actions.add_parser(
        "save",
        help="save a session as a baseline",
        description="Save a session as a baseline: one file that needs nothing else, fit for a repository.",
    )
    save.add_argument("name", metavar="NAME|FILE", help="a name, or a file: ./baseline.json")
    save.add_argument("session", metavar="SESSION", nargs="?", default="last", help="default: last")
    save.add_argument("--force", action="store_true", help="replace a baseline that exists")
    save.set_defaults(run=save_baseline)
    listing = actions.add_parser("list", help="list the saved baselines")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=list_baselines)
    delete = actions.add_parser("delete", help="delete a saved baseline")
    delete.add_argument("name", metavar="NAME", help="its name")
    delete.set_defaults(run=delete_baseline)


def compare_runs(arguments: argparse.Namespace) -> int:
    """`abreast compare`; 1 if a condition of --fail-if failed."""
    from engine.comparison.comparison import compared
    from engine.comparison.gate import parse_conditions
    from engine.comparison.sources import side_of

    as_json, text_format = json_or_format(arguments)
    conditions = parse_conditions(arguments.fail_if) if arguments.fail_if is not None else ()
    found = compared(side_of(arguments.a), side_of(arguments.b), conditions)
    is_plain = not (text_format or as_json or arguments.out or arguments.fail_if)
    if is_plain and not console.no_screen():
        return _show(found, look_of(arguments))
    text_format = "json" if as_json else text_format or "text"
    if arguments.out not in (None, "-"):
        _write(found, text_format, arguments)
    else:
        _print(found, text_format)
    return ExitCode.THRESHOLD if found.has_failed else ExitCode.DONE


def _show(found: "Comparison", look: "Look") -> int:
    """The screen, until the person leaves it. Raises the error that ended it."""
    import anyio

    return anyio.run(_run, found, look)


async def _run(found: "Comparison", look: "Look") -> int:
    from tui.app import CompareApp

    app = CompareApp(found, look=look)
    code = await run_app(app)
    if app.crash:
        raise app.crash
    return code


def _print(found: "Comparison", text_format: str) -> None:
    if text_format == "json":
        out_json(_content(found, "json"))
    else:
        out(_content(found, text_format).decode().rstrip("\n"))


def _write(found: "Comparison", text_format: str, arguments: argparse.Namespace) -> None:
    from engine.export.writing import write

    write(arguments.out, (_content(found, text_format),), replace=arguments.force)
    say(f"written to {arguments.out}")


def _content(found: "Comparison", text_format: str) -> bytes:
    if text_format == "json":
        from engine.comparison.document import document
        from engine.export.session_json import json_text

        return json_text(document(found))
    if text_format == "junit":
        from engine.comparison.junit import junit

        return junit(found)
    if text_format == "md":
        from engine.comparison.markdown import markdown

        return markdown(found).encode()
    if text_format == "html":
        from engine.comparison.html import html

        return html(found).encode()
    from tui.views.comparison import comparison_lines

    return "".join(f"{line}\n" for line in comparison_lines(found)).encode()


# ---------------------------------------------------------------- baselines


def save_baseline(arguments: argparse.Namespace) -> int:
    """`abreast baseline save`."""
    from datetime import UTC, datetime

    from engine.comparison import baselines
    from engine.comparison.sources import run_named

    run = run_named(arguments.session)
    saved_at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    path = baselines.save(arguments.name, run, saved_at, replace_it=arguments.force)
    levels = sum(len(subject.levels) for subject in run.subjects)
    out(f"saved {run.id} to {path}")
    if not levels and all(subject.capacity is None for subject in run.subjects):
        say("abreast: it settled at no level of load: nothing can be compared with it")
    return ExitCode.DONE


def list_baselines(arguments: argparse.Namespace) -> int:
    """`abreast baseline list`."""
    from engine.comparison import baselines
    from tui.cli.lists import print_rows

    rows = [
        {
            "name": each.name,
            "saved": each.baseline.saved_at[:16].replace("T", " ") if each.baseline else "",
            "session": each.baseline.run.id if each.baseline else "",
            "targets": [subject.label for subject in each.baseline.run.subjects] if each.baseline else [],
            "size_kb": round(each.size_bytes / 1000, 1),
            "trouble": each.trouble,
        }
        for each in baselines.saved()
    ]
    if rows or arguments.json:
        print_rows(rows, arguments.json)
    else:
        out("no baselines saved yet; save one with: abreast baseline save NAME")
    return ExitCode.DONE


def delete_baseline(arguments: argparse.Namespace) -> int:
    """`abreast baseline delete`."""
    from engine.comparison import baselines

    out(f"deleted {baselines.delete(arguments.name)}")
    return ExitCode.DONE
