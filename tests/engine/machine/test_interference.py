"""What kept load workers from their cores, from the texts that Linux has for it."""

from pathlib import Path

import pytest

from engine.machine.interference import Interference, Meter, steal_ticks

STAT = """cpu  84441 75348 21304 350445 997 0 1256 116 20 10
cpu0 42000 37000 11000 175000 500 0 600 16 0 0
cpu1 42441 38348 10304 175445 497 0 656 100 20 10
intr 1 2 3
ctxt 4
"""


@pytest.mark.parametrize(
    ("cores", "ticks"),
    [
        ((1,), (100, 42441 + 38348 + 10304 + 175445 + 497 + 656 + 100)),
        ((0, 1), (116, 533907)),
        ((), (116, 533907)),
        ((7,), None),
    ],
)
def test_steal_is_that_of_the_load_workers_cores(
    cores: tuple[int, ...], ticks: tuple[int, int] | None
) -> None:
    assert steal_ticks(STAT, cores) == ticks


@pytest.mark.parametrize("text", ["", "cpu  1 2 3\n", "nothing of the kind\n"])
def test_a_system_that_does_not_count_it(text: str) -> None:
    assert steal_ticks(text, ()) is None


def test_readings_are_of_the_time_since_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    meter = Meter((1,), lambda: [7, 8], tmp_path)

    def write(busy: int, stolen: int, waited_ns: int) -> None:
        (tmp_path / "stat").write_text(f"cpu1 {busy} 0 0 0 0 0 0 {stolen} 0 0\n")
        (tmp_path / "7" / "schedstat").write_text(f"5 {waited_ns} 9\n")

    write(1000, 100, 0)
    assert meter.read() == Interference(None, None)
    write(1075, 125, 10**18)
    found = meter.read()
    assert found.stolen_pct == 25.0
    assert found.waiting_pct == 100.0, "never more than all of it"
    found = meter.read()
    assert found == Interference(None, 0.0), "no tick has passed"


def test_where_the_system_tells_nothing_there_is_nothing(tmp_path: Path) -> None:
    meter = Meter((), lambda: [7], tmp_path)
    assert [meter.read(), meter.read()] == [Interference(), Interference()]
