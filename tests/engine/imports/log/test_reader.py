"""What is counted of a log, and what is left out of its mix."""

import tracemalloc
from collections.abc import Iterator

import pytest

from engine.imports.log.reader import MAX_NAMES, LogReader


def line(target: str = "/", *, method: str = "GET", status: int = 200, agent: str = "Firefox") -> bytes:
    """A line of the combined format."""
    asked = f'"{method} {target} HTTP/1.1" {status} 2 "-" "{agent}"'
    return f"1.2.3.4 - - [10/Oct/2024:13:55:36 +0000] {asked}\n".encode()


def read(*lines: bytes, include_static: bool = False) -> LogReader:
    """A reader that has read these."""
    reader = LogReader(include_static=include_static)
    for each in lines:
        reader.read(each)
    return reader


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("static", line("/app.css?v=3")),
        ("health", line("/healthz")),
        ("health", line(agent="kube-probe/1.29")),
        ("errors", line("/wp-login.php", status=404)),
        ("errors", line(status=500)),
        ("preflights", line("/items", method="OPTIONS", status=204)),
        ("sockets", line("/chat", status=101)),
        ("bad", b"Traceback (most recent call last):\n"),
    ],
)
def test_what_is_no_part_of_the_mix(name: str, left_out: bytes) -> None:
    reader = read(line(), left_out, left_out)
    counted = getattr(reader, name)
    assert (counted.count, counted.first) == (2, 2)
    assert [kind.count for kind in reader.mix] == [1]


def test_blank_lines_and_comments_are_no_bad_lines() -> None:
    reader = read(b"\n", b"#Version: 1.0\n", line())
    assert (reader.bad.count, reader.requests, reader.lines) == (0, 1, 3)


def test_static_files_stay_if_they_are_wanted() -> None:
    assert [kind.segments for kind in read(line("/app.css"), include_static=True).mix] == [("app.css",)]


def test_robots_are_counted_and_stay() -> None:
    reader = read(line(agent="Mozilla/5.0 (compatible; Googlebot/2.1)"), line())
    assert (reader.robots.count, reader.robots.most) == (1, "Googlebot")
    assert [kind.count for kind in reader.mix] == [2]


def test_what_a_cache_has_spared_is_asked_for_in_full() -> None:
    reader = read(line(status=304), line(status=206), line())
    assert [dict(kind.statuses) for kind in reader.mix] == [{200: 3}]


def test_names_are_counted_up_to_a_limit() -> None:
    reader = read(*(line(f"/{number}.css") for number in range(MAX_NAMES + 1)))
    assert reader.static.count == MAX_NAMES + 1
    assert reader.static.most == "/0.css, /1.css, /2.css and many more"


def many_lines(count: int) -> Iterator[bytes]:
    """Lines of which no two are the same, and most are of kinds of their own."""
    for number in range(count):
        yield line(f"/{number % 977}x/{number}/y{number}z?q={number:x}", agent=f"Robot{number}bot")


def test_a_long_log_needs_no_more_memory_than_a_short_one() -> None:
    def peak_bytes(count: int) -> int:
        tracemalloc.start()
        try:
            reader = read(*[line()])
            for each in many_lines(count):
                reader.read(each)
            assert reader.requests == count + 1
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_bytes(1000)  # fills what is cached once
    assert peak_bytes(20_000) < 1.3 * peak_bytes(10_000)
