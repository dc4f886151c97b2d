"""How much memory a process has of its own."""

import psutil


def memory_bytes(pid: int) -> int:
    """Its proportional set size where the system says it, and else what nobody shares with it."""
    memory = psutil.Process(pid).memory_full_info()
    return int(getattr(memory, "pss", 0) or memory.uss)
