"""The kernel's lists of children give the whole tree; a process's name cannot mislead its reader."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from targets.runtime.process_tree import (
    ProcessStat,
    children_of,
    parents_of_all,
    parse_stat,
    stat_of,
    threads_of,
    tree_of,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

# a process with a thread that starts a child, which starts a child, and says when all of them run
FAMILY = """
import subprocess, sys, threading
deep = "import subprocess, sys; print('up', flush=True); sys.stdin.read()"
middle = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {deep!r}]); child.wait()"
thread = threading.Thread(target=lambda: subprocess.Popen([sys.executable, "-c", middle]).wait())
thread.start()
thread.join()
"""


@pytest.fixture
def family() -> Iterator[int]:
    """The pid of a process with a child and a grandchild."""
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        yield process.pid
        process.stdin.close()


def test_a_tree_includes_children_that_threads_started(family: int) -> None:
    tree = tree_of([family])
    expected = [family, *(child.pid for child in psutil.Process(family).children(recursive=True))]
    assert len(tree) == 3
    assert tree == expected
    assert len(threads_of(family)) == 2


def test_a_process_in_two_trees_is_listed_once(family: int) -> None:
    (child,) = children_of(family)
    assert tree_of([family, child]) == tree_of([family, child, family])
    assert len(tree_of([family, child])) == 3


def test_without_the_kernels_lists_the_process_table_is_searched(family: int, tmp_path: Path) -> None:
    (tmp_path / str(family) / "task" / str(family)).mkdir(parents=True)
    assert children_of(family, tmp_path) == children_of(family) != set()


def test_an_ended_process_has_neither_children_nor_threads_nor_counts() -> None:
    nobody = 2**22 + 1
    assert (children_of(nobody), threads_of(nobody), stat_of(nobody)) == (set(), set(), None)
    assert tree_of([nobody]) == [nobody]


def test_the_parent_of_every_process_is_what_psutil_says(family: int) -> None:
    parents = parents_of_all()
    assert {pid for pid, parent in parents.items() if parent == family} == children_of(family)
    assert parents[os.getpid()] == os.getppid()
    assert parents[1] == 0


def test_a_process_that_ends_meanwhile_or_has_an_odd_name_disturbs_no_other(tmp_path: Path) -> None:
    stats = {"7": b"7 (a) b) (c 9) S 3 7 7 0", "8": b"", "self": b"9 (x) S 4 9 9 0", "10": b"10 (\xff) R 7 1"}
    for name, stat in stats.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_bytes(stat)
    (tmp_path / "11").mkdir()
    assert parents_of_all(tmp_path) == {7: 3, 10: 7}


def test_a_name_with_brackets_and_spaces_moves_no_field() -> None:
    fields = "R 1 1 1 0 -1 4194304 1 2 3 4 50 60 70 80 20 0 1 0 98765 0 0"
    ticks = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert parse_stat(f"12 (a) R (b 1 2) {fields}") == ProcessStat(98765, (70 + 80) * ticks)


def test_the_count_of_this_process_is_its_start() -> None:
    stat = stat_of(os.getpid())
    assert stat is not None
    began_s = stat.started_ticks / os.sysconf("SC_CLK_TCK") + psutil.boot_time()
    assert abs(began_s - psutil.Process().create_time()) < 2
