"""The list of sessions: order and search."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.export import session_summary
from engine.machine import paths
from engine.recording import about, listing
from engine.recording.about import About
from engine.recording.listing import Order
from tests.support.made_sessions import Shape, write


@pytest.fixture
def three() -> None:
    """Three sessions: the oldest is the longest."""
    for number, (preset, outcome) in enumerate(
        (("ramp", "completed"), ("hello", "threshold"), ("hello", "failed"))
    ):
        path = write(
            paths.sessions(),
            Shape(
                seconds=9 - 3 * number,
                session_id=f"s{number}",
                started_at=f"2025-01-0{number + 1}T12:00:00.000+01:00",
                preset=preset,
                outcome=outcome,
                labels=("fastapi ×4", "django"),
            ),
        )
        session_summary.make(path)


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("date", ["s2", "s1", "s0"]),
        ("preset", ["s2", "s1", "s0"]),
        ("length", ["s0", "s1", "s2"]),
        ("size", ["s0", "s1", "s2"]),
        ("outcome", ["s0", "s2", "s1"]),
    ],
)
def test_orders(three: None, order: Order, keys: list[str]) -> None:
    assert [each.key for each in listing.in_order(listing.listed(), order)] == keys


@pytest.mark.parametrize(
    ("search", "keys"),
    [
        ("", {"s0", "s1", "s2"}),
        ("HELLO", {"s1", "s2"}),
        ("hello failed", {"s2"}),
        ("×4 served", {"s0", "s1", "s2"}),
        ("2025-01-02", {"s1"}),
        ("index", {"s0"}),
        ("a b c d nothing", set()),
    ],
)
def test_searching_finds_every_text(three: None, search: str, keys: set[str]) -> None:
    about.save(paths.sessions() / "s0", About("Mine", "after the index"))
    assert {each.key for each in listing.matching(listing.listed(), search)} == keys


def test_what_a_person_wrote_is_listed(three: None) -> None:
    about.save(paths.sessions() / "s0", About("Mine", "a note"))
    found = {each.key: each.recorded for each in listing.listed()}
    assert (found["s0"].title, found["s0"].note, found["s1"].title) == ("Mine", "a note", "Made")


def test_a_listing_with_summaries_reads_no_journal(three: None) -> None:
    for path in paths.sessions().glob("*/journal.jsonl"):
        before = path.stat()
        content = bytearray(path.read_bytes())
        content[:] = b"x" * len(content)
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert all("fastapi ×4 served 100 ok/s" in each.sentence for each in listing.listed())


def test_the_size_is_that_of_the_folder(tmp_path: Path) -> None:
    path = write(paths.sessions(), Shape(seconds=3))
    (path.parent / "targets" / "a").mkdir(parents=True)
    (path.parent / "targets" / "a" / "log.txt").write_bytes(b"x" * 1000)
    (path.parent / "link").symlink_to(tmp_path)
    (session,) = listing.listed()
    link = (path.parent / "link").lstat().st_size
    assert session.size_bytes == path.stat().st_size + 1000 + link
    assert session_summary.added(session).size_bytes == session.size_bytes
    assert replace(session, size_bytes=0).key == session.key
