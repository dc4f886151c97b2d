"""`abreast import`: from what people have already (curl commands, exports, documents, logs) to a plan.
Imports lazily.

An import sends no request but the one that fetches an OpenAPI document by its URL, and reads no file but the
source and those that its requests send.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from targets.secrets import masked_text
from tui.cli.argument_kinds import host
from tui.cli.console import out, say
from tui.cli.option_rules import needs
from tui.cli.parser import Commands, Parser, sentence

if TYPE_CHECKING:
    from engine.imports.files import Find
    from engine.imports.options import ImportOptions
    from engine.imports.plan_text import WrittenPlan
    from engine.imports.traffic import ImportedTraffic
    from engine.plan.plan import Plan

EXAMPLES = """examples:
  abreast import request.sh --out plan.toml       curl commands
  abreast import shop.har --out plan.toml         what a browser recorded
  abreast import access.log --to http://127.0.0.1:8000 --out plan.toml
  abreast import collection.json --to http://127.0.0.1:8000 --out plan.toml
  abreast import http://127.0.0.1:8000/openapi.json --out plan.toml
  pbpaste | abreast import - --out plan.toml      what was copied "as cURL"
  abreast run plan.toml"""

SHOWN_NOTES = 20
"""Notes that are printed; the plan has all of them."""

CURL_NAME = "curl"
"""The plan's name where a curl command is run straight away."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to import."""

    content: bytes
    name: str
    """For messages."""
    kind: str = ""
    """Empty: by its content."""
    log: BinaryIO | None = None
    """A log, which is read line by line; its content is then empty."""
    url: str = ""
    """Where it was fetched from; empty if it was not."""


def add_command(commands: Commands) -> None:
    """Adds `import`."""
    from engine.imports.sources import KINDS

    about = "make a plan of curl commands, a recorded session, a document, a log or a collection"
    kinds = "; ".join(f"{name}: {kind.about}" for name, kind in KINDS.items())
    command = commands.add_parser(
        "import",
        help=about,
        description=f"{sentence(about)} Secrets in it become variables of the environment; what is left out "
        f"is listed. It reads {kinds}.",
        epilog=EXAMPLES,
    )
    command.add_argument(
        "source",
        metavar="SOURCE",
        help="a file; - for standard input; a curl command; or the URL of an OpenAPI document",
    )
    command.add_argument(
        "--out", metavar="FILE", default="-", help="the plan's file (default: standard output)"
    )
    command.add_argument(
        "--from",
        dest="kind",
        choices=tuple(KINDS),
        help="what SOURCE is (default: detected from its content)",
    )
    add_choice(command)
    command.add_argument(
        "--enable",
        action="append",
        default=[],
        metavar="OPERATION",
        help="of an OpenAPI document: switch on an operation that may change data, such as 'POST /items' or "
        "its operationId; all: every one; repeatable (default: only GET and HEAD are on)",
    )
    command.add_argument(
        "--allow-host",
        type=host,
        action="append",
        default=[],
        metavar="HOST",
        help="also fetch a document from this host, outside this machine and private networks; repeatable",
    )
    command.add_argument("--force", action="store_true", help="with --out: replace the file if it exists")
    needs(command, "--force", lambda given: given.out != "-", what="a file to replace", hint="add --out FILE")
    command.set_defaults(run=import_source)


def add_choice(command: Parser) -> None:
    """Which requests are taken, and where they go."""
    order = command.add_mutually_exclusive_group()
    order.add_argument(
        "--journey",
        action="store_true",
        default=None,
        help="requests are the steps of a journey, in their order",
    )
    order.add_argument(
        "--mix",
        dest="journey",
        action="store_false",
        default=None,
        help="requests are drawn by weight",
    )
    command.add_argument(
        "--to", default="", metavar="URL", help="send the requests to this server: http://127.0.0.1:8000"
    )
    command.add_argument(
        "--hosts", metavar="A,B", help="only requests to these hosts (default: the one that most go to)"
    )
    command.add_argument(
        "--include-static", action="store_true", help="take pictures, scripts and style sheets too"
    )


def import_source(arguments: argparse.Namespace) -> int:
    """`abreast import`."""
    from engine.export.writing import check_writable, write

    is_printed = arguments.out == "-"
    path = Path(arguments.out)
    if not is_printed:
        check_writable(path, replace=arguments.force)
    folder = Path() if is_printed else path.parent
    source = source_of(arguments.source, arguments.kind or "", arguments.allow_host)
    for line in _ignored_hosts(arguments.allow_host, source.url):
        say(f"abreast: --allow-host {line}")
    written = imported(source, arguments, folder)
    if not is_printed:
        write(path, [written.text.encode()], replace=arguments.force)
    for line in report(written, "" if is_printed else str(path)):
        say(line)
    if is_printed:
        out(written.text.rstrip("\n"))
    return ExitCode.DONE


def _ignored_hosts(granted: Sequence[str], url: str) -> list[str]:
    """What to say of hosts from which nothing is fetched."""
    if granted and not url:
        return ["is ignored: nothing is fetched; give it to abreast run"]
    from engine.preflight.allowed_hosts import without_use

    return [
        f"{each} is ignored: nothing is fetched from there" for each in without_use(granted, [_host(url)])
    ]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def source_of(word: str, kind: str, granted_hosts: Sequence[str] = ()) -> Source:
    """The content of a file, of standard input, or of a document at a URL; or the word itself if it is a
    command. Raises AbreastError."""
    from engine.imports.limits import MAX_SOURCE_BYTES
    from engine.machine.files import UnreadableError, read_file

    if word == "-" and kind == "log":
        return Source(b"", "standard input", kind, sys.stdin.buffer)
    if word == "-":
        return Source(_standard_input(MAX_SOURCE_BYTES), "standard input", kind)
    if word.lstrip().startswith(("curl ", "curl.exe ")):
        return Source(os.fsencode(word), "the command line", kind or "curl")
    if "://" in word:
        return _fetched(word, kind, granted_hosts)
    try:
        if kind in {"", "log"} and (log := _log(Path(word), is_known=kind == "log")):
            return Source(b"", Path(word).name, "log", log)
        return Source(read_file(Path(word), MAX_SOURCE_BYTES), Path(word).name, kind)
    except UnreadableError as error:
        hint = "give the path of a file, or - for standard input"
        raise UsageError(f"cannot read {word}", why=str(error), hint=hint) from error


def _log(path: Path, *, is_known: bool) -> BinaryIO | None:
    """An open log; None if it is something else. Raises UnreadableError."""
    from engine.imports.detect import HEAD, is_log
    from engine.machine.files import opened

    file = opened(path)
    if is_known or is_log(file.read(HEAD)):
        file.seek(0)
        return file
    file.close()
    return None


def _fetched(url: str, kind: str, granted_hosts: Sequence[str]) -> Source:
    """The OpenAPI document at a URL, the only source that is fetched. Raises AbreastError."""
    if kind not in {"", "openapi"}:
        raise UsageError(
            f"{masked_text(url)} cannot be imported by its URL",
            why="an import sends no request but the one for an OpenAPI document",
            hint="download it, and import the file; or import the command: 'curl URL'",
        )
    import anyio

    from engine.attach.document_fetch import fetch_text
    from engine.preflight.allowed_hosts import AllowedHosts

    content = anyio.run(fetch_text, url, AllowedHosts.of(granted_hosts))
    return Source(content, masked_text(url), "openapi", url=url)


def _standard_input(most_bytes: int) -> bytes:
    if sys.stdin.isatty():
        say("abreast: reading from the terminal; end with Ctrl+D")
    content = sys.stdin.buffer.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise UsageError(
            "standard input is too large",
            why=f"the limit is {most_bytes / 1e6:,.0f} MB",
            hint="a log may have any size: --from log",
        )
    return content


def imported(source: Source, arguments: argparse.Namespace, folder: Path) -> "WrittenPlan":
    """The plan of a source, for a file in `folder`; checked as `abreast run` checks it. Raises UsageError."""
    from engine.imports.detect import kind_of
    from engine.imports.files import with_files
    from engine.imports.options import ImportOptions
    from engine.imports.plan_text import plan_text
    from engine.imports.sources import ignored_options, read_source, text_of

    hosts = tuple(filter(None, map(str.strip, (arguments.hosts or "").split(","))))
    if arguments.hosts and not hosts:
        raise UsageError("--hosts names no host", hint="for example --hosts shop.example,cdn.example")
    options = ImportOptions(
        name=source.name,
        journey=arguments.journey,
        hosts=hosts,
        include_static=arguments.include_static,
        enable=tuple(arguments.enable),
        url=source.url,
    )
    if source.log is not None:
        kind, traffic = "log", _traffic_of_log(source.log, options)
    else:
        kind = source.kind or kind_of(text_of(source.content), source.name)
        traffic = with_files(read_source(source.content, kind, options), finder(folder))
    traffic.notes[:0] = ignored_options(kind, options)
    written = plan_text(traffic, to=arguments.to, hosts=hosts)
    checked(written, folder)
    return written


def _traffic_of_log(file: BinaryIO, options: "ImportOptions") -> "ImportedTraffic":
    """What a log has, read line by line: memory is bounded, whatever its size."""
    from engine.imports.log.access_log import traffic_of_lines
    from engine.imports.log.lines import bounded_lines

    with file:
        return traffic_of_lines(bounded_lines(file), options)


def checked(written: "WrittenPlan", folder: Path) -> "Plan":
    """The plan as `abreast run` reads it, with the values that the source had for its variables. Raises
    UsageError, also for a host that no name can be."""
    import presets
    from engine.preflight.allowed_hosts import ascii_host

    ascii_host(written.host)
    values = {name: value or os.environ.get(name, "x") for name, value in written.variables.items()}
    return presets.plan_from(
        written.text, CURL_NAME, "the imported plan", folder=folder, environ={**os.environ, **values}
    )


def finder(folder: Path) -> "Find":
    """Looks up files that requests send, for a plan in this folder."""
    from engine.imports.files import MAX_INLINE, FoundFile
    from engine.machine.files import UnreadableError, read_file
    from engine.plan.render import MAX_FILE_BYTES

    def find(name: str) -> FoundFile | str:
        try:
            path, home = Path(name).resolve(), folder.resolve()
            content = read_file(path, MAX_FILE_BYTES)
        except (UnreadableError, OSError, ValueError, RuntimeError) as error:
            return str(error) if isinstance(error, UnreadableError) else "it cannot be found"
        is_inside = path.is_relative_to(home)
        return FoundFile(path.relative_to(home).as_posix() if is_inside else "", content[: MAX_INLINE + 1])

    return find


def report(written: "WrittenPlan", path: str) -> list[str]:
    """What was imported, what was left out, and what to do next."""
    from engine.imports.origins import host_to_allow

    noun = "step" if written.journey else "request"
    off = f", {written.disabled} more as comments" if written.disabled else ""
    lines = [f"imported: {_counted(written.requests, noun)} to {written.origin}{off}"]
    lines += [f"  {line}" for line in _notes(written)]
    if written.variables:
        lines.append("set before a run:")
        lines += [f"  export {name}=…   {written.about.get(name, '')}".rstrip() for name in written.variables]
    if path:
        host = host_to_allow(written.origin)
        allow = f" --allow-host {shlex.quote(host)}" if host else ""
        lines.append(f"written to {path}; run it with: abreast run {shlex.quote(path)}{allow}")
    return lines


def plan_of_curl(command: str) -> "Plan":
    """The plan of `abreast run --curl COMMAND`, with the secrets of the command. Raises UsageError."""
    text = command if command.lstrip().startswith(("curl", "$")) else f"curl {command}"
    arguments = argparse.Namespace(journey=None, to="", hosts=None, include_static=False, enable=[])
    written = imported(Source(os.fsencode(text), "--curl", "curl"), arguments, Path())
    for line in _notes(written):
        say(f"abreast: {line}")
    missing = [name for name, value in written.variables.items() if not value and name not in os.environ]
    if missing:
        raise UsageError(
            f"the command uses variables that are not set: {', '.join(missing)}",
            why="an import runs no shell, and a plan takes them from the environment",
            hint=f"for example: export {missing[0]}=…",
        )
    return checked(written, Path())


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _notes(written: "WrittenPlan") -> list[str]:
    """What was left out or done in another way, one line each."""
    shown = [": ".join(filter(None, (note.place, note.what, note.why))) for note in written.notes]
    more = len(shown) - SHOWN_NOTES + written.more_notes
    return shown[:SHOWN_NOTES] + ([f"and {_counted(more, 'more note')}, in the plan"] if more > 0 else [])
