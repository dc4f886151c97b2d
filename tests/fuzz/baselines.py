"""Baselines: whatever the file says, it is compared in every format, or it is said why not."""

import base64
import os
import zlib
from pathlib import Path
from random import Random
from typing import Any

import orjson

from engine.comparison import baselines
from engine.comparison.comparison import Side, compared
from engine.comparison.document import document
from engine.comparison.gate import parse_conditions
from engine.comparison.markdown import markdown
from engine.comparison.sources import recorded_run, side_of
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.mutation import INTERESTING, changed_value, mutated
from tests.support.made_sessions import Shape, write
from tui.views.comparison import comparison_lines

TOKENS = (b"abreast/baseline@1", b"abreast/baseline@9", b"abreast/session@2", b'"data": ""', b"null")
CONDITIONS = ("p95 > +10 %", "goodput < -5 %", "errors > +0.5 points", "memory > +5 MB")


class Baselines:
    """A file that is written anew for each input, and compared with a session that nothing is wrong with."""

    def __init__(self) -> None:
        os.environ["ABREAST_HOME"] = str(scratch_folder())
        run = recorded_run(write(scratch_folder(), Shape(seconds=39, rps=10)))
        self.path = Path(os.environ["ABREAST_HOME"]) / "it.json"
        baselines.save(str(self.path), run, "2025-01-01T12:00:00+01:00")
        self.good = self.path.read_bytes()
        self.document: dict[str, Any] = orjson.loads(self.good)
        self.run = zlib.decompress(base64.b64decode(self.document["data"]))
        self.other = Side(run, run.subjects)

    def make(self, random: Random) -> bytes:
        """A file: with other bytes, or with data that is whole and says other things."""
        if random.random() < 0.3:
            return mutated(self.good, random, (*INTERESTING, *TOKENS), (self.good,))
        if random.random() < 0.3:
            return self._with_data(mutated(self.run, random, INTERESTING, (self.run,)))
        run = changed_value(orjson.loads(self.run), random)
        try:
            return self._with_data(orjson.dumps(run))
        except TypeError:  # a value that JSON does not have
            return self.good[: random.randrange(len(self.good))]

    def check(self, made: bytes) -> None:
        """Raises where something fails in another way than by an error with a reason."""
        self.path.write_bytes(made)
        with reasons():
            found = compared(side_of(str(self.path)), self.other, parse_conditions(",".join(CONDITIONS)))
            orjson.dumps(document(found))
            markdown(found).encode()
            assert all(line.isprintable() for line in comparison_lines(found))

    def _with_data(self, run: bytes) -> bytes:
        return orjson.dumps(self.document | {"data": base64.b64encode(zlib.compress(run)).decode()})
