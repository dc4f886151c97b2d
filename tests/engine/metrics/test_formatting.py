"""Numbers as people read them."""

import pytest

from engine.metrics import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "·"),
        (0, "0"),
        (9.9, "9.9"),
        (98.54, "98.5"),
        (340, "340"),
        (999.4, "999"),
        (999.6, "1.00 k"),
        (12_345, "12.3 k"),
        (999_600, "1.00 M"),
    ],
)
def test_rate(value: float | None, text: str) -> None:
    assert formatting.rate(value) == text


@pytest.mark.parametrize(
    ("value_ms", "text"),
    [
        (None, "·"),
        (0.42, "0.4 ms"),
        (9.96, "10 ms"),
        (340, "340 ms"),
        (999.6, "1.00 s"),
        (2010, "2.01 s"),
        (12_340, "12.3 s"),
        (134_000, "134 s"),
    ],
)
def test_duration(value_ms: float | None, text: str) -> None:
    assert formatting.duration(value_ms) == text


@pytest.mark.parametrize(
    ("value_ms", "text"),
    [
        (0.01, "0.01 ms"),
        (500, "500 ms"),
        (200.0, "200 ms"),
        (999.9, "999.9 ms"),
        (1000, "1 s"),
        (2500, "2.5 s"),
    ],
)
def test_a_limit_is_shown_as_it_was_set(value_ms: float, text: str) -> None:
    assert formatting.limit(value_ms) == text


@pytest.mark.parametrize(
    "value", [0.001, 0.9, 9.949, 9.951, 99.949, 99.951, 999.4, 999.6, 9_994, 99_949, 999_400]
)
def test_no_figure_is_wider_than_promised(value: float) -> None:
    assert len(formatting.rate(value)) <= formatting.WIDTH
    assert len(formatting.duration(value)) <= formatting.WIDTH
    assert len(formatting.memory(value)) <= formatting.WIDTH + 1


def test_percentages_keep_three_digits() -> None:
    assert [formatting.percent(value) for value in (0, 2.314, 12.34, 100)] == [
        "0.00 %",
        "2.31 %",
        "12.3 %",
        "100 %",
    ]


def test_ratio_of_the_baseline() -> None:
    assert [formatting.ratio(value) for value in (None, 0.64, 1.0, 5.04, 12.3)] == [
        "·",
        "0.64×",
        "1.0×",
        "5.0×",
        "12×",
    ]


def test_clock_and_stretch() -> None:
    assert [formatting.clock(second) for second in (0, 72, 3723)] == ["00:00", "01:12", "1:02:03"]
    assert [formatting.stretch(length) for length in (None, 45, 120, 3900)] == [
        "until you quit",
        "45 s",
        "2 min",
        "1 h 5 min",
    ]


def test_an_axis_drops_zeros_that_say_nothing() -> None:
    texts = ("5.00 k", "2.50 s", "10.0", "100 ms", "1.25 GB", "0.5 ms")
    assert [formatting.tidy(text) for text in texts] == ["5 k", "2.5 s", "10", "100 ms", "1.25 GB", "0.5 ms"]


SIZES = ((0, "0 B"), (940, "940 B"), (999.6, "1.00 kB"), (12_300, "12.3 kB"), (1.23e6, "1.23 MB"))


@pytest.mark.parametrize(("value", "said"), [*SIZES, (4.5e9, "4.50 GB")])
def test_bytes(value: float, said: str) -> None:
    assert formatting.size(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.99, "99 %"), (0.999, "99.9 %"), (0.0005, "0.05 %"), (1, "100 %")]
)
def test_a_share_as_it_was_written(value: float, said: str) -> None:
    assert formatting.share(value) == said
