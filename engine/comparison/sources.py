"""From a word of the command line to what is compared: `SESSION`, `SESSION:TARGET`, a baseline, a file."""

import re
from contextlib import suppress
from pathlib import Path

from engine.comparison import baselines
from engine.comparison.baseline_file import SUFFIX
from engine.comparison.comparison import Side
from engine.comparison.subjects import Run, run_of
from engine.export.loaded import load
from engine.recording import archive
from engine.recording.contradictions import matching_records
from targets.errors import UsageError, unknown

_SNIFFED_BYTES = 512
_DOCUMENT = re.compile(rb"^\s*\{")
"""How JSON documents begin, and journals do not."""


def side_of(word: str) -> Side:
    """What a word names: a run, or one target of it by its label or name. Raises UsageError."""
    source, target = _split(word)
    run = run_named(source)
    if not target:
        return Side(run, run.subjects)
    for subject in run.subjects:
        if target in (subject.label, subject.name):
            return Side(run, (subject,))
    known = [subject.label for subject in run.subjects]
    raise unknown("target", target, known or ["none"], hint=f"of {run.shown_name}")


def run_named(source: str) -> Run:
    """The run of a session, a saved baseline, or a file of either. Raises UsageError."""
    path = Path(source)
    if baselines.is_path(source) and _is_document(path):
        return baselines.read(path)
    saved = None if baselines.is_path(source) else baselines.find(source)
    if saved is not None:
        return baselines.read(saved)
    return recorded_run(_journal(source))


def recorded_run(journal: Path) -> Run:
    """The run in a journal. Raises UsageError if it contains no readable session."""
    session = load(journal)
    with matching_records(journal):
        return run_of(session.timeline, session.unfinished, session.damage)


def _journal(source: str) -> Path:
    try:
        return archive.find(source)
    except UsageError as error:
        known = baselines.names()
        if not known or "beginning of" in error.what:
            raise
        raise UsageError(
            error.what,
            why="; ".join(filter(None, [error.why, f"baselines: {', '.join(known)}"])),
            hint=error.hint,
        ) from error


def _split(word: str) -> tuple[str, str]:
    """A source and a target; the target is empty for all of them. A path can contain colons."""
    with suppress(OSError, ValueError):
        if ":" not in word or (baselines.is_path(word) and Path(word).exists()):
            return word, ""
    if "/" in word:
        ends = [at for at, sign in enumerate(word) if sign == ":"]
        for end in ends:
            with suppress(OSError, ValueError):
                if Path(word[:end]).exists():
                    return word[:end], word[end + 1 :]
    source, _, target = word.partition(":")
    return source, target


def _is_document(path: Path) -> bool:
    """Whether a file is a JSON document, or not there under a name that only a document has."""
    try:
        with path.open("rb") as file:
            return _DOCUMENT.match(file.read(_SNIFFED_BYTES)) is not None
    except (OSError, ValueError):
        return path.name.endswith(SUFFIX)
