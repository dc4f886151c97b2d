"""`make examples` writes docs/examples: the reports of the short real session of `abreast watch demo`.

`python -m tests.examples published NAME` runs a published experiment (`tests.published_examples`), and writes
its reports. No session names the folders or the machine of its recording.
"""

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.export.formats import FORMATS, ExportFile
from engine.export.loaded import LoadedSession, load
from engine.playback import demo
from engine.recording import journal
from tests import published_examples
from tui.screen_picture import screen_svg

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
NAME = "three-ways-to-wait"
PICTURES = ("-scoreboard.svg", "-goodput.svg", "-p95.svg", "-load-p95.svg", "-percentiles.svg")
"""The others look alike."""
SCREEN_AT_S = 50


def session(folder: Path) -> LoadedSession:
    """The recorded session, unpacked to a folder."""
    path = folder / journal.FILE_NAME
    path.write_bytes(demo.opened().read())
    return load(path)


def example_files(found: LoadedSession) -> Iterator[ExportFile]:
    """What the folder contains, by the ends of the names."""
    for name in ("md", "html", "svg"):
        yield from (file for file in FORMATS[name].files(found) if name != "svg" or file.suffix in PICTURES)
    yield ExportFile("-screen.svg", screen_svg(found.journal, SCREEN_AT_S))


def write(folder: Path, files: Iterable[ExportFile]) -> None:
    """Writes the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / f"{NAME}{file.suffix}").write_bytes(b"".join(file.chunks))


def main() -> None:
    """Writes those of the demo, or of a published experiment that is run for it."""
    parser = argparse.ArgumentParser(prog="python -m tests.examples", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder that they go to")
    kinds = parser.add_subparsers(dest="kind", metavar="published")
    published = kinds.add_parser("published", help="run a published experiment, and write its reports")
    published.add_argument("name", choices=published_examples.EXAMPLES)
    published.add_argument("--hold", type=float, metavar="S", help="a trial: seconds of each level")
    published.add_argument("--levels", default="", metavar="N,N", help="a trial: numbers of users")
    options = parser.parse_args()
    if options.kind == "published":
        levels = [int(each) for each in options.levels.split(",") if each]
        trial = published_examples.trial_changes(options.hold, levels)
        if trial and options.out == FOLDER:
            parser.error("a trial is no example: name another folder, --out FOLDER published …")
        published_examples.make(options.name, options.out, trial)
        return
    with tempfile.TemporaryDirectory() as folder:
        write(options.out, example_files(session(Path(folder))))


if __name__ == "__main__":
    main()
