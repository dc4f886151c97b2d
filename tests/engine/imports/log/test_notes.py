"""What is said about a log."""

from engine.imports.log.notes import notes_on, title_of
from tests.engine.imports.log.test_reader import line, read


def test_notes_have_a_line_a_count_and_a_reason() -> None:
    reader = read(
        line(), b"no log\n", line("/a.css"), line("/b.css"), line("/items", method="POST", status=201)
    )
    notes = list(notes_on(reader, reader.mix.kinds(), 100))
    assert [(note.place, note.what) for note in notes] == [
        ("line 2", "skipped 1 line that holds no request"),
        ("line 3", "left out 2 requests to static files: /a.css, /b.css"),
        ("line 5", "1 request that may change something is written as a comment"),
    ]
    assert all(note.why for note in notes)


def test_hosts_robots_and_what_was_too_much() -> None:
    hosts = [
        f'{{"method": "GET", "uri": "/", "status": 200, "host": "{host}.test"}}'.encode() for host in "ab"
    ]
    reader = read(*hosts, line(agent="Googlebot"), line("/rare"))
    notes = {note.what: note.why for note in notes_on(reader, reader.mix.kinds(), 1)}
    assert notes == {
        "the mix has 1 request from robots: Googlebot": "25.0% of the log",
        "requests to 2 hosts go to the plan's target: a.test, b.test": (
            "all requests of a plan go to one server"
        ),
        "left out 1 request of rare kinds, 25.0% of the log": "the 1 most frequent kinds are kept",
    }


def test_titles_of_logs_with_times_in_other_forms() -> None:
    json = '{{"method": "GET", "uri": "/", "status": 200, "time": {}}}'
    for first, last in (
        ('"2024-01-01T10:00:00Z"', '"2024-01-01T10:00:04+00:00"'),
        ("1700000000.5", "1700000004.5"),
    ):
        reader = read(json.format(first).encode(), json.format(last).encode())
        assert title_of(reader, "a.log") == "a.log: 2 requests, 0.5 a second"
    assert title_of(read(json.format('"soon"').encode(), line()), "a.log") == "a.log: 2 requests"


def test_times_that_are_no_numbers_give_no_rate() -> None:
    json = '{{"method": "GET", "uri": "/", "status": 200, "time": "{}"}}'
    for last in ("nan", "inf", "1e300", "-5"):
        reader = read(*(json.format(time).encode() for time in ("1", last)))
        assert title_of(reader, "a.log") == "a.log: 2 requests", last
