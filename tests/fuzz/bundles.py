"""Bundles: whatever the file says, what is readable of its journal is read, or it is said why not."""

import gzip
import os
import shutil
from pathlib import Path
from random import Random
from typing import NamedTuple

from engine.export.loaded import load
from engine.machine import paths
from engine.recording import archive, bundle, journal
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.journals import Journals, export_everything, is_drawn
from tests.fuzz.mutation import INTERESTING, mutated
from tests.support.made_sessions import Shape, write

BLOCK_BYTES = 2000
"""So that a small journal has several blocks."""


class Made(NamedTuple):
    """A bundle, and whether only its bytes were changed, not the lines in it."""

    content: bytes
    is_of_good_lines: bool


class Bundles:
    """A file that is written anew for each input."""

    def __init__(self) -> None:
        self.journals = Journals()
        self.path = Path(os.environ["ABREAST_HOME"]) / "it.abreast"
        recorded = write(scratch_folder(), Shape(seconds=4, rps=20))
        self.good = _packed(recorded)
        self.records = len(list(journal.read(recorded)))

    def make(self, random: Random) -> Made:
        """A bundle: with other bytes, cut off, of a changed journal, or with something else behind it."""
        match random.randrange(5):
            case 0:
                return Made(self.good[: random.randrange(len(self.good))], True)
            case 1:
                return Made(gzip.compress(self.journals.make(random), mtime=0), False)
            case 2:
                return Made(self.good + gzip.compress(bytes(random.randrange(1 << 20)), mtime=0), True)
            case _:
                pieces = (*INTERESTING, bundle.MAGIC)
                return Made(mutated(self.good, random, pieces, (self.good,)), True)

    def check(self, made: Made) -> None:
        """Raises where a part is taken for the whole, or something fails in another way than by an error with
        a reason."""
        self.path.write_bytes(made.content)
        with reasons():
            session = load(archive.find(str(self.path)))
            export_everything(session, is_drawn=is_drawn(made.content))
            if made.is_of_good_lines and not session.damage and session.timeline.ended:
                assert len(list(journal.read(session.journal))) == self.records
        shutil.rmtree(paths.cache() / "bundles", ignore_errors=True)


def _packed(recorded: Path) -> bytes:
    before, bundle.BLOCK_BYTES = bundle.BLOCK_BYTES, BLOCK_BYTES
    try:
        return b"".join(bundle.pack(recorded))
    finally:
        bundle.BLOCK_BYTES = before
