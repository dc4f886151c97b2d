"""`abreast plan save`: a recorded session as a plan file that repeats it. Imports lazily."""

import argparse
from pathlib import Path

from engine.machine.files import is_device
from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli.console import say
from tui.cli.parser import Commands

EXAMPLES = """examples:
  abreast plan save rush-hour   what was run last, manual users included
  abreast plan save plans/rush-hour.toml 20250101-120000
  abreast run rush-hour.toml    repeats it"""


def add_command(commands: Commands) -> None:
    """Adds `plan`."""
    about = "save a recorded session as a plan that repeats it"
    plan = commands.add_parser("plan", help=about)
    actions = plan.add_subparsers(title="actions", metavar="ACTION", required=True)
    save = actions.add_parser(
        "save",
        help=about,
        description="Save what was run in a session, including users that were set manually and faults, as a "
        "plan file.",
        epilog=EXAMPLES,
    )
    save.add_argument("plan_path", metavar="NAME", help="the plan's name, or a path that ends in .toml")
    save.add_argument(
        "session",
        nargs="?",
        default="last",
        metavar="SESSION",
        help="a session's id or the beginning of it, a journal's path, or last (default)",
    )
    save.add_argument("--force", action="store_true", help="replace the file if it exists")
    save.set_defaults(run=save_plan)


def save_plan(arguments: argparse.Namespace) -> int:
    """`abreast plan save`."""
    from engine.export.plan_file import plan_file
    from engine.export.writing import write
    from engine.recording import archive, journal
    from engine.recording.contradictions import matching_records

    path = path_of(arguments.plan_path)
    found = archive.find(arguments.session)
    with matching_records(found):
        text = plan_file(journal.read(found))
    write(path, [text.encode()], replace=arguments.force)
    for line in text.splitlines()[1:]:
        if not line.startswith("# "):
            break
        say(f"abreast: {line.removeprefix('# ')}")
    say(f"written to {path}; repeat it with: abreast run {path}")
    return ExitCode.DONE


def path_of(name: str) -> Path:
    """The file of a plan: `rush` is `rush.toml` in the current folder; a device or a pipe is itself. Raises
    UsageError for the name of a folder."""
    if name.rpartition("/")[2] in {"", ".", "..", ".toml"}:
        raise UsageError(f"{name!r} is not the name of a file", hint="for example: abreast plan save rush")
    return Path(name if name.endswith(".toml") or is_device(Path(name)) else f"{name}.toml")
