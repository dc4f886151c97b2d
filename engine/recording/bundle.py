"""Bundles: a session's journal in one compressed file, to pass on; opened like a session.

A bundle is the journal's complete lines in a gzip file (RFC 1952), so `zcat` reads it too. It holds no file
names: nothing in it can choose where it is unpacked. Rules of this file:
- lines are compressed in blocks, each a member of its own: behind a damaged block the next one is readable;
- unpacking is bounded in memory, in size and in ratio, and stops at the first line if that is not a header;
- what could not be unpacked is replaced by a line that no journal has: every reader counts it as damage;
- the unpacked journal is kept in the cache, by the digest of the bundle, and is complete or does not exist.
"""

import hashlib
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.machine import paths
from engine.recording.journal import FILE_NAME, complete_lines, opened
from engine.recording.journal_lines import decode_header
from targets.errors import UsageError, reason_of

SUFFIX = ".abreast"
MAGIC = b"\x1f\x8b"
"""Begins a gzip file."""
MEDIA_TYPE = "application/gzip"

BLOCK_BYTES = 1 << 20
"""Journal in a block, before compression."""
READ_BYTES = PIECE_BYTES = 1 << 16
MOST_BYTES = 4 << 30
"""A journal of a hundred hours is smaller."""
MOST_RATIO = 200
"""Journals are compressed to a third to a thirtieth; bombs to a thousandth."""
NO_RATIO_BELOW_BYTES = 64 << 20
LONGEST_HEADER_BYTES = 16 << 20
CACHE_KEPT = 8
CACHE_KEPT_S = 3600.0
"""Unpacked journals are removed if so many newer ones exist and they were not opened for so long."""

CUT = b"(abreast: a part of the bundle could not be unpacked)\n"
"""Replaces a stretch that cannot be unpacked. It ends the line that was cut off, whose checksum is wrong."""

_GZIP = 16 + zlib.MAX_WBITS
_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How every block begins: gzip, deflate, no flags, no time."""


def pack(journal: Path) -> Iterator[bytes]:
    """The bundle of a journal; of a running session, its complete lines so far. Raises UsageError if the
    journal cannot be read."""
    with opened(journal) as file:
        block: list[bytes] = []
        size = 0
        for line in complete_lines(file):
            block.append(line)
            size += len(line)
            if size >= BLOCK_BYTES:
                yield _compressed(block)
                block, size = [], 0
        if block:
            yield _compressed(block)


def is_bundle(path: Path) -> bool:
    """Whether a file begins like a bundle; false if it cannot be read."""
    try:
        with opened(path) as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, UsageError):
        return False


def unpacked(path: Path) -> Path:
    """The journal in a bundle, in the cache. A damaged or incomplete bundle gives what is readable of it.

    Raises UsageError if the file contains no journal that this version can read, if it is too large, or if it
    cannot be unpacked.
    """
    folder = paths.cache() / "bundles"
    try:
        folder.mkdir(mode=paths.PRIVATE, exist_ok=True)
        with opened(path) as file:
            known = folder / _digest(file)
            if not (known / FILE_NAME).is_file():
                file.seek(0)
                known = _unpack_into(folder, file, path)
        os.utime(known)
        _forget_old(folder, known)
    except OSError as error:
        why = reason_of(error)
        raise UsageError(
            f"cannot unpack {path}", why=why, hint=f"it needs room in {folder}: set ABREAST_HOME"
        ) from error
    return known / FILE_NAME


def _compressed(lines: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(b"".join(lines)) + packer.flush()


# ---------------------------------------------------------------- unpacking


def _unpack_into(folder: Path, file: IO[bytes], path: Path) -> Path:
    """Unpacks into a folder named by the digest of what was read. Raises OSError and UsageError."""
    making = Path(tempfile.mkdtemp(dir=folder, prefix="part-"))
    try:
        source = _Counted(file)
        with (making / FILE_NAME).open("wb") as target:
            target.writelines(_checked(source, path))
        known = folder / source.digest.hexdigest()
        try:
            making.rename(known)
        except OSError:
            if not (known / FILE_NAME).is_file():  # else another process was faster
                raise
        return known
    finally:
        shutil.rmtree(making, ignore_errors=True)


class _Counted:
    """A file that counts and digests what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes; empty at the end."""
        data = self._file.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data


def _checked(source: _Counted, path: Path) -> Iterator[bytes]:
    """The journal, piece by piece, once its first line is known to be a header that this version reads.
    Raises UsageError."""
    size, waiting = 0, bytearray()
    is_header_read = False
    for piece in _plain(source):
        size += len(piece)
        _check_size(size, source.size, path)
        if is_header_read:
            yield piece
            continue
        waiting += piece
        if b"\n" in piece or len(waiting) > LONGEST_HEADER_BYTES:
            decode_header(bytes(waiting[: waiting.find(b"\n") + 1 or None]), path)
            is_header_read = True
            yield bytes(waiting)
    if not is_header_read:
        raise UsageError(
            f"{path} holds no session",
            why="it ends before the first line of a journal",
            hint="see: abreast sessions",
        )


def _check_size(size: int, packed_size: int, path: Path) -> None:
    most = min(MOST_BYTES, max(NO_RATIO_BELOW_BYTES, MOST_RATIO * packed_size))
    if size > most:
        raise UsageError(
            f"{path} is not opened",
            why=f"{packed_size:,} bytes of it unpack to more than {most:,}, which no journal does",
            hint="it may be made to fill your disk",
        )


def _plain(source: _Counted) -> Iterator[bytes]:
    """The content in pieces of a bounded size; `CUT` in place of a stretch that cannot be unpacked."""
    waiting = source.read(READ_BYTES)
    while waiting:
        block = zlib.decompressobj(wbits=_GZIP)
        while waiting and not block.eof:
            try:
                piece = block.decompress(waiting, PIECE_BYTES)
            except zlib.error:
                break
            if piece:
                yield piece
            waiting = block.unused_data or block.unconsumed_tail or source.read(READ_BYTES)
        if not block.eof:
            yield CUT
            waiting = _next_block(source, waiting[1:])


def _next_block(source: _Counted, waiting: bytes) -> bytes:
    """The input from the next beginning of a block on; empty if there is none."""
    while (at := waiting.find(_MEMBER)) < 0:
        more = source.read(READ_BYTES)
        if not more:
            return b""
        waiting = waiting[-len(_MEMBER) + 1 :] + more
    return waiting[at:]


def _digest(file: IO[bytes]) -> str:
    counted = _Counted(file)
    while counted.read(READ_BYTES):
        pass
    return counted.digest.hexdigest()


def _forget_old(folder: Path, used: Path) -> None:
    """Removes unpacked journals that were not opened for a while."""
    with suppress(FileNotFoundError):  # another process removes them too
        by_age = sorted(((each.stat().st_mtime, each) for each in folder.iterdir()), reverse=True)
        for changed_s, each in by_age[CACHE_KEPT:]:
            if each != used and time.time() - changed_s > CACHE_KEPT_S:
                shutil.rmtree(each, ignore_errors=True)
