"""`make picture` draws the README's picture; `python -m tests.picture --record` records its session first.

It is the session of `abreast watch demo`, and names neither the folders nor the machine of the recording. A
change of the journal's schema needs a new recording.
"""

import argparse
import asyncio
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.playback import demo
from engine.playback.recorded_session import RecordedSession
from engine.recording import journal
from engine.recording.journal_lines import encode_record
from tests.support.anywhere import anywhere
from tui.screen_picture import drawn

FOLDER = Path(__file__).parent
PLAN = FOLDER / "three-ways-to-wait.toml"
PICTURE = FOLDER.parents[1] / "docs" / "abreast.svg"
AT_S = 60
"""The second that is drawn: the load is steady, and the fault is still on the charts."""


def snapshot_at(second: int) -> Snapshot:
    """The session as the screen showed it at the end of a second."""
    with demo.opened() as file:
        snapshot = RecordedSession(file, demo.PATH).snapshot_at(second, View())
    assert snapshot is not None
    return snapshot


def record() -> None:
    """Runs the plan, and keeps its journal as the demo."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ABREAST_HOME": home}
        command = [str(Path(sys.executable).with_name("abreast")), "run", PLAN.name, "--headless"]
        subprocess.run(
            command, cwd=FOLDER, env=environment, check=False, timeout=300
        )  # 1: an SLO is missed, as is meant
        (found,) = Path(home).glob(f"sessions/*/{journal.FILE_NAME}")
        records = [anywhere(each) for each in journal.read(found)]
    lines = [encode_record(record, number) for number, record in enumerate(records)]
    red = sum(isinstance(each, GeneratorSecond) and each.light == "red" for each in records)
    if red:
        raise SystemExit(f"not kept: the generator was red for {red} s; record it on a quiet machine")
    demo.PATH.write_bytes(gzip.compress(b"".join(lines), mtime=0))


def main() -> None:
    """Draws the picture, from a new session where it is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.picture", description=__doc__)
    parser.add_argument("--record", action="store_true", help="run the session first, for a minute")
    parser.add_argument("--out", type=Path, default=PICTURE, help="where the SVG goes")
    options = parser.parse_args()
    if options.record:
        record()
    options.out.write_text(asyncio.run(drawn(snapshot_at(AT_S))), encoding="utf-8")


if __name__ == "__main__":
    main()
