"""What to allow where py-spy may not look into a process."""

import os
import subprocess
import sys

import pytest

from engine.hosting.tracing_rights import TracingRights, read_rights, why_not

MAY = TracingRights(may_trace_all=True, is_readable=True)


@pytest.mark.parametrize(
    ("rights", "why", "hint"),
    [
        (TracingRights(runs=False), "its process has ended", "start it again"),
        (TracingRights(platform="darwin"), "macOS lets only root look", "with sudo"),
        (TracingRights(ptrace_scope=3, may_trace_all=True), "ptrace_scope = 3", "restart of the system"),
        (
            TracingRights(ptrace_scope=1, is_readable=True),
            "(kernel.yama.ptrace_scope = 1)",
            "sudo sysctl kernel.yama.ptrace_scope=0, or sudo setcap cap_sys_ptrace+ep /bin/py-spy",
        ),
        (
            TracingRights(ptrace_scope=2),
            "(kernel.yama.ptrace_scope = 2)",
            "sudo setcap cap_sys_ptrace+ep /bin/py-spy",
        ),
        (TracingRights(), "does not allow it to look into the process", "sudo setcap"),
        (TracingRights(in_container=True), "does not allow it", "--cap-add SYS_PTRACE"),
        (MAY, "found no Python", "CPython"),
        (TracingRights(is_readable=True), "found no Python", "CPython"),
        (TracingRights(ptrace_scope=1, may_trace_all=True, is_readable=True), "found no Python", "CPython"),
    ],
)
def test_each_reason_says_what_to_allow(rights: TracingRights, why: str, hint: str) -> None:
    found_why, found_hint = why_not(rights, "/bin/py-spy")
    assert why in found_why
    assert hint in found_hint


def test_the_rights_are_read_from_this_system() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        rights = read_rights(child.pid)
        assert rights.runs
        assert rights.is_root == (os.geteuid() == 0)
        if sys.platform == "linux":
            assert rights.is_readable, "a process may read its own child's memory, unless scope is 2 or 3"
        child.kill()
    assert sys.platform != "linux" or not read_rights(child.pid).runs
