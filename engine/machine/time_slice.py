"""Requests a short slice of CPU time for a load worker, if the kernel supports it.

From Linux 6.12 on, a thread with the default scheduling policy can request how long it runs without a break
(`sched_runtime` of `sched_setattr`). A thread with a shorter slice waits less: a load worker that wakes up
for a response runs at once, even next to busy processes, instead of after their slice. Its share of the core
stays the same. Older kernels accept the call but change nothing.
"""

import ctypes
import os
import platform
import sys
import threading

SLICE_NS = 300_000
"""Enough to process several responses. The kernel allows 0.1 ms to 100 ms; its default is 2.8 ms to 3 ms."""

_CALLS = {"x86_64": (314, 315), "aarch64": (274, 275), "riscv64": (274, 275)}
"""Architecture → the system call numbers of `sched_setattr` and `sched_getattr`, for which older C libraries
have no functions."""


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
    """Requests a short slice for this thread and returns the granted slice in ns, or None if there is
    none."""
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
    """Returns the slice in ns that load workers get on this machine, or None if they get none. A short-lived
    thread requests it."""
    granted: list[int | None] = []

    def ask() -> None:
        granted.append(ask_for_short_slice())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return granted[0] if granted else None
