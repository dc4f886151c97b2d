"""`abreast completion`, in the shells that are installed here."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pytest

import presets
from engine.machine import paths
from targets import catalog
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tui.cli.arguments import commands_of, parse_arguments, parser
from tui.cli.completion import KINDS, SHELLS, Shell, options_and_arguments, script
from tui.cli.main import main

SESSION = "20250101-120000-hello-000a"
FREE = {
    ("attach", "words"),
    ("plan save", "plan_path"),
    ("sessions rename", "title"),
    ("sessions note", "text"),
}
"""Arguments that can be anything."""


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[Shell, Path]:
    """The script of each shell, as a file."""
    folder = tmp_path_factory.mktemp("scripts")
    found = {shell: folder / shell for shell in SHELLS}
    for shell, path in found.items():
        path.write_text(script(parser(), shell))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, beside a home with a session and a baseline."""
    write(paths.sessions(), Shape(seconds=3, session_id=SESSION))
    (paths.baselines() / "main.json").write_text("{}")
    here = tmp_path / "here"
    (here / "load").mkdir(parents=True)
    for name in ("plan.toml", "notes.txt", "slow.abreast"):
        (here / name).write_text("")
    return here


# ---------------------------------------------------------------- the script


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_printed_and_complete(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for word in (*commands_of(parser()).choices, *catalog.TARGETS, *presets.names(), "max-slower"):
        assert word in text


def test_another_shell_is_refused() -> None:
    with pytest.raises(UsageError, match="argument shell"):
        parse_arguments(["completion", "tcsh"])


def test_every_table_entry_is_an_argument_and_every_argument_has_one() -> None:
    actions = [(path, action) for path, action in options_and_arguments(parser())]
    assert set(KINDS) <= {(path, action.dest) for path, action in actions}
    free = [
        (path, action.dest)
        for path, action in actions
        if not action.option_strings and not action.choices and (path, action.dest) not in KINDS
    ]
    assert set(free) <= FREE, "add it to KINDS of tui/cli/completion.py, or to FREE if it can be anything"


# ---------------------------------------------------------------- bash


def in_bash(path: Path, folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    given = " ".join(map(shlex.quote, ("abreast", *words)))
    lines = (
        f"source {shlex.quote(str(path))}",
        f"COMP_WORDS=({given}) COMP_CWORD={len(words)}",
        "_shtab_abreast 2>/dev/null",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )
    ran = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", "\n".join(lines)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return sorted(filter(None, ran.stdout.splitlines()))


@needs("bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("compl",), ["completion"]),
        (("completion", ""), ["bash", "fish", "zsh"]),
        (("run", "--think"), ["--think-time"]),
        (("run", "hello", "--schedule", "d"), ["duel"]),
        (("run", "hel"), ["hello"]),
        (("run", "pl"), ["plan.toml"]),
        (("run", "./pl"), ["./plan.toml"]),
        (("run", "lo"), ["load"]),
        (("gate", "./"), ["./load", "./plan.toml"]),
        (("run", "hello", "--targets", "fastapi,django-wsgi-"), ["fastapi,django-wsgi-via-asgi"]),
        (("capacity", "hello", "--targets", "django-wsgi-"), ["django-wsgi-via-asgi"]),
        (("targets", "django-wsgi-"), ["django-wsgi-via-asgi"]),
        (("presets", "crud"), ["crud-concurrency"]),
        (("watch", "2025"), [SESSION]),
        (("watch", "sl"), ["slow.abreast"]),
        (("report", "last", "--format", "json,spee"), ["json,speedscope"]),
        (("report", "last", "--out", "no"), ["notes.txt"]),
        (("sessions", "delete", "2025"), [SESSION]),
        (("sessions", "ren"), ["rename"]),
        (("compare", "last", "mai"), ["main"]),
        (("baseline", "delete", ""), ["main"]),
        (("plan", "save", "rush", "2025"), [SESSION]),
    ],
    ids=" ".join,
)
def test_bash_completes(
    words: Sequence[str], expected: list[str], scripts: dict[Shell, Path], folder: Path
) -> None:
    assert in_bash(scripts["bash"], folder, *words) == expected


@needs("bash")
def test_bash_knows_no_sessions_where_there_are_none(
    scripts: dict[Shell, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABREAST_HOME", str(tmp_path / "nothing"))
    assert in_bash(scripts["bash"], tmp_path, "watch", "") == ["demo", "last"]


def typed(shell: Sequence[str], folder: Path, text: str, environment: dict[str, str]) -> str:
    """The arguments that a command gets in an interactive shell once this was typed and completed by tab."""
    program, *words = shell
    terminal = pexpect.spawn(
        program,
        words,
        cwd=str(folder),
        env=os.environ | environment | {"TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    try:
        terminal.expect("ready> ")
        terminal.send(f"abreast {text}\t\r")
        terminal.expect(r"got <([^>]*?) ?>")
        assert isinstance(terminal.match, re.Match)
        return str(terminal.match[1])
    finally:
        terminal.close(force=True)


SETTINGS = "PS1='ready> '\nabreast() { printf 'got <%s>\\n' \"$*\"; }\n"


@needs("bash")
def test_tab_completes_in_a_terminal(scripts: dict[Shell, Path], folder: Path) -> None:
    settings = folder / "bashrc"
    settings.write_text(f"{SETTINGS}source {shlex.quote(str(scripts['bash']))}\n")
    shell = ("bash", "--noprofile", "--rcfile", str(settings), "-i")
    assert typed(shell, folder, "watch 2025", {}) == f"watch {SESSION}"


# ---------------------------------------------------------------- zsh and fish


@needs("zsh")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("compl", "completion"),
        ("run hello --targets fastapi,django-wsgi-", "fastapi,django-wsgi-via-asgi"),
        ("run pl", "plan.toml"),
        ("watch 2025", SESSION),
        ("presets crud", "crud-concurrency"),
        ("baseline delete ma", "main"),
    ],
)
def test_zsh_completes(words: str, expected: str, scripts: dict[Shell, Path], folder: Path) -> None:
    functions = folder / "functions"
    functions.mkdir()
    shutil.copy(scripts["zsh"], functions / "_abreast")
    (folder / ".zshrc").write_text(
        f"{SETTINGS}fpath=({shlex.quote(str(functions))} $fpath)\nautoload -Uz compinit\ncompinit -u -D\n"
    )
    found = typed(("zsh", "-d", "-i"), folder, words, {"ZDOTDIR": str(folder)})
    assert found == f"{words.rpartition(' ')[0]} {expected}".strip()


@needs("fish")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("compl", "completion"),
        ("completion fi", "fish"),
        ("run hello --targets fastapi,django-wsgi-", "fastapi,django-wsgi-via-asgi"),
        ("run pl", "plan.toml"),
        ("watch 2025", SESSION),
        ("presets crud", "crud-concurrency"),
        ("baseline delete ma", "main"),
        ("run hello --schedule d", "duel"),
    ],
)
def test_fish_completes(words: str, expected: str, scripts: dict[Shell, Path], folder: Path) -> None:
    source = f"source {shlex.quote(str(scripts['fish']))}; complete -C {shlex.quote(f'abreast {words}')}"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", source],
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert expected in [line.partition("\t")[0] for line in ran.stdout.splitlines()]
