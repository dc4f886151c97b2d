"""Requests a short slice of CPU time for a load worker, where the kernel grants one.

From Linux 6.12 on, a thread of the default policy can set how long it wants to run at a stretch
(`sched_runtime` of `sched_setattr`). A thread that asks for less waits less: a load worker that wakes up for
an answer runs at once, even beside busy processes, rather than after their slice. Its share of the core stays
the same. Older kernels accept the call and grant nothing.
"""

import ctypes
import os
import platform
import sys
import threading

SLICE_NS = 300_000
"""Enough for some answers. The kernel grants 0.1 ms to 100 ms; its default is 2.8 ms to 3 ms."""

_CALLS = {"x86_64": (314, 315), "aarch64": (274, 275), "riscv64": (274, 275)}
"""Architecture → the numbers of `sched_setattr` and `sched_getattr`, which older C libraries do not wrap."""


class _Attributes(ctypes.Structure):
    """`struct sched_attr`."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime_ns", ctypes.c_uint64),
        ("deadline_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
    )


def ask_for_short_slice() -> int | None:
    """Requests a short slice for this thread, and returns the granted one in ns, or None."""
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return None
    calls = _CALLS.get(platform.machine()) if sys.maxsize > 2**32 else None
    if calls is None:
        return None
    system = ctypes.CDLL(None).syscall
    request = _Attributes(
        size=ctypes.sizeof(_Attributes),
        policy=os.SCHED_OTHER,
        nice=os.getpriority(os.PRIO_PROCESS, 0),
        runtime_ns=SLICE_NS,
    )
    if system(calls[0], 0, ctypes.byref(request), 0):
        return None
    granted = _Attributes()
    if system(calls[1], 0, ctypes.byref(granted), ctypes.sizeof(granted), 0):
        return None
    return int(granted.runtime_ns) or None


def grantable_ns() -> int | None:
    """The slice that load workers get on this machine in ns, requested by a short-lived thread; None:
    none."""
    granted: list[int | None] = []

    def ask() -> None:
        granted.append(ask_for_short_slice())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return granted[0] if granted else None
