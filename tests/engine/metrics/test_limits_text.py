"""A container's limits as a person would say them."""

import pytest

from engine.metrics.limits_text import limits_text
from targets.options import Options
from targets.runtime.containers.limits import Limits


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (Options(), "1 CPU, 2.15 GB of memory, 4096 processes and threads"),
        (Options(cpus="2", memory="256m", pids=99), "2 CPUs, 268 MB of memory, 99 processes and threads"),
        (
            Options(cpus="@0-1", memory="none"),
            "2 CPUs, cores 0,1, no limit of memory, 4096 processes and threads",
        ),
    ],
)
def test_all_limits_of_a_container_have_units(options: Options, text: str) -> None:
    assert limits_text(Limits.of(options).plain()) == text


def test_half_a_core_and_what_is_not_known() -> None:
    assert limits_text({"cpus": 0.5, "cpuset": ""}) == "0.5 CPU"
    assert limits_text({"open_files": 99}) == "open files 99"
    assert limits_text({}) == ""
