"""All that is printed goes one way; a reader that does not read keeps nobody waiting."""

import ast
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tui
from tests.support.fronts import WITHIN_S
from tui.cli import console

SOURCES = sorted(Path(tui.__file__).parent.rglob("*.py"))
THE_WRITER = "console.py"


def other_ways(source: str) -> list[str]:
    """What a module says that would print past the console."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and node.id == "print":
            found.append(node.id)
        if isinstance(node, ast.Attribute) and node.attr.strip("_") in {"stdout", "stderr", "print_exc"}:
            found.append(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            found += [name.name for name in node.names if name.name.strip("_") in {"stdout", "stderr"}]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.write":
            found.append("os.write")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_the_console_prints(path: Path) -> None:
    if path.name != THE_WRITER:
        assert other_ways(path.read_text()) == []


def test_that_check_sees_other_ways() -> None:
    assert other_ways("print(1)\nsys.__stderr__.write('')\nfrom sys import stdout\nos.write(2, b'')") != []
    assert len(other_ways(Path(console.__file__).read_text())) > 5


MUCH = """
from tui.cli import console
console.prepare()
with console.without_waiting():
    for number in range(20_000):
        console.say(f"line {number} " + 80 * "x")
console.say("after")
console.out("the summary")
"""


def test_a_reader_that_does_not_read_keeps_nobody_waiting() -> None:
    pipe, end = os.pipe()
    try:
        run = subprocess.run(
            [sys.executable, "-c", MUCH], stdout=subprocess.PIPE, stderr=end, timeout=WITHIN_S, check=True
        )
        assert run.stdout == b"the summary\n"
        assert os.read(pipe, 7) == b"line 0 "
    finally:
        os.close(pipe)
        os.close(end)


def test_a_reader_that_reads_again_is_told_what_it_missed() -> None:
    """And the last lines come before the summary, in order."""
    pipe, end = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", MUCH.replace('"after"', 'input() + "after"')],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=end,
    ) as process:
        os.close(end)
        assert process.stdin is not None
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.extend(iter(lambda: os.read(pipe, 65536), b"")))
        reader.start()
        process.communicate(b"\n", timeout=WITHIN_S)
        reader.join(WITHIN_S)
    os.close(pipe)
    lines = b"".join(read).decode().splitlines()
    assert lines[0].startswith("line 0 ")
    assert lines[-1] == "after"
    numbers = [int(line.split()[1]) for line in lines if line.startswith("line ")]
    missing = [int(line.split()[1]) for line in lines if "are missing here" in line]
    assert numbers == sorted(numbers)
    assert len(numbers) + sum(missing) == 20_000


def test_a_pipe_that_does_not_block_gets_everything() -> None:
    pipe, end = os.pipe()
    os.set_blocking(end, False)
    code = "from tui.cli import console; console.prepare(); console.out('x' * 1_000_000)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=end) as process:
        os.close(end)
        with os.fdopen(pipe, "rb") as reader:
            assert len(reader.read()) == 1_000_001
        assert process.wait(WITHIN_S) == 0


def test_a_full_disk_is_named() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    code = "import sys; from tui.cli.main import main; sys.exit(main(['presets']))"
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("abreast: cannot write the output\n  why:  No space left on device")
