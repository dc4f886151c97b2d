"""All targets' CPU clocks are read close together, and none is always read last."""

from targets.runtime.cpu_clock import CpuClock, NoCpuClock, read_together


class OneOf:
    """A clock that notes when it is read."""

    why_not = ""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def refresh(self) -> None:
        self.log.append(f"refresh {self.name}")

    def read_ns(self) -> int | None:
        self.log.append(f"read {self.name}")
        return 1


def test_clocks_are_read_close_together_and_in_either_order() -> None:
    log: list[str] = []
    clocks: dict[str, CpuClock] = {name: OneOf(name, log) for name in ("a", "b")}
    read = read_together(clocks)
    assert log == ["refresh a", "refresh b", "read a", "read b"]
    assert {name: reading.cpu_ns for name, reading in read.items()} == {"a": 1, "b": 1}
    assert read["a"].at_ns <= read["b"].at_ns
    log.clear()
    read_together(clocks, backwards=True)
    assert log[2:] == ["read b", "read a"]


def test_a_target_without_a_clock_has_no_time_but_a_reason() -> None:
    clock = NoCpuClock("it is far away")
    assert read_together({"far": clock})["far"].cpu_ns is None
    assert clock.why_not == "it is far away"
