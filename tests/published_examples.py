"""`python -m tests.examples published NAME` runs a published experiment, and writes its reports.

It runs as it was published, as far as one machine and half an hour allow. Figures and outcomes of claims are
kept as they fell. It needs a quiet machine: nothing else may run meanwhile. A trial with shorter levels
(`--hold`, `--levels`) shows that the way works, and goes elsewhere.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

import presets
from engine.export.formats import FORMATS
from engine.export.loaded import LoadedSession, load
from engine.recording import journal
from engine.recording.journal_lines import encode_record
from tests.databases import mariadb
from tests.support.anywhere import KEPT, anywhere
from tui.views.answers import answer_lines

DATABASE = "MARIADB_URL"
"""The variable that names the database: a command line is recorded with it."""
MAX_BYTES = 1_500_000
"""Of one report: it is in the repository."""
SPARE_S = 600.0
"""What starting, stopping and a busy machine may add to a run."""


@dataclass(frozen=True)
class Example:
    """How a preset is run for its example."""

    needs_mariadb: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of its plan that are different."""


EXAMPLES = {
    "io-intensive": Example(needs_mariadb=True),
    "crud-concurrency": Example(changes={"repetitions": 1}),
}


def trial_changes(hold_s: float | None, levels: Sequence[int]) -> dict[str, Any]:
    """The fields of a trial's plan that are different; empty if it is none."""
    shorter: dict[str, Any] = {} if hold_s is None else {"hold": f"{hold_s:g} s", "gap": "1 s"}
    return shorter | ({"levels": list(levels)} if levels else {})


def make(name: str, out: Path, trial: Mapping[str, Any]) -> None:
    """Runs an experiment and writes its Markdown and HTML. Raises SystemExit if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        found = recorded(name, Path(folder), trial)
        written = write(out, name, found)
    print(*answer_lines(found.snapshot, 110), sep="\n")
    health = found.result.health
    print(f"generator {health.light}; written: {', '.join(map(str, written))}")


def recorded(name: str, folder: Path, trial: Mapping[str, Any]) -> LoadedSession:
    """Runs an experiment with the command that a person would use, in a home of its own."""
    example = EXAMPLES[name]
    changes = {**example.changes, **trial}
    words = ["run", name]
    if changes:
        words[1] = f"{name}.toml"
        (folder / words[1]).write_text(changed(presets.text_of(name), changes), encoding="utf-8")
    plan = presets.load(str(folder / words[1]) if changes else name)
    print(f"runs for {plan.length_s / 60:.0f} min; nothing else should run on this machine", flush=True)
    environment = os.environ | {"ABREAST_HOME": str(folder / "home")}
    with ExitStack() as stack:
        if example.needs_mariadb:
            environment[DATABASE] = stack.enter_context(mariadb())[1]
            words += ["--database", DATABASE]
        command = [str(Path(sys.executable).with_name("abreast")), *words, "--headless"]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
            timeout=1.5 * plan.length_s + SPARE_S,
        )
    if done.returncode:
        raise SystemExit(f"abreast {' '.join(words)} ended with exit code {done.returncode}: nothing is kept")
    (path,) = (folder / "home").glob(f"sessions/*/{journal.FILE_NAME}")
    return without_machine(path)


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """The text of a plan with other values at its top."""
    document = tomlkit.parse(text)
    for key, value in changes.items():
        document[key] = value
    return tomlkit.dumps(document)


def without_machine(path: Path) -> LoadedSession:
    """The session of a journal, which is rewritten without what names a folder or a machine."""
    records = [anywhere(each, {*KEPT, "database"}) for each in journal.read(path)]
    path.write_bytes(b"".join(encode_record(record, number) for number, record in enumerate(records)))
    return load(path)


def write(out: Path, name: str, found: LoadedSession) -> list[Path]:
    """Writes the reports. Raises SystemExit if one is too large for a repository."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in ("md", "html"):
        (file,) = FORMATS[kind].files(found)
        content = b"".join(file.chunks)
        if len(content) > MAX_BYTES:
            raise SystemExit(f"{name}{file.suffix} has {len(content):,} bytes, more than {MAX_BYTES:,}")
        path = out / f"{name}{file.suffix}"
        path.write_bytes(content)
        written.append(path)
    return written
