"""A load worker's short slice: asked for where the kernel grants one, and of no consequence elsewhere."""

import os
import platform
import sys

import pytest

from engine.machine import time_slice
from targets.runtime.front_priority import lowered_front_priority

KERNEL = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])


@pytest.mark.skipif(
    sys.platform != "linux" or KERNEL < (6, 12) or platform.machine() not in {"x86_64", "aarch64"},
    reason="Linux 6.12 is the first kernel that grants one",
)
def test_a_kernel_that_can_grants_what_was_asked_for() -> None:
    assert time_slice.grantable_ns() == time_slice.SLICE_NS


@pytest.mark.skipif(sys.platform != "linux", reason="policies are Linux's")
def test_the_slice_belongs_to_the_usual_policy() -> None:
    with lowered_front_priority(()):
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
        assert time_slice.grantable_ns() is None


@pytest.mark.parametrize(("platform_name", "machine"), [("darwin", "arm64"), ("linux", "mips")])
def test_elsewhere_nothing_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, platform_name: str, machine: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform_name)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert time_slice.grantable_ns() is None
