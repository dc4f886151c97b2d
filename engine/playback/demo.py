"""The session that ships with abreast, to look at without running anything."""

import gzip
import io
from pathlib import Path
from typing import IO

NAME = "demo"
"""What it is called in place of a session."""

PATH = Path(__file__).with_name("demo.abreast")
"""A bundle (`engine.recording.bundle`)."""


def in_place_of(word: str) -> str:
    """What the archive finds under a word for a session: the demo's file for its name, else the word."""
    return str(PATH) if word == NAME else word


def opened() -> IO[bytes]:
    """Its journal, in memory: watching it writes nothing."""
    return io.BytesIO(gzip.decompress(PATH.read_bytes()))
