"""`make examples` writes docs/examples: the reports of the short real session of `abreast watch demo`.

The session names neither the folders nor the machine of its recording (`python -m tests.picture --record`).
"""

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.export.formats import FORMATS, ExportFile
from engine.export.loaded import LoadedSession, load
from engine.playback import demo
from engine.recording import journal
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
    """Writes them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.examples", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder that they go to")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        write(out, example_files(session(Path(folder))))


if __name__ == "__main__":
    main()
