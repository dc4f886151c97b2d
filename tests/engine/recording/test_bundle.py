"""Bundles: a journal in one file; damage costs what is damaged, and nothing is unpacked without bounds."""

import gzip
import os
import zlib
from pathlib import Path

import pytest

from engine.machine import paths
from engine.metrics.records import Damage
from engine.recording import archive, bundle, journal
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A journal of several blocks."""
    return write(tmp_path, Shape(seconds=90, rps=400))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "BLOCK_BYTES", 1 << 14)


def packed(journal_path: Path, name: str = "it.abreast") -> Path:
    path = journal_path.parent / name
    path.write_bytes(b"".join(bundle.pack(journal_path)))
    return path


def test_a_bundle_is_opened_like_its_session(recorded: Path) -> None:
    path = packed(recorded)
    assert path.stat().st_size < recorded.stat().st_size / 2
    found = archive.find(str(path))
    assert found.read_bytes() == recorded.read_bytes()
    assert list(journal.read(found)) == list(journal.read(recorded))


def test_its_name_may_have_no_folder(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(recorded)
    monkeypatch.chdir(recorded.parent)
    assert archive.find("it.abreast").read_bytes() == recorded.read_bytes()


def test_other_programs_read_it(recorded: Path) -> None:
    assert gzip.decompress(packed(recorded).read_bytes()) == recorded.read_bytes()


def test_a_journal_compressed_by_another_program_is_one(recorded: Path) -> None:
    path = recorded.parent / "journal.jsonl.gz"
    path.write_bytes(gzip.compress(recorded.read_bytes()))
    assert archive.find(str(path)).read_bytes() == recorded.read_bytes()


def test_it_is_unpacked_once(recorded: Path) -> None:
    path = packed(recorded)
    first = bundle.unpacked(path)
    before = first.stat().st_ino
    assert bundle.unpacked(path) == first
    assert bundle.unpacked(packed(recorded, "copy.abreast")) == first
    assert first.stat().st_ino == before
    assert [each.name for each in (paths.cache() / "bundles").iterdir()] == [first.parent.name]


def test_of_a_running_session_it_has_the_complete_lines(recorded: Path) -> None:
    whole = recorded.read_bytes()
    recorded.write_bytes(whole[:-10])
    lines = bundle.unpacked(packed(recorded)).read_bytes()
    assert whole.startswith(lines)
    assert lines.endswith(b"\n")
    assert lines.count(b"\n") == whole.count(b"\n") - 1


def test_of_a_truncated_bundle_the_beginning_is_read(recorded: Path) -> None:
    path = packed(recorded)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    damage = Damage()
    records = list(journal.read(bundle.unpacked(path), damage))
    whole = list(journal.read(recorded))
    assert records == whole[: len(records)]
    assert len(records) > len(whole) // 4
    assert damage.lines_unreadable == damage.records_lost == 1


def test_behind_a_damaged_block_the_next_is_read(recorded: Path) -> None:
    path = packed(recorded)
    data = bytearray(path.read_bytes())
    at = data.find(bundle._MEMBER, len(data) // 2)
    data[at + 200] ^= 0xFF
    path.write_bytes(data)
    damage = Damage()
    records = list(journal.read(bundle.unpacked(path), damage))
    whole = list(journal.read(recorded))
    assert records[-1] == whole[-1], "the end is read"
    assert 0 < damage.records_lost < len(whole) // 4
    assert len(records) + damage.records_lost == len(whole)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(b""), "holds no session"),
        (gzip.compress(b"no line end"), "holds no session"),
        (gzip.compress(b"PK or a tar\n" * 9), "is no journal"),
        (bundle.MAGIC, "is no journal"),
        (bundle.MAGIC + b"nothing that could be unpacked", "is no journal"),
        (gzip.compress(b'["Header",{"schema":"abreast/journal@99"},0,"00000000"]\n'), "cannot read"),
    ],
    ids=["empty", "no line", "other text", "cut off", "damaged", "newer"],
)
def test_what_is_no_bundle(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "it.abreast"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=what) as caught:
        bundle.unpacked(path)
    assert str(path) in caught.value.what
    assert caught.value.hint
    assert list((paths.cache() / "bundles").iterdir()) == []


def test_a_bomb_is_not_unpacked(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good journal whose rest would fill the disk."""
    monkeypatch.setattr(bundle, "NO_RATIO_BELOW_BYTES", 1 << 20)
    path = packed(recorded)
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    path.write_bytes(path.read_bytes() + bomb)
    with pytest.raises(UsageError, match="is not opened") as caught:
        bundle.unpacked(path)
    assert "which no journal does" in caught.value.why
    assert list((paths.cache() / "bundles").iterdir()) == []


def test_a_bomb_without_a_line_is_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "it.abreast"
    packer = zlib.compressobj(wbits=31)
    path.write_bytes(b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush())
    with pytest.raises(UsageError, match="is no journal"):
        bundle.unpacked(path)


def test_of_two_processes_at_once_both_have_the_journal(recorded: Path) -> None:
    path = packed(recorded)
    folder = bundle.unpacked(path).parent.parent
    with path.open("rb") as file:  # as a process does that has not seen the other's result yet
        again = bundle._unpack_into(folder, file, path)
    assert (again / journal.FILE_NAME).read_bytes() == recorded.read_bytes()
    assert list(folder.iterdir()) == [again]


def test_old_ones_are_removed(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "CACHE_KEPT", 2)
    folder = paths.cache() / "bundles"
    folder.mkdir()
    for age_s in range(4):
        (folder / f"old-{age_s}").mkdir()
        os.utime(folder / f"old-{age_s}", (1e9 - age_s, 1e9 - age_s))
    (folder / "new").mkdir()
    found = bundle.unpacked(packed(recorded))
    assert {each.name for each in folder.iterdir()} == {"new", found.parent.name}


def test_a_cache_without_room_is_reported(recorded: Path) -> None:
    path = packed(recorded)
    (paths.cache() / "bundles").write_text("in the way")
    with pytest.raises(UsageError, match="cannot unpack") as caught:
        bundle.unpacked(path)
    assert caught.value.why
