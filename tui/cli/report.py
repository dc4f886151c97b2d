"""`abreast report`: a recorded session in any of the export formats. Imports lazily."""

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engine.machine.files import is_device
from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli import console
from tui.cli.argument_kinds import Destination, destination, session_moment_s
from tui.cli.console import out, out_bytes, out_document, out_json, say
from tui.cli.option_rules import excludes, force_needs_out
from tui.cli.parser import Commands, Repeatable
from tui.cli.variables import json_or_format

if TYPE_CHECKING:
    from engine.export.formats import ExportFile, Format
    from engine.export.loaded import LoadedSession
    from engine.metrics.records import Damage

FORMATS_IN_HELP = """formats:
  json         session JSON: every second and histogram (default)
  text         the results as a headless run prints them
  html         one page with charts, for browsers and printers
  svg          the scoreboard and each chart as pictures for slides
  png          the same pictures as pixels
  md           Markdown tables for pull requests and CI summaries
  csv          tables: the result, every second, every level
  csv-result   only the first of these tables
  csv-seconds  only the table of every second
  csv-levels   only the table of every level
  plan         a plan that repeats it, manual users included
  bundle       the recording in one file that abreast opens
  hlog         latencies by second as an HdrHistogram log
  speedscope   profiles of targets, for the viewer speedscope
  junit        a test case per SLO and gate, for CI"""

EXAMPLES = """examples:
  abreast report last --format text
  abreast report last --format md >> "$GITHUB_STEP_SUMMARY"
  abreast report last --format json --out session.json
  abreast report 20250101-120000 --format json,csv,text --out results/
  abreast report last --format svg,png --out slides/
  abreast report last --format png --at 02:10 --out screen.png
  abreast report last --format bundle --out slow.abreast
  abreast report ./slow.abreast --format md"""


def add_command(commands: Commands) -> None:
    """Adds `report`."""
    report = commands.add_parser(
        "report",
        help="print or export a recorded session",
        description="Print a recorded session, or export it to files.",
        epilog=f"{FORMATS_IN_HELP}\n\n{EXAMPLES}",
    )
    report.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="a session's id or the beginning of it; last; a path of a journal or bundle; demo",
    )
    report.add_argument(
        "--format",
        action=Repeatable,
        metavar="FORMAT",
        help="format to write, for example text; several: json,text, or --format repeated (default: json)",
    )
    report.add_argument(
        "--out",
        type=destination,
        metavar="FILE",
        help="file to write, or a folder; of several files the beginning of their names; - for standard "
        "output (default for one file)",
    )
    report.add_argument(
        "--at",
        type=session_moment_s,
        metavar="TIME",
        help="with svg or png: the live screen at this moment, for example 02:10, in place of the charts",
    )
    report.add_argument("--force", action="store_true", help="with --out: replace files that exist")
    force_needs_out(report)
    report.add_argument("--formats", action="store_true", help="list the formats, and write nothing")
    report.add_argument(
        "--json", action="store_true", help="the same as --format json; with --formats: the list as JSON"
    )
    excludes(
        report,
        lambda given: "--formats" if given.formats else "",
        why="it lists the formats, and reads no session",
        but=("--json",),
    )
    report.set_defaults(run=report_session)


class Report(NamedTuple):
    """What is to be written."""

    files: "list[ExportFile]"
    damage: "Damage | None"
    """Of the journal."""


def report_session(arguments: argparse.Namespace) -> int:
    """`abreast report`; 4 if the journal is incomplete."""
    if arguments.formats:
        return _list_formats(as_json=arguments.json)
    if arguments.session is None:
        raise UsageError(
            "report needs a session", hint="abreast report last --format text; for all: abreast sessions"
        )
    as_json, names = json_or_format(arguments)
    from engine.playback import demo
    from engine.recording import archive, bundle

    is_printed = arguments.out in {None, "-"}
    width = console.width_of_output() if is_printed else console.WIDE
    formats = formats_of(["json"] if as_json else names, width)
    if arguments.at is not None:
        formats = [_at(each, arguments.at) for each in formats]
    if is_printed:
        _check_single(formats)
    journal = archive.find(demo.in_place_of(arguments.session))
    if arguments.session == "last":
        _report_newer_unreadable(journal)
    report = _report(journal, formats)
    if report.damage:
        is_bundle = bundle.is_bundle(Path(arguments.session))
        name = f"the bundle {arguments.session}" if is_bundle else f"the journal {journal}"
        say(f"abreast: {name} is damaged: {report.damage}; this report covers the rest")
    if is_printed:
        _print(report.files[0], formats[0])
    else:
        _write(report.files, formats, arguments.out, journal, replace=arguments.force)
    return ExitCode.UNTRUSTED if report.damage else ExitCode.DONE


def _list_formats(*, as_json: bool) -> int:
    rows = [
        {"name": each.name, "about": each.about, "media_type": each.media_type, "is_one_file": each.is_single}
        for each in all_formats().values()
    ]
    if as_json:
        out_document(rows)
    else:
        width = max(len(str(each["name"])) for each in rows)
        out("\n".join(f"{each['name']:<{width}}  {each['about']}" for each in rows))
    return ExitCode.DONE


def _report(path: Path, formats: "Sequence[Format]") -> Report:
    """The files, made while they are written. Raises UsageError if the journal contains no session."""
    from engine.export.formats import FORMATS, ExportFile
    from engine.export.loaded import load
    from engine.export.writing import files_of
    from engine.recording import bundle, journal

    if list(formats) == [FORMATS["bundle"]]:  # packing needs no figures, and reading an hour's takes seconds
        if journal.header_of(path) is None:
            raise UsageError("the journal holds no session", why="its first record is missing")
        return Report([ExportFile(bundle.SUFFIX, bundle.pack(path))], journal.damage_of(path))
    session = load(path)
    return Report(files_of(session, formats), session.damage)


def formats_of(given: Sequence[str] | None, width: int = console.WIDE) -> "list[Format]":
    """The formats that `--format` names, each once; text in so many columns. Raises UsageError."""
    from engine.export.formats import find

    names = [name.strip() for text in given or ["json"] for name in text.split(",")]
    return find(names, all_formats(width))


def all_formats(width: int = console.WIDE) -> "dict[str, Format]":
    """The engine's formats, and those that are drawn as the terminal shows them."""
    from engine.export.formats import FORMATS, Format, single

    about = "the results as a headless run prints them"
    return FORMATS | {
        "text": Format("text", about, "text/plain", single(".txt", partial(_text, width=width)))
    }


def _at(chosen: "Format", second: int) -> "Format":
    """The format that draws the live screen at a moment in place of charts. Raises UsageError for one that
    draws nothing."""
    from engine.export.formats import single
    from engine.metrics.formatting import clock
    from tui.screen_picture import screen_png, screen_svg

    content_of = {"svg": screen_svg, "png": screen_png}.get(chosen.name)
    if content_of is None:
        raise UsageError(
            f"--at does not go with {chosen.name}",
            why="only pictures show one moment",
            hint="--format svg or --format png",
        )
    suffix = f"-at-{clock(second).replace(':', '-')}.{chosen.name}"

    def chunks(session: "LoadedSession") -> Iterable[bytes]:
        ends_s = session.snapshot.now_s
        if second > ends_s:
            say(f"abreast: the session ended at {clock(ends_s)}: this is its last screen")
        return content_of(session.journal, second)

    return replace(chosen, make=single(suffix, chunks), is_single=True)


def _text(session: "LoadedSession", width: int) -> Sequence[bytes]:
    """The results as a headless run prints them."""
    from tui.views.results import result_lines

    return ["".join(f"{line}\n" for line in result_lines(session.result, width, session.hints)).encode()]


# ---------------------------------------------------------------- standard output


def _check_single(formats: "Sequence[Format]") -> None:
    """Raises UsageError for several files."""
    if len(formats) > 1 or not formats[0].is_single:
        names = ",".join(each.name for each in formats)
        raise UsageError(
            f"{names} writes several files",
            why="standard output takes one",
            hint=f"--format {names} --out FOLDER/",
        )


def _print(file: "ExportFile", form: "Format") -> None:
    if form.name == "text":
        out(b"".join(file.chunks).decode().removesuffix("\n"))
    elif form.media_type == "application/json":
        out_json(b"".join(file.chunks))
    elif form.is_text or not console.is_output_shown():
        out_bytes(file.chunks)
    else:
        raise UsageError(
            f"{form.name} is not text", why="a terminal cannot show it", hint=f"--out session{file.suffix}"
        )


# ---------------------------------------------------------------- files


def _write(
    files: "list[ExportFile]", formats: "Sequence[Format]", to: Destination, journal: Path, *, replace: bool
) -> None:
    from engine.export.writing import make_folder, named, write_files
    from engine.recording.journal import header_of

    if to.is_folder:
        make_folder(to.path)
    if len(formats) == 1 and formats[0].is_single and not _is_folder(to.path):
        chosen = [(to.path, files[0].chunks)]
    else:
        header = header_of(journal)
        assert header is not None, "its files were made of a session"
        if is_device(to.path):
            names = ",".join(each.name for each in formats)
            raise UsageError(
                f"{names} writes several files",
                why=f"{to.path} takes one",
                hint=f"--format {names} --out FOLDER/",
            )
        chosen = named(stem_of(to.path, files, header.id), files)
    for written in write_files(chosen, replace=replace):
        say(f"written to {written}")


def stem_of(path: Path, files: "Sequence[ExportFile]", session_id: str) -> Path:
    """What the names of several files begin with: the session's id in a folder, else the given path without
    the suffix of one of the files, or the last part of it."""
    if _is_folder(path):
        return path / session_id
    suffixes = {end for file in files for end in (file.suffix, f".{file.suffix.rpartition('.')[2]}")}
    ends = [suffix for suffix in suffixes if path.name.endswith(suffix) and path.name != suffix]
    return path.with_name(path.name.removesuffix(max(ends, key=len, default="")))


def _is_folder(path: Path) -> bool:
    """False for a name that no file can have: writing then says why."""
    return os.path.isdir(path)  # noqa: PTH112  (Path raises)


def _report_newer_unreadable(journal: Path) -> None:
    """Reports newer sessions that cannot be read."""
    from engine.recording import archive

    sessions = archive.recorded()
    newer = sessions[[each.journal for each in sessions].index(journal) + 1 :]
    for each in newer:
        say(f"abreast: skipped {each.id}: {each.title}")
