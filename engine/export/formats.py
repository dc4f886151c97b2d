"""The export formats: one table, in which every format is a row.

Rules of this file:
- a format turns a `LoadedSession` into one or more files, lazily: names are known before content is made;
- a format computes no figures (`engine.metrics`), reads no other source, and writes nothing itself
  (`engine.export.writing`).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from engine.export.csv_tables import levels_csv, result_csv, seconds_csv
from engine.export.hdr_log import hdr_log
from engine.export.html import html
from engine.export.junit import junit
from engine.export.loaded import LoadedSession
from engine.export.markdown import markdown
from engine.export.pictures import png_pictures, svg_pictures
from engine.export.plan_file import plan_file
from engine.export.session_json import session_json
from engine.export.speedscope import speedscope
from engine.recording import bundle, journal
from engine.recording.contradictions import matching_records
from targets.errors import unknown


class ExportFile(NamedTuple):
    """One file of a format."""

    suffix: str
    """The end of its name, after the session's: `.json`, `-levels.csv`."""
    chunks: Iterable[bytes]
    """Its content, made while it is iterated over."""


FilesOf: TypeAlias = Callable[[LoadedSession], Iterable[ExportFile]]


@dataclass(frozen=True, slots=True)
class Format:
    """One export format."""

    name: str
    about: str
    """What it contains, in at most 53 characters: the prompt on screen has no room for more."""
    media_type: str
    make: FilesOf
    is_single: bool = True
    """Whether it is always exactly one file, which can also be written to standard output."""
    is_prompted: bool = True
    """Whether the export prompt on screen lists it."""

    def files(self, session: LoadedSession) -> list[ExportFile]:
        """Its files. Iterating over their content raises UsageError if records turn out to be
        contradictory."""
        with matching_records(session.journal):
            files = list(self.make(session))
        return [file._replace(chunks=_checked(session, file.chunks)) for file in files]

    @property
    def is_text(self) -> bool:
        """Whether a terminal can show it."""
        return self.media_type.startswith("text/") or self.media_type in TEXT_TYPES


TEXT_TYPES = frozenset({"application/json", "application/toml", "application/xml", "image/svg+xml"})
"""Media types of text that do not begin with `text/`."""


def _checked(session: LoadedSession, chunks: Iterable[bytes]) -> Iterator[bytes]:
    with matching_records(session.journal):
        yield from chunks


def single(
    suffix: str, chunks: Callable[[LoadedSession], Iterable[bytes]]
) -> Callable[[LoadedSession], Iterable[ExportFile]]:
    """What makes the files of a format that is always one file."""
    return lambda session: (ExportFile(suffix, chunks(session)),)


def _csv(session: LoadedSession) -> Iterable[ExportFile]:
    """Several tables cannot share a file that programs read, so each has its own."""
    return (
        ExportFile("-result.csv", result_csv(session)),
        ExportFile("-seconds.csv", seconds_csv(session)),
        ExportFile("-levels.csv", levels_csv(session)),
    )


def _plan(session: LoadedSession) -> Iterable[bytes]:
    """From the journal: what a timeline keeps of steering is only the last."""
    yield plan_file(journal.read(session.journal)).encode()


def _table(*formats: Format) -> dict[str, Format]:
    return {each.name: each for each in formats}


FORMATS: dict[str, Format] = _table(
    Format(
        "json",
        "session JSON: every second and histogram",
        "application/json",
        single(".json", session_json),
    ),
    Format(
        "plan",
        "a plan that repeats it, manual users included",
        "application/toml",
        single(".toml", _plan),
    ),
    Format(
        "bundle",
        "the recording in one file that abreast opens",
        bundle.MEDIA_TYPE,
        single(bundle.SUFFIX, lambda session: bundle.pack(session.journal)),
    ),
    Format(
        "hlog",
        "latencies by second as an HdrHistogram log",
        "text/plain",
        single(".hlog", hdr_log),
    ),
    Format(
        "csv",
        "tables: the result, every second, every level",
        "text/csv",
        _csv,
        is_single=False,
    ),
    Format(
        "csv-result",
        "only the first of these tables",
        "text/csv",
        single("-result.csv", result_csv),
        is_prompted=False,
    ),
    Format(
        "csv-seconds",
        "only the table of every second",
        "text/csv",
        single("-seconds.csv", seconds_csv),
        is_prompted=False,
    ),
    Format(
        "csv-levels",
        "only the table of every level",
        "text/csv",
        single("-levels.csv", levels_csv),
        is_prompted=False,
    ),
    Format(
        "md",
        "Markdown tables for pull requests and CI summaries",
        "text/markdown",
        single(".md", markdown),
    ),
    Format(
        "html",
        "one page with charts, for browsers and printers",
        "text/html",
        single(".html", html),
    ),
    Format(
        "svg",
        "the scoreboard and each chart as pictures for slides",
        "image/svg+xml",
        lambda session: itertools.starmap(ExportFile, svg_pictures(session)),
        is_single=False,
    ),
    Format(
        "png",
        "the same pictures as pixels",
        "image/png",
        lambda session: itertools.starmap(ExportFile, png_pictures(session)),
        is_single=False,
    ),
    Format(
        "speedscope",
        "profiles of targets, for the viewer speedscope",
        "application/json",
        single(".speedscope.json", speedscope),
        is_prompted=False,  # most sessions have no profile
    ),
    Format(
        "junit",
        "a test case per SLO and gate, for CI",
        "application/xml",
        single(".xml", junit),
    ),
)
"""By name, in the order in which they are listed."""

DEFAULT_FORMATS = ("json", "html")
"""What the export prompt on screen suggests."""


def find(names: Iterable[str], known: dict[str, Format] = FORMATS) -> list[Format]:
    """The formats of these names, each once. Raises UsageError for an unknown one."""
    found = {}
    for name in names:
        if name not in known:
            raise unknown("format", name, list(known))
        found[name] = known[name]
    return list(found.values())
