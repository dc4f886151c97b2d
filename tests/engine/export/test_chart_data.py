"""A chart in words, and when it has nothing to show."""

from engine.export.chart_data import RATE, TIME, USERS, Chart, Line, Point, Stop


def line(label: str, words: str, *points: Point | None) -> Line:
    return Line(0, label, 0, points, (), words)


def chart(*lines: Line) -> Chart:
    return Chart("goodput", "Goodput", "time", RATE, "session time", lines, (Stop(0.5, "00:00"),))


def test_a_value_in_a_sentence_has_its_unit() -> None:
    assert RATE.said(12_345) == f"{RATE.text(12_345)} ok/s"
    assert TIME.said(340.0) == "340 ms"
    assert USERS.said(5) == "5 users"


def test_words_name_every_line() -> None:
    found = chart(line("a", "9 ok/s throughout", Point(0, 9)), line("b", "nothing measured"))
    assert found.words == "a: 9 ok/s throughout; b: nothing measured"


def test_a_chart_is_empty_without_a_point() -> None:
    assert chart().is_empty
    assert chart(line("a", "", None, None)).is_empty
    assert not chart(line("a", ""), line("b", "", None, Point(1, 0))).is_empty
