"""`abreast sessions`: lists, renames, annotates and deletes recorded sessions. Imports lazily."""

import argparse
from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Any

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from targets.plain_text import one_line
from tui.cli.console import agrees, out, out_document, say
from tui.cli.option_rules import excludes
from tui.cli.parser import Commands

if TYPE_CHECKING:
    from pathlib import Path

    from engine.recording.listing import ListedSession
    from engine.recording.trash import Deletion, Emptied

ORDERS = ("date", "preset", "length", "size", "outcome")

EXAMPLES = """examples:
  abreast sessions --search fastapi --sort size
  abreast sessions rename last "After the index was added"
  abreast sessions delete 20250101-120000
  abreast sessions --prune 30d        sessions older than 30 days
  abreast sessions --prune 5GB --yes  the oldest, down to 5 GB; does not ask"""

READ_WITHIN_S = 0.3
"""So long after a listing began, it begins to read no more journals that have no summary yet; it reads one in
any case, so that listing again gets on."""
LARGEST_READ_BYTES = 64_000_000
"""A listing does not read larger journals; the screen does, in the background."""


def add_command(commands: Commands) -> None:
    """Adds `sessions` and its actions."""
    command = commands.add_parser(
        "sessions",
        help="list the recorded sessions; rename, annotate or delete them",
        epilog=EXAMPLES,
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--search", metavar="TEXT", help="list only sessions that contain all these words")
    command.add_argument("--sort", choices=ORDERS, help="the order of the list (default: date, newest first)")
    command.add_argument(
        "--prune",
        metavar="LIMIT",
        help="delete for good what is older than an age (30d, 12h), or the oldest beyond a size (5GB), and "
        "empty the trash",
    )
    command.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    command.set_defaults(run=sessions)
    actions = command.add_subparsers(title="actions", metavar="ACTION", dest="action")
    excludes(
        command,
        lambda given: given.action or "",
        why="it is an option of the list",
    )
    which = "a session's id or the beginning of it, or last"
    for name, run, about, words in (
        ("rename", rename, "give a session a title; empty: the plan's", "title"),
        ("note", write_note, "write a note about a session; empty: none", "text"),
    ):
        action = actions.add_parser(name, help=about)
        action.add_argument("session", metavar="SESSION", help=which)
        action.add_argument(words, metavar=words.upper(), help="the new text")
        action.set_defaults(run=run)
    action = actions.add_parser("delete", help="delete sessions; they can be brought back for 7 days")
    action.add_argument("session", nargs="+", metavar="SESSION", help=which)
    action.set_defaults(run=delete)
    actions.add_parser("undo", help="bring back what was deleted last").set_defaults(run=undo)


def sessions(arguments: argparse.Namespace) -> int:
    """`abreast sessions`: the list, or `--prune`."""
    if arguments.prune is not None:
        if arguments.search or arguments.sort:
            raise UsageError(
                f"--prune does not go with {'--search' if arguments.search else '--sort'}",
                why="it deletes by age or size, whatever the sessions contain",
                hint="leave one of them out",
            )
        return _prune(arguments.prune, is_agreed=arguments.yes, as_json=arguments.json)
    if arguments.yes:
        raise UsageError("--yes goes with --prune", hint="for example --prune 30d --yes")
    from engine.recording import listing, trash

    until_s = monotonic() + READ_WITHIN_S
    trash.empty_old()
    everything = listing.listed()
    found, unread = _summarized(everything, until_s)
    shown = listing.in_order(listing.matching(found, arguments.search or ""), arguments.sort or "date")
    if arguments.json:
        out_document([_row(session) for session in shown])
    elif not everything:
        out("no sessions recorded yet; start with: abreast run hello")
    elif not shown:
        out(f"none of {len(everything)} sessions contains {one_line(arguments.search)!r}")
    else:
        out("\n".join(_table(shown)))
    if unread and not arguments.json:
        results = "1 result is" if unread == 1 else f"{unread} results are"
        say(f"abreast: {results} not read yet: list again, or press s in the lobby")
    return ExitCode.DONE


def _summarized(found: "list[ListedSession]", until_s: float) -> "tuple[list[ListedSession], int]":
    """The sessions with what came out, and of how many that is missing: a listing is quick, and reads only so
    many journals, the newest first."""
    from engine.export import session_summary

    summarized = list(found)
    for at, session in enumerate(found):
        if session.needs_summary and session.size_bytes <= LARGEST_READ_BYTES:
            summarized[at] = session_summary.added(session)
            if monotonic() >= until_s:
                break
    return summarized, sum(each.needs_summary for each in summarized)


def _row(session: "ListedSession") -> dict[str, Any]:
    recorded, summary = session.recorded, session.recorded.summary
    return {
        "id": session.key,
        "outcome": recorded.outcome,
        "started": recorded.started_at,
        "ended": recorded.ended_at,
        "length_s": session.length_s,
        "preset": recorded.preset,
        "title": recorded.title,
        "note": recorded.note,
        "targets": list(recorded.targets),
        "labels": list(recorded.labels),
        "result": session.sentence,
        "light": summary.light if summary else "",
        "figures": [
            {
                "target": each.name,
                "label": each.label,
                "goodput_rps": each.goodput,
                "p50_ms": each.p50_ms,
                "p95_ms": each.p95_ms,
                "p99_ms": each.p99_ms,
                "error_rate": each.error_rate,
                "cpu_pct": each.cpu_pct,
                "memory_mb": each.memory_mb,
            }
            for each in (summary.targets if summary else ())
        ],
        "size_bytes": session.size_bytes,
        "damage": recorded.damage,
    }


def _table(shown: "list[ListedSession]") -> list[str]:
    """A row for each session, and indented below it what it was, and what came out."""
    from tui.views.session_list import cells_of

    names = ("started", "preset", "length", "outcome", "size", "id")
    rows = [names, *((*cells_of(session), session.key) for session in shown)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(names))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return [
        lines[0],
        *(line for at, session in enumerate(shown) for line in (lines[at + 1], *_below(session))),
    ]


def _below(session: "ListedSession") -> list[str]:
    recorded = session.recorded
    what = ": ".join(filter(None, (recorded.title, ", ".join(recorded.labels))))
    parts = [what, recorded.note and f"note: {recorded.note}"]
    if not recorded.trouble:
        parts.append(session.sentence)
    if recorded.summary and recorded.summary.damage:
        parts.append(f"damaged: {recorded.summary.damage}")
    return [f"    {one_line(part)}" for part in parts if part]


# ---------------------------------------------------------------- changing them


def rename(arguments: argparse.Namespace) -> int:
    """`abreast sessions rename`."""
    from dataclasses import replace

    from engine.recording import about

    folder = _folder(arguments.session)
    title = about.checked_title(arguments.title)
    about.save(folder, replace(about.load(folder), title=title))
    out(f"{folder.name} is now called {title!r}" if title else f"{folder.name} has its plan's title again")
    return ExitCode.DONE


def write_note(arguments: argparse.Namespace) -> int:
    """`abreast sessions note`."""
    from dataclasses import replace

    from engine.recording import about

    folder = _folder(arguments.session)
    text = about.checked_note(arguments.text)
    about.save(folder, replace(about.load(folder), note=text))
    out(f"noted in {folder.name}" if text else f"{folder.name} has no note")
    return ExitCode.DONE


def delete(arguments: argparse.Namespace) -> int:
    """`abreast sessions delete`."""
    from engine.recording import trash

    folders = list(dict.fromkeys(map(_folder, arguments.session)))
    result = trash.delete(folders)
    trash.empty_old()
    if result.done:
        out(f"deleted {', '.join(result.done)}")
        out(f"bring back within {trash.KEPT_DAYS} days with: abreast sessions undo")
    return _code(result, "cannot be deleted")


def undo(_: argparse.Namespace) -> int:
    """`abreast sessions undo`."""
    from engine.recording import trash

    result = trash.undo()
    if result.done:
        out(f"brought back {', '.join(result.done)}")
    return _code(result, "cannot be brought back")


def _code(result: "Deletion", what: str) -> int:
    for session_id, why in result.refused.items():
        say(f"abreast: {session_id} {what}: {why}")
    return ExitCode.USAGE if result.refused else ExitCode.DONE


def _folder(name: str) -> "Path":
    from engine.recording import archive

    return archive.folder_of(name)


# ---------------------------------------------------------------- making room


def _prune(text: str, *, is_agreed: bool, as_json: bool) -> int:
    """Shows what goes, asks, and deletes it. As JSON it is printed afterwards."""
    from datetime import UTC, datetime

    from engine.metrics.formatting import size
    from engine.recording import listing, pruning, trash

    tell = say if as_json else out
    limit = pruning.parse_limit(text)
    everything = listing.listed()
    goes = pruning.to_prune(everything, limit, datetime.now(UTC))
    in_trash, trash_bytes = trash.contents()
    if not goes and not in_trash:
        total = sum(each.size_bytes for each in everything)
        tell(f"nothing to delete: {_count(len(everything))}, {size(total)}")
        return _pruned(trash.Deletion(), trash.Emptied(), as_json=as_json)
    for line in _table(goes) if goes else ():
        tell(line)
    parts = [f"{_count(len(goes))} ({size(sum(each.size_bytes for each in goes))})"] * bool(goes)
    parts += [f"{_count(in_trash)} in the trash ({size(trash_bytes)})"] * bool(in_trash)
    if not is_agreed and not agrees(f"delete {' and '.join(parts)} for good?"):
        tell("nothing was deleted")
        return _pruned(trash.Deletion(), trash.Emptied(), as_json=as_json)
    result = trash.delete(each.folder for each in goes)
    emptied = trash.empty()
    tell(f"deleted {_count(emptied.sessions)} for good: {size(emptied.size_bytes)}")
    return _pruned(result, emptied, as_json=as_json)


def _pruned(result: "Deletion", emptied: "Emptied", *, as_json: bool) -> int:
    """Reports what could not be deleted; the exit code."""
    if emptied.trouble:
        say(f"abreast: not all of it could be removed: {emptied.trouble}")
    if as_json:
        out_document(
            {"schema": "abreast/prune@1", "moved": result.done, "refused": result.refused, **asdict(emptied)}
        )
    code = _code(result, "cannot be deleted")
    return ExitCode.USAGE if emptied.trouble else code


def _count(sessions: int) -> str:
    return "1 session" if sessions == 1 else f"{sessions} sessions"
