"""Journals: whatever the file says, sessions are listed, found, exported and watched, or it is said why
not."""

import os
from contextlib import suppress
from pathlib import Path
from random import Random
from zlib import crc32

import orjson

from engine.export.loaded import LoadedSession, load
from engine.machine import paths
from engine.metrics.session_result import session_result
from engine.metrics.timeline import View
from engine.playback.journal_follower import JournalFollower
from engine.playback.recorded_session import RecordedSession
from engine.recording import archive, journal
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.mutation import INTERESTING, changed_value, mutated
from tests.support.recording import Recording, bucket, generator_second
from tui.cli.report import all_formats

NAME = "20250101-120000-test-0000"
BESIDE = "20250102-120000-test-0000"
"""A session that nothing is wrong with, and which is not to suffer."""
SECONDS = 4

TOKENS = (b'["Header", {', b'["Ended", {', b'["Bucket", {', b'["Nobody", {}]\n', b"null\n", b"[]\n",
b"{}\n", b"]\n", b"journal@99", b"journal@2",
          b"2025-13-01T99:00:00", b'"outcome"', b'"completed"', b'"running"', b"1e999", b'"second"', b"-5",
          b"\n\n")  # fmt: skip


class Journals:
    """A home with two sessions; the journal of one is written anew for each input."""

    def __init__(self) -> None:
        os.environ["ABREAST_HOME"] = str(scratch_folder())
        self.path = paths.session_folder(NAME) / journal.FILE_NAME
        _record(self.path)
        self.good = self.path.read_bytes()
        export_everything(load(self.path), is_drawn=True)  # what draws takes its memory once
        beside = paths.session_folder(BESIDE) / journal.FILE_NAME
        beside.write_bytes(self.good.replace(NAME.encode(), BESIDE.encode()))

    def make(self, random: Random) -> bytes:
        """A journal: with other bytes, or with lines that are whole and say other things."""
        if random.random() < 0.4:
            return mutated(self.good, random, (*INTERESTING, *TOKENS), (self.good,))
        lines = self.good.splitlines()
        for _ in range(random.choice((1, 1, 2, 3))):
            at = random.randrange(len(lines))
            match random.randrange(8):
                case 0:
                    del lines[at]
                case 1:
                    lines.insert(random.randrange(len(lines)), lines[at])
                case _:
                    with suppress(TypeError, ValueError):  # odd values that no JSON holds
                        lines[at] = _changed(lines[at], random)
            if not lines:
                break
        return b"".join(line + b"\n" for line in lines)

    def check(self, made: bytes) -> None:
        """Raises where this session keeps another from being listed, or fails in another way than by an
        error with a reason."""
        self.path.write_bytes(made)
        listed = archive.recorded()
        assert BESIDE in [each.id for each in listed]
        path = archive.find("last") if len(listed) == 1 else self.path
        assert path.parent.name in (NAME, BESIDE)
        with reasons():
            export_everything(load(self.path), is_drawn=is_drawn(made))
        with reasons():
            watch_everything(self.path)


DRAWN = frozenset({"html", "svg", "png"})
"""Formats that take most of a second to draw."""
DRAWN_OF = 100
"""Every so many inputs are drawn; of the others the charts are made but not drawn."""


def is_drawn(made: bytes) -> bool:
    """Whether the reports of this input are drawn."""
    return crc32(made) % DRAWN_OF == 0


def export_everything(session: LoadedSession, *, is_drawn: bool) -> None:
    """Makes the content of every format: no session that can be loaded lacks one, except for its reason."""
    for each in all_formats().values():
        with reasons():
            for file in each.files(session):
                if is_drawn or each.name not in DRAWN:
                    assert all(isinstance(chunk, bytes) for chunk in file.chunks)


def watch_everything(path: Path) -> None:
    """Shows the beginning, the middle and the end of a session, and goes back."""
    with journal.opened(path) as file:
        assert list(JournalFollower(file, path).records()) == list(journal.read(path))
        session = RecordedSession(file, path)
        session.look()
        newest = session.state.newest
        for second in (0, newest // 2, newest, 1):
            snapshot = session.snapshot_at(second, View())
            if snapshot is not None and snapshot.phase == "ended":
                session_result(snapshot)


def _changed(line: bytes, random: Random) -> bytes:
    """A line that is whole, and says something else."""
    kind, payload, number, *_ = orjson.loads(line)
    kind, payload, number = changed_value([kind, payload, number], random)
    checked = orjson.dumps([kind, payload, number])[:-1]
    return b'%s,"%08x"]' % (checked, crc32(checked))


def _record(path: Path) -> None:
    """A session of two targets."""
    with Recording(path, "a", "b") as recording:
        for second in range(SECONDS):
            for target in ("a", "b"):
                recording.writer.write(bucket(second, target, ok_us=[1000, 2000 + second]))
            recording.writer.write(generator_second(second))
        recording.end()
