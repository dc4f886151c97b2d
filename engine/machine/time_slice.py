"""A short slice of processor time for a load worker, where the kernel grants one.

Linux from 6.12 on lets a thread of the usual policy say how long it wants to run at a stretch
(`sched_runtime` of `sched_setattr`). Who asks for less waits less: a load worker that wakes up for an answer
runs at once beside processes that use all they can get, and does not wait for the end of their slice. Its
share of the core stays the same. Older kernels take the call and grant nothing.
"""

import ctypes
import os
import platform
import sys
import threading

SLICE_NS = 300_000
"""Some answers' worth of work. The kernel grants 0.1 ms to 100 ms; 2.8 ms to 3 ms is usual."""

_CALLS = {"x86_64": (314, 315), "aarch64": (274, 275), "riscv64": (274, 275)}
"""By machine: the numbers of `sched_setattr` and `sched_getattr`; older C libraries have no name for them."""


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
    """Asks for this thread; the slice that it has from now on, in ns, or None where none was granted."""
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return None
    calls = _CALLS.get(platform.machine()) if sys.maxsize > 2**32 else None
    if calls is None:
        return None
    system = ctypes.CDLL(None).syscall
    wish = _Attributes(
        size=ctypes.sizeof(_Attributes),
        policy=os.SCHED_OTHER,
        nice=os.getpriority(os.PRIO_PROCESS, 0),
        runtime_ns=SLICE_NS,
    )
    if system(calls[0], 0, ctypes.byref(wish), 0):
        return None
    granted = _Attributes()
    if system(calls[1], 0, ctypes.byref(granted), ctypes.sizeof(granted), 0):
        return None
    return int(granted.runtime_ns) or None


def grantable_ns() -> int | None:
    """What a load worker gets on this machine, tried out in a thread that ends at once."""
    granted: list[int | None] = []

    def ask() -> None:
        granted.append(ask_for_short_slice())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return granted[0] if granted else None
