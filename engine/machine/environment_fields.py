"""What the fields of a session's environment are called, in reports and in comparisons. Pure."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["machine", "cores", "versions"]


@dataclass(frozen=True, slots=True)
class EnvironmentField:
    """One field of `environment.describe`, or beside it in a session's header."""

    title: str
    """Its name in a table."""
    matters: Literal["red", "amber", ""] = ""
    """`red`: sessions that differ in it are not comparable; `amber`: it can explain a difference; empty: it
    is not compared, or compared elsewhere."""
    kind: Kind = "machine"
    """What a difference is one of."""
    is_reported: bool = True
    """Whether reports list it."""

    @property
    def in_a_sentence(self) -> str:
        """Its name within a sentence."""
        is_a_word = self.title[1:2].islower() and self.title != "Python"
        return self.title[0].lower() + self.title[1:] if is_a_word else self.title


FIELDS: dict[str, EnvironmentField] = {
    "cpu_model": EnvironmentField("Processor", "red"),
    "machine": EnvironmentField("Architecture", "red", is_reported=False),
    "cores_logical": EnvironmentField("Logical cores", "red"),
    "cores_available": EnvironmentField("Usable cores", "red"),
    "cpu_limit": EnvironmentField("CPU limit (cores)", "red"),
    "cpu_governor": EnvironmentField("CPU governor", "red"),
    "memory_bytes": EnvironmentField("Memory", "red"),
    "memory_limit_bytes": EnvironmentField("Memory limit", "red"),
    "os": EnvironmentField("Operating system", "red"),
    "kernel": EnvironmentField("Kernel", "amber"),
    "container": EnvironmentField("In a container", "red"),
    "virtual_machine": EnvironmentField("In a virtual machine", "red"),
    "front_nice": EnvironmentField("Priority of abreast's front", "amber", is_reported=False),
    "worker_slice_us": EnvironmentField("Scheduler slice of load workers", "amber", is_reported=False),
    "python": EnvironmentField("Python", "red", "versions"),
    "cores": EnvironmentField("Cores", "red", "cores"),
    "load_workers": EnvironmentField("Load workers"),
    "database": EnvironmentField("Database"),
}
"""In the order of reports."""
