"""`abreast completion`: scripts that complete commands, options and values in bash, zsh and fish.

`shtab` writes them from the parser. Rules of this file:
- completing starts no Python: names of targets and presets are written into the script, and ids of sessions
  and names of files are read by the shell, in abreast's home and the current folder;
- nothing is imported for it before a script is asked for.
"""

import argparse
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli.console import out
from tui.cli.parser import Commands, Parser

if TYPE_CHECKING:
    from pathlib import Path

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)

Kind = Literal[
    "targets",
    "target",
    "presets",
    "plans",
    "plan file",
    "sessions",
    "subjects",
    "baselines",
    "formats",
    "file",
]
"""What a value can be: `targets` and `formats` are lists with commas, `plans` are presets and TOML files,
`sessions` and `subjects` are ids and files."""

KINDS: Mapping[tuple[str, str], Kind] = {
    ("run", "plan"): "plans",
    ("run", "targets"): "targets",
    ("run", "export"): "file",
    ("attach", "export"): "file",
    ("capacity", "plan"): "plans",
    ("capacity", "targets"): "targets",
    ("capacity", "export"): "file",
    ("gate", "plan"): "plan file",
    ("import", "source"): "file",
    ("import", "out"): "file",
    ("watch", "session"): "sessions",
    ("serve", "session"): "sessions",
    ("presets", "name"): "presets",
    ("presets", "copy"): "file",
    ("targets", "name"): "target",
    ("report", "session"): "sessions",
    ("report", "format"): "formats",
    ("report", "out"): "file",
    ("compare", "a"): "subjects",
    ("compare", "b"): "subjects",
    ("compare", "out"): "file",
    ("audit", "subject"): "subjects",
    ("baseline save", "session"): "sessions",
    ("baseline save", "name"): "file",
    ("baseline delete", "name"): "baselines",
    ("plan save", "plan_path"): "file",
    ("plan save", "session"): "sessions",
    ("sessions rename", "session"): "sessions",
    ("sessions note", "session"): "sessions",
    ("sessions delete", "session"): "sessions",
}
"""Command and argument → what is completed. Arguments with choices need no entry."""

EXAMPLES = """examples:
  abreast completion bash > ~/.local/share/bash-completion/completions/abreast
  abreast completion zsh > ~/.zfunc/_abreast
      with fpath=(~/.zfunc $fpath) before compinit in ~/.zshrc
  abreast completion fish > ~/.config/fish/completions/abreast.fish"""


def add_command(commands: Commands, top: Parser) -> None:
    """Adds `completion`, which completes the whole parser."""
    command = commands.add_parser(
        "completion", help="print a script that completes abreast's commands in a shell", epilog=EXAMPLES
    )
    command.add_argument("shell", choices=SHELLS, help="the shell")
    command.set_defaults(run=print_script, parser=top)


def print_script(arguments: argparse.Namespace) -> int:
    """`abreast completion`."""
    out(script(arguments.parser, arguments.shell).rstrip("\n"))
    return ExitCode.DONE


def script(parser: Parser, shell: Shell) -> str:
    """The script for a shell. Raises UsageError if the installed `shtab` does not know the shell."""
    import shtab

    import presets
    from engine.machine.paths import default_home
    from targets import catalog
    from tui.cli.report import all_formats

    if shell not in shtab.SUPPORTED_SHELLS:
        raise UsageError(
            f"no completion for {shell}",
            why=f"shtab {shtab.__version__} does not know it",
            hint="python -m pip install --upgrade shtab",
        )
    words = {"target": tuple(catalog.TARGETS), "preset": presets.names(), "format": tuple(all_formats())}
    for path, action in options_and_arguments(parser):
        if kind := KINDS.get((path, action.dest)):
            files = {"file": shtab.FILE, "plan file": shtab.glob("*.toml")}
            complete = files.get(kind) or {shell: _CALLS[shell].format(kind=kind)}
            action.complete = complete  # type: ignore[attr-defined]  # where shtab looks
    functions = _FUNCTIONS[shell](words, default_home())
    text: str = shtab.complete(parser, shell=shell, preamble=functions)
    return text


def options_and_arguments(
    parser: argparse.ArgumentParser, path: str = ""
) -> Iterator[tuple[str, argparse.Action]]:
    """Every action of every command, with the command: `sessions rename`."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from options_and_arguments(command, f"{path} {name}".strip())
        else:
            yield path, action


# ---------------------------------------------------------------- what the shells call

_CALLS: dict[Shell, str] = {
    "bash": "_abreast_{kind}_files",  # a name in which shtab sees that matches may be files
    "zsh": "_abreast_{kind}",
    "fish": "(_abreast_{kind})",
}


def _bash(words: Mapping[str, Sequence[str]], home: "Path") -> str:
    target, preset, form = (
        " ".join(map(shlex.quote, words[name])) for name in ("target", "preset", "format")
    )
    return f"""\
# $1 is the word so far, $2 the folder of abreast's home, $3 a suffix
_abreast_kept() {{
  local home=${{ABREAST_HOME:-{shlex.quote(str(home))}}} each
  for each in "$home/$2"/*; do
    [ -e "$each" ] && each=${{each##*/}} && printf '%s\\n' "${{each%"$3"}}"
  done
}}
# $1 is the word so far: a list with commas, of which the last part is completed from $2
_abreast_list() {{
  local head=
  [[ $1 == *,* ]] && head="${{1%,*}},"
  compgen -P "$head" -W "$2" -- "${{1##*,}}"
}}
_abreast_targets_files() {{ _abreast_list "$1" "{target}"; }}
_abreast_target_files() {{ compgen -W "{target}" -- "$1"; }}
_abreast_formats_files() {{ _abreast_list "$1" "{form}"; }}
_abreast_presets_files() {{ compgen -W "{preset}" -- "$1"; }}
_abreast_plans_files() {{
  compgen -W "{preset}" -- "$1"
  compgen -f -X '!*.toml' -- "$1"
  compgen -d -- "$1"
}}
_abreast_baselines_files() {{ compgen -W "$(_abreast_kept "$1" baselines .json)" -- "$1"; }}
_abreast_sessions_files() {{
  compgen -W "last demo $(_abreast_kept "$1" sessions)" -- "$1"
  compgen -f -X '!*.abreast' -- "$1"
  compgen -d -- "$1"
}}
_abreast_subjects_files() {{
  compgen -W "last {preset} $(_abreast_kept "$1" baselines .json) $(_abreast_kept "$1" sessions)" -- "$1"
  compgen -f -- "$1"
}}"""


def _zsh(words: Mapping[str, Sequence[str]], home: "Path") -> str:
    target, preset, form = (
        " ".join(map(shlex.quote, words[name])) for name in ("target", "preset", "format")
    )
    place = f"${{ABREAST_HOME:-{shlex.quote(str(home))}}}"
    return f"""\
_abreast_targets() {{ _values -s , target {target} }}
_abreast_target() {{ compadd {target} }}
_abreast_formats() {{ _values -s , format {form} }}
_abreast_presets() {{ compadd {preset} }}
_abreast_plans() {{
  compadd {preset}
  _files -g '*.toml'
}}
_abreast_baselines() {{
  local home={place}
  compadd -- "$home"/baselines/*.json(N:t:r)
}}
_abreast_sessions() {{
  local home={place}
  compadd -- last demo "$home"/sessions/*(N/:t)
  _files -g '*.abreast'
}}
_abreast_subjects() {{
  local home={place}
  compadd -- last {preset} "$home"/baselines/*.json(N:t:r) "$home"/sessions/*(N/:t)
  _files
}}"""


def _fish(words: Mapping[str, Sequence[str]], home: "Path") -> str:
    target, preset, form = (
        " ".join(map(shlex.quote, words[name])) for name in ("target", "preset", "format")
    )
    return f"""\
# the names in a folder of abreast's home, without a suffix
function _abreast_kept
  set -l home {shlex.quote(str(home))}
  test -n "$ABREAST_HOME"; and set home $ABREAST_HOME
  set -l found $home/$argv[1]/*
  test -n "$found"; and string replace -r '^.*/(.+?)(\\.json)?$' '$1' -- $found
end
# a list with commas, of which the last part is completed
function _abreast_list
  set -l head (string replace -r '[^,]*$' '' -- (commandline -ct))
  for each in $argv
    printf '%s\\n' "$head$each"
  end
end
function _abreast_targets; _abreast_list {target}; end
function _abreast_target; printf '%s\\n' {target}; end
function _abreast_formats; _abreast_list {form}; end
function _abreast_presets; printf '%s\\n' {preset}; end
function _abreast_plans
  printf '%s\\n' {preset}
  __fish_complete_suffix .toml
end
function _abreast_baselines; _abreast_kept baselines; end
function _abreast_sessions
  printf '%s\\n' last demo
  _abreast_kept sessions
  __fish_complete_suffix .abreast
end
function _abreast_subjects
  printf '%s\\n' last {preset}
  _abreast_kept baselines
  _abreast_kept sessions
  __fish_complete_path (commandline -ct)
end"""


_FUNCTIONS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
