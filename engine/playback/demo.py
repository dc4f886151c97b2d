"""The session that ships with abreast, to look at without running anything."""

import gzip
import io
from pathlib import Path
from typing import IO

NAME = "demo"
"""What it is called in place of a session."""

PATH = Path(__file__).with_name("demo.abreast")
"""A bundle (`engine.recording.bundle`)."""


def opened() -> IO[bytes]:
    """Its journal, in memory: watching it writes nothing."""
    return io.BytesIO(gzip.decompress(PATH.read_bytes()))
